"""Updates that come again, out of order, late, or from a forger."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bot import updates
from lplate.domain.session import REMEMBERED_UPDATES
from torture.durable import DurableHouse, errors_logged, fingerprint, open_durable, rows_of
from torture.hands import Hands
from torture.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

LEARNERS = tuple(range(1, 9))
FORGER = 666
BETWEEN_RESTARTS = 300
"""Presses; a restart empties the window of update ids, and only the learners' own lists are left."""
REPLIES = ("owed", "owed_number", "card")
"""Replies come at least once: how many there were, and which message is the card, is not the same."""
FIRST_FORGED_ID = 1 << 40
GARBAGE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"update_id":"1"}',
    b'{"update_id":1e99}',
    b"\xff\xfe",
    b'{"update_id":-5}',
)


@dataclass(frozen=True, slots=True)
class _Taken:
    raw: bytes
    who: int
    now_ns: int
    starts_anew: bool


async def run(scale: Scale, folder: Path) -> Verdict:
    """Three copies of each update, the first in order, the rest shuffled, and forged ones: the same state."""
    plain, tortured = folder / "plain.db", folder / "tortured.db"
    script = await _play(plain, scale)
    with errors_logged() as errors:
        copies, complaints = await _replay(tortured, script, Random(scale.seed))
    key = "SELECT learner_id, session, step, update_id, response FROM attempt"
    once, thrice = set(rows_of(plain, key)), set(rows_of(tortured, key))
    states = [fingerprint(database, without=REPLIES) for database in (plain, tortured)]
    complaints += [f"logged: {words}" for words in errors]
    complaints += [f"state {states[1]} instead of {states[0]}"] if states[0] != states[1] else []
    return Verdict(
        copies, len(script), len(once - thrice), len(thrice - once), 0, tuple(complaints),
        f"answers {len(once)}, state {states[0]}",
    )  # fmt: skip


async def _play(database: Path, scale: Scale) -> list[_Taken]:
    """Play once in good order and note every update."""
    chance = Random(scale.seed)
    script: list[_Taken] = []
    async with open_durable(database) as house:
        hands = Hands(house, chance)
        for number in range(len(LEARNERS) + scale.replayed_presses):
            starts_anew = number % BETWEEN_RESTARTS == BETWEEN_RESTARTS - 1
            if starts_anew:
                await house.restart()
            is_first = number < len(LEARNERS)
            who = LEARNERS[number] if is_first else chance.choice(LEARNERS)
            house.clock.tick(round(chance.uniform(0.5, 20), 3))
            raw = hands.begin(who) if is_first else await hands.next_update(who)
            script.append(_Taken(raw, who, house.clock.now_ns, starts_anew))
            await house.submit(raw)
    return script


async def _replay(database: Path, script: list[_Taken], chance: Random) -> tuple[int, list[str]]:
    """Take the same updates, with copies and forgeries among them; return their number and complaints."""
    faults = 0
    complaints: list[str] = []
    late: list[_Taken] = []
    newest = {who: deque[_Taken](maxlen=REMEMBERED_UPDATES) for who in LEARNERS}
    async with open_durable(database) as house:
        house.update_id = FIRST_FORGED_ID
        for taken in script:
            if taken.starts_anew:
                faults += await _submit_all(house, late, chance)
                await house.restart()
                late = [copy for queue in newest.values() for copy in queue]
                faults += await _submit_all(house, late, chance)
                late = []
            house.clock.now_ns = taken.now_ns
            copies = chance.randrange(3)
            futures = [house.take(taken.raw) for _ in range(1 + copies)]
            await house.settle()
            complaints += [f"not acknowledged: {end}" for end in (f.exception() for f in futures) if end]
            newest[taken.who].append(taken)
            late += [taken] * (2 - copies)
            chance.shuffle(late)
            due = [late.pop() for _ in range(min(len(late), chance.randrange(4)))]
            faults += copies + await _submit_all(house, due, chance) + await _forge(house, taken, chance)
        faults += await _submit_all(house, late, chance)
        complaints += house.api.complaints
    return faults, complaints


async def _submit_all(house: DurableHouse, late: list[_Taken], chance: Random) -> int:
    """Submit copies all at once, in any order."""
    chance.shuffle(late)
    for taken in late:
        house.take(taken.raw)
    await house.settle()
    return len(late)


async def _forge(house: DurableHouse, taken: _Taken, chance: Random) -> int:
    """Submit what a forger or an old button might, all of which must change nothing."""
    victim = taken.who
    message = chance.choice(house.shown(victim))
    session = (await house.learner(victim)).session
    data = chance.choice([data for data in message.data if data[0] in "atukn"] or ["a:0:0:0"])
    code, number, step, *rest = data.split(":")
    other_step = chance.choice(
        [s for s in (0, -1, int(step) + 1, session.step + 1, 10**20) if s != session.step]
    )
    not_current = int(step) if (int(number), int(step)) != (session.number, session.step) else other_step
    forged = (
        updates.press(house.next_id(), data, FORGER, message.as_object()),
        updates.press(
            house.next_id(), ":".join((code, number, str(not_current), *rest)), victim, message.as_object()
        ),
        updates.press(
            house.next_id(), ":".join((code, number, str(other_step))), victim, message.as_object()
        ),
        updates.press(house.next_id(), "a:x:y:z", victim, message.as_object()),
        _with_id(taken.raw, updates.text(0, "/skip", victim)),
        chance.choice(GARBAGE),
    )
    chosen = chance.sample(forged, 2)
    for raw in chosen:
        house.take(raw)
    await house.settle()
    return len(chosen)


def _with_id(known: bytes, forged: bytes) -> bytes:
    """Return *forged* under an update id that was used already."""
    return json.dumps({**json.loads(forged), "update_id": json.loads(known)["update_id"]}).encode()
