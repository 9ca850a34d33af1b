"""The store on the path of a press: reads inline, groups, and the group commit around it.

Run it as a program for the whole writing path at a given pace, with CPU time a change by thread:
``python bench/bench_store.py 1000`` offers 1,000 changes a second, ``python bench/bench_store.py 0`` keeps
100 waiters busy without pause.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from lplate.adapters.sqlite import SqliteStore
from lplate.commit import GroupCommit
from lplate.domain.learner import Learner
from lplate.domain.scheduling import DAY_MS, Card
from lplate.domain.session import Address, Owed, OwedKind, Phase, Session
from lplate.ports import Attempt, Delivered

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from pytest_benchmark.fixture import BenchmarkFixture

    from lplate.ports import Change

NOW_MS = 1_780_000_000_000
BANK = "core"
QUESTIONS = [f"signs-{n:04}" for n in range(1_200)]
ATTEMPTS = 5_000
LEARNERS = 5_000
DILIGENT = LEARNERS + 1
SECONDS = 5


def learner(learner_id: int) -> Learner:
    """Return a learner in the midst of practice, of the usual size (about 900 bytes)."""
    session = Session(1, 20, Phase.QUESTION, QUESTIONS[7], (2, 0, 1, 3), recent=tuple(QUESTIONS[:10]))
    return Learner(
        id=learner_id,
        chat_id=learner_id,
        created_at_ms=NOW_MS,
        active_at_ms=NOW_MS,
        language="en-de",
        bank_id=BANK,
        session=session,
        updates=tuple(range(900_000_000, 900_000_016)),
        seen=bytes(len(QUESTIONS) // 8),
        seen_bank="9e107d9d372bb6826bd81d3542a419d6",
    )


def card(learner_id: int, question_id: str, chance: random.Random) -> Card:
    reviewed_at_ms = NOW_MS - chance.randrange(20 * DAY_MS)
    is_mistake = chance.random() < 0.25
    stability_days = chance.uniform(0.4, 40)
    due_at_ms = reviewed_at_ms + round(stability_days) * DAY_MS
    return Card(
        learner_id, BANK, question_id, stability_days, 5.0, due_at_ms, reviewed_at_ms, 1, is_mistake, 1
    )


def attempt(learner_id: int, step: int, question_id: str, at_ms: int, *, is_right: bool) -> Attempt:
    topic_id = f"topic-{QUESTIONS.index(question_id) % 20}"
    rating = 3 if is_right else 1
    return Attempt(
        learner_id, 1, step, step, BANK, question_id, 1, topic_id, "5", is_right, rating, at_ms, 4_000
    )


class Practice:
    """Make the changes of presses by many learners."""

    def __init__(self) -> None:
        self.learners = [learner(n) for n in range(LEARNERS)]
        self.chance = random.Random(1)
        self.update_id = 900_000_100

    def press(self, who: int) -> Change:
        """Let a learner answer: what is committed is their row, the attempt and the card."""
        self.update_id += 1
        former = self.learners[who]
        step = former.session.step + 1
        question_id = self.chance.choice(QUESTIONS)
        session = replace(former.session, step=step, question_id=question_id)
        owed = Owed(OwedKind.CARD, Address(who, 7, is_photo=True))
        row = replace(former, session=session).after_press(self.update_id, NOW_MS, (owed,))
        self.learners[who] = row
        answer = attempt(who, step, question_id, NOW_MS, is_right=self.chance.random() < 0.75)
        return (row, answer, card(who, question_id, self.chance))

    def delivered(self, who: int) -> Delivered:
        """Confirm the reply to the last press."""
        number = self.learners[who].owed_number
        self.learners[who] = self.learners[who].delivered(number)
        return Delivered(who, number)


class Filled:
    """A database of 5,000 learners and a diligent one: 1,200 cards, 5,000 attempts."""

    def __init__(self, folder: Path) -> None:
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.path = folder / "learners.db"
        self.practice = Practice()
        self.store = self.run(self._open())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def close(self) -> None:
        self.run(self.store.close())
        self.runner.close()

    async def _open(self) -> SqliteStore:
        store = SqliteStore.open(self.path)
        chance = random.Random(2)
        cards = [card(DILIGENT, question_id, chance) for question_id in QUESTIONS]
        answers = [
            attempt(DILIGENT, n, chance.choice(QUESTIONS), NOW_MS - n * 900_000, is_right=n % 4 != 0)
            for n in range(ATTEMPTS)
        ]
        await store.write([(learner(DILIGENT), *cards, *answers)])
        await store.write([(row,) for row in self.practice.learners])
        return store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with closing(Filled(tmp_path_factory.mktemp("store"))) as made:
        yield made


def finish(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to its end what never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")


def anything(_question_id: str) -> bool:
    return True


@pytest.mark.benchmark(group="store-load-learner-5k")
def bench_load(benchmark: BenchmarkFixture, filled: Filled) -> None:
    benchmark(lambda: finish(filled.store.load(4_242)))


@pytest.mark.benchmark(group="store-load-learner-5k")
def bench_load_on_a_thread(benchmark: BenchmarkFixture, filled: Filled) -> None:
    """The usual way: the standard library's module, each read handed to a thread."""
    baseline = sqlite3.connect(filled.path, check_same_thread=False)

    def row() -> object:
        return baseline.execute("SELECT * FROM learner WHERE id = ?", (4_242,)).fetchone()

    async def read() -> object:
        return await asyncio.to_thread(row)

    benchmark(lambda: filled.run(read()))
    baseline.close()


@pytest.mark.benchmark(group="store-card-1200")
def bench_card(benchmark: BenchmarkFixture, filled: Filled) -> None:
    benchmark(lambda: finish(filled.store.card(DILIGENT, BANK, QUESTIONS[700])))


@pytest.mark.benchmark(group="store-due-mistake-1200")
def bench_due_mistake(benchmark: BenchmarkFixture, filled: Filled) -> None:
    benchmark(lambda: finish(filled.store.due_mistake(DILIGENT, BANK, NOW_MS, anything)))


@pytest.mark.benchmark(group="store-least-recalled-1200")
def bench_least_recalled(benchmark: BenchmarkFixture, filled: Filled) -> None:
    benchmark(lambda: finish(filled.store.least_recalled(DILIGENT, BANK, NOW_MS, anything)))


@pytest.mark.benchmark(group="store-statistics-5k-attempts")
def bench_statistics(benchmark: BenchmarkFixture, filled: Filled) -> None:
    benchmark(lambda: filled.run(filled.store.statistics(DILIGENT, BANK, len(QUESTIONS), NOW_MS)))


@pytest.mark.benchmark(group="store-write-group")
@pytest.mark.parametrize("presses", [1, 10, 100])
def bench_write(benchmark: BenchmarkFixture, filled: Filled, presses: int) -> None:
    def group() -> tuple[tuple[list[Change]], dict[str, Any]]:
        chosen = filled.practice.chance.sample(range(LEARNERS), presses)
        return ([filled.practice.press(who) for who in chosen],), {}

    benchmark.pedantic(lambda group: filled.run(filled.store.write(group)), setup=group, rounds=200)


async def offer(commit: GroupCommit, practice: Practice, per_second: int) -> list[float]:
    """Submit changes for SECONDS, at a pace or by 100 waiters; return how long each took."""
    took_s: list[float] = []
    end_s = time.perf_counter() + SECONDS

    async def one() -> None:
        who = practice.chance.randrange(LEARNERS)
        change = practice.press(who)
        began_s = time.perf_counter()
        await commit.submit(change)
        took_s.append(time.perf_counter() - began_s)
        commit.defer(practice.delivered(who))

    async def without_pause() -> None:
        while time.perf_counter() < end_s:
            await one()

    if per_second:
        tasks: set[asyncio.Task[None]] = set()
        began_s = end_s - SECONDS
        offered = 0
        while (now_s := time.perf_counter()) < end_s:
            for _ in range(int((now_s - began_s) * per_second) - offered):
                tasks.add(asyncio.create_task(one()))
                offered += 1
            await asyncio.sleep(0.001)
        await asyncio.gather(*tasks)
    else:
        await asyncio.gather(*(without_pause() for _ in range(100)))
    return took_s


def cpu_us(whose: int) -> float:
    used = resource.getrusage(whose)
    return (used.ru_utime + used.ru_stime) * 1e6


async def measure(per_second: int) -> None:
    with TemporaryDirectory() as folder:
        practice = Practice()
        store = SqliteStore.open(Path(folder) / "learners.db")
        await store.write([(row,) for row in practice.learners])
        commit = GroupCommit(store)
        before = cpu_us(resource.RUSAGE_THREAD), cpu_us(resource.RUSAGE_SELF)
        took_s = sorted(await offer(commit, practice, per_second))
        loop_us = cpu_us(resource.RUSAGE_THREAD) - before[0]
        all_us = cpu_us(resource.RUSAGE_SELF) - before[1]
        counters, changes = commit.counters, len(took_s)
        await commit.close()
        await store.close()
    median_ms, slow_ms = (1_000 * took_s[int(changes * share)] for share in (0.5, 0.99))
    print(f"{changes / SECONDS:,.0f} changes a second in groups of {changes / counters.groups:.1f}")
    print(f"durable after {median_ms:.2f} ms (median), {slow_ms:.2f} ms (p99)")
    print(f"CPU a change: loop {loop_us / changes:.0f} us, the makers of changes in it; ", end="")
    print(f"writing threads {(all_us - loop_us) / changes:.0f} us")


if __name__ == "__main__":
    uvloop.run(measure(int(sys.argv[1])))
