"""A day of many learners in simulated time: trainer, desk and store as they are, without Telegram."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any, Final

from lplate.adapters.sqlite import SqliteStore
from lplate.commit import GroupCommit, Pace
from lplate.config import Settings
from lplate.domain.picking import mistakes_first
from lplate.domain.question import QuestionType
from lplate.domain.session import Address, Phase
from lplate.trainer.library import Library
from lplate.trainer.press import Press, PressKind
from lplate.trainer.trainer import Trainer
from lplate.wiring import open_banks
from lplate_bot.desk import Desk
from playing import compiled_data
from torture.durable import fingerprint, rows_of
from torture.pressing import lasting_bytes
from torture.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lplate.domain.learner import Learner
    from torture.scale import Scale

MIDNIGHT_MS: Final = 1_767_225_600_000
HOUR_MS: Final = 3_600_000
TICK_MS: Final = 10_000
"""Presses of the same ten seconds are made at once."""
PRESSES_A_DAY: Final = 60
SITTINGS: Final = 3
RESTARTS: Final = 3
CACHE: Final = 2000
"""Fewer learners than there are, so that they come and go in memory."""
GROWTH: Final = 1.15
"""How much memory may grow from the middle of the day to its end: a leak of a few bytes a press is seen."""


@dataclass
class Day:
    """Follow one simulated day; *given* counts the answers that learners gave."""

    chance: Random
    learners: int
    hours: int
    presses: int = 0
    given: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    memory_bytes: list[int] = field(default_factory=list)
    agenda: list[tuple[int, int]] = field(default_factory=list)

    def plan(self) -> None:
        """Give each learner a few sittings in the day; the agenda holds the times of all presses."""
        presses = max(2, PRESSES_A_DAY * self.hours // 24 // SITTINGS)
        for learner_id in range(1, self.learners + 1):
            for _ in range(SITTINGS):
                at_ms = MIDNIGHT_MS + round(self.chance.random() * (self.hours - 0.5) * HOUR_MS)
                for _ in range(presses):
                    heapq.heappush(self.agenda, (at_ms, learner_id))
                    at_ms += round(self.chance.uniform(TICK_MS, 3 * TICK_MS))

    def due(self, now_ms: int) -> list[tuple[int, int]]:
        """Return the presses of this tick, at most one a learner; a second one waits for the next tick."""
        found: dict[int, int] = {}
        put_off: list[tuple[int, int]] = []
        while self.agenda and self.agenda[0][0] <= now_ms:
            at_ms, learner_id = heapq.heappop(self.agenda)
            if learner_id in found:
                put_off.append((now_ms + 1, learner_id))
            else:
                found[learner_id] = at_ms
        for entry in put_off:
            heapq.heappush(self.agenda, entry)
        return list(found.items())


async def run(scale: Scale, folder: Path) -> Verdict:
    """The same seed leads to the same state, twice; memory stays flat; every answer is stored once."""
    days = [Day(Random(scale.seed), scale.day_learners, scale.day_hours) for _ in range(2)]
    states = list[str]()
    for number, day in enumerate(days):
        await _live(day, folder / f"{number}.db")
        states.append(fingerprint(folder / f"{number}.db"))
    given = days[0].given
    counts = "SELECT learner_id, count(*) FROM attempt GROUP BY learner_id"
    stored: dict[int, int] = dict(rows_of(folder / "0.db", counts))
    middle, end = days[0].memory_bytes[0], days[0].memory_bytes[-1]
    complaints = {
        f"states {states[0]} and {states[1]} of one seed": len(set(states)) > 1,
        f"memory grew from {middle} to {end} bytes": end > GROWTH * middle,
    }
    return Verdict(
        2 * RESTARTS,
        sum(given.values()),
        sum(max(0, count - stored.get(who, 0)) for who, count in given.items()),
        sum(max(0, count - given[who]) for who, count in stored.items()),
        complaints=tuple(words for words, is_so in complaints.items() if is_so),
        figures=(
            f"state {states[0]}, presses {days[0].presses}, MB at half {middle >> 20}, at the end {end >> 20}"
        ),
    )


async def _live(day: Day, database: Path) -> None:
    """Let the day pass, with a restart now and then; note the memory from the middle on."""
    day.plan()
    end_ms = MIDNIGHT_MS + day.hours * HOUR_MS
    turns = [MIDNIGHT_MS + (end_ms - MIDNIGHT_MS) * part // RESTARTS for part in range(RESTARTS + 1)]
    for begin_ms, until_ms in pairwise(turns):
        async with _open_desk(database, begin_ms) as (desk, library):
            for now_ms in range(begin_ms, until_ms, TICK_MS):
                due = day.due(now_ms)
                if due:
                    await asyncio.gather(*(_press(day, desk, library, who, at_ms) for who, at_ms in due))
                is_whole_hour = (now_ms - MIDNIGHT_MS) % HOUR_MS < TICK_MS
                if is_whole_hour and now_ms - MIDNIGHT_MS >= day.hours * HOUR_MS // 2:
                    day.memory_bytes.append(lasting_bytes())


@asynccontextmanager
async def _open_desk(database: Path, up_since_ms: int) -> AsyncIterator[tuple[Desk, Library]]:
    banks = open_banks(Settings(data=compiled_data()))
    store, library = SqliteStore.open(database), Library(banks)
    commit = GroupCommit(store, Pace(window_s=0))
    try:
        yield Desk(store, Trainer(store, library, mistakes_first, up_since_ms), commit, CACHE), library
    finally:
        await commit.close()
        await store.close()
        for bank in banks:
            bank.close()


async def _press(day: Day, desk: Desk, library: Library, who: int, at_ms: int) -> None:
    """Make one press that leads on from where the learner is, by a chance of the learner's own."""
    day.presses += 1
    learner = await desk.learner(who)
    fields = _choose(learner, library, Random(f"{who} {at_ms}"))
    press = Press(
        update_id=(who << 32) + at_ms % (1 << 32), learner_id=who, chat_id=who, at_ms=at_ms, **fields
    )
    outcome = await desk.press(press)
    before = learner.session.answered if learner is not None else 0
    day.given[who] += outcome.learner.session.answered - before


def _choose(learner: Learner | None, library: Library, chance: Random) -> dict[str, Any]:
    if learner is None:
        return {"kind": PressKind.START, "text": "b_core_en"}
    session = learner.session
    on_card = {"session": session.number, "step": session.step, "message": Address(learner.id, 1)}
    bank = library.get(learner.bank_id)
    question = bank.question(session.question_id) if bank is not None else None
    if session.phase is not Phase.QUESTION or question is None:
        return {"kind": PressKind.NEXT, **on_card}
    if question.type is QuestionType.NUMERIC:
        return {"kind": PressKind.TYPED, "text": str(chance.randrange(100))}
    choice = chance.randrange(len(question.options))
    if question.type is QuestionType.MULTI:
        kind = PressKind.SUBMIT if session.chosen and chance.random() < 0.5 else PressKind.TOGGLE
        return {"kind": kind, **on_card, "choice": choice, "wanted": True}
    return {"kind": PressKind.ANSWER, **on_card, "choice": choice}
