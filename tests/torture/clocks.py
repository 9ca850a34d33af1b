"""A wall clock that jumps: an hour as summer time does, or ten years, either way and back."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Final

from lplate.trainer.limits import ANSWER_COST
from torture.durable import DurableHouse, errors_logged, open_durable, rows_of
from torture.hands import Hands
from torture.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

HOUR_MS: Final = 3_600_000
YEAR_MS: Final = 365 * 24 * HOUR_MS
OFFSETS_MS: Final = (0, HOUR_MS, -HOUR_MS, 10 * YEAR_MS, -10 * YEAR_MS, 24 * HOUR_MS, 500, -500)
HURRIED, CALM = (1, 2), (3, 4)
RATE_PER_MINUTE: Final = 10
BURST: Final = 15
NEGATIVE: Final = {
    "negative times to answer": "SELECT count(*) FROM attempt WHERE elapsed_ms < 0",
    "cards due before their review": "SELECT count(*) FROM card WHERE due_at_ms < reviewed_at_ms",
    "cards without stability": "SELECT count(*) FROM card WHERE stability_days <= 0",
    "learners active before they came": "SELECT count(*) FROM learner WHERE active_at_ms < created_at_ms",
}


class Bucket:
    """Hold what the limiter should, by a clock that never jumps."""

    def __init__(self) -> None:
        self.tokens = float(BURST)
        self.at_ns = 0

    def take(self, now_ns: int) -> bool:
        """Return True if an answer is affordable."""
        gained = (now_ns - self.at_ns) / 1e9 * RATE_PER_MINUTE / 60 if self.at_ns else 0.0
        self.tokens = min(float(BURST), self.tokens + gained)
        self.at_ns = now_ns
        if self.tokens + 1e-6 < ANSWER_COST:
            return False
        self.tokens -= ANSWER_COST
        return True


async def run(scale: Scale, folder: Path) -> Verdict:
    """No negative interval, no free burst, nobody refused for nothing, no session lost."""
    chance = Random(scale.seed)
    database = folder / "learners.db"
    given: dict[int, int] = dict.fromkeys((*HURRIED, *CALM), 0)
    with errors_logged() as errors:
        async with open_durable(database, rate_per_minute=RATE_PER_MINUTE, rate_burst=BURST) as house:
            free, refused = await _jump_about(house, scale.clock_jumps, given, chance)
            complaints = [*house.api.complaints]
    stored = {
        who: rows_of(database, f"SELECT count(*) FROM attempt WHERE learner_id = {who}")[0][0]
        for who in given
    }
    complaints += [f"logged: {words}" for words in errors]
    broken = {words: rows_of(database, text)[0][0] for words, text in NEGATIVE.items()}
    broken |= {"answers beyond what a learner may": free, "answers refused for nothing": refused}
    complaints += [f"{count} {words}" for words, count in broken.items() if count]
    lost = sum(max(0, given[who] - stored[who]) for who in given)
    doubled = sum(max(0, stored[who] - given[who]) for who in given)
    return Verdict(scale.clock_jumps, sum(given.values()), lost, doubled, 0, tuple(complaints))


async def _jump_about(
    house: DurableHouse, jumps: int, given: dict[int, int], chance: Random
) -> tuple[int, int]:
    """Play under a jumping clock, noting answers in *given*; return free answers and needless refusals."""
    hands = Hands(house, chance)
    buckets = {who: Bucket() for who in given}
    true_skew_ms = house.clock.skew_ms
    free = refused = 0
    for who in given:
        await house.submit(hands.begin(who))
        buckets[who].tokens -= 1
        buckets[who].at_ns = house.clock.now_ns
    for _ in range(jumps):
        house.clock.skew_ms = true_skew_ms + chance.choice(OFFSETS_MS)
        for who in chance.choices((*HURRIED, *CALM), (8, 8, 1, 1), k=6):
            house.clock.tick(chance.uniform(0.01, 0.5))
            before = (await house.learner(who)).session
            raw = await hands.answer(who)
            is_answer = await _is_answer(house, raw, who)
            await house.submit(raw)
            after = (await house.learner(who)).session
            taken = after.answered - before.answered
            given[who] += taken
            if is_answer:
                affordable = buckets[who].take(house.clock.now_ns)
                free += taken > affordable
                refused += taken < affordable
    return free, refused


async def _is_answer(house: DurableHouse, raw: bytes, who: int) -> bool:
    """Return True if this update costs what an answer does and, let through, is one."""
    session = (await house.learner(who)).session
    data = str(json.loads(raw).get("callback_query", {"data": "typed"})["data"])
    return data == "typed" or data.startswith(("u:", f"a:{session.number}:{session.step}:"))
