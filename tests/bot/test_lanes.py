from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from lplate_bot.lanes import Lanes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    import pytest


class Jobs:
    """Make jobs that note when they run, and wait where told."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def job(self, name: str, until: asyncio.Event | None = None) -> Callable[[], Coroutine[None, None, None]]:
        async def run() -> None:
            self.log.append(f"{name} begins")
            if until is not None:
                await until.wait()
            self.log.append(f"{name} ends")

        return run


async def test_jobs_of_one_key_run_in_order() -> None:
    """The second begins after the first has ended, however long that takes."""
    lanes, jobs, gate = Lanes(), Jobs(), asyncio.Event()
    lanes.run(1, jobs.job("a", gate))
    lanes.run(1, jobs.job("b"))
    await asyncio.sleep(0)
    assert jobs.log == ["a begins"]
    gate.set()
    await lanes.drained()
    assert jobs.log == ["a begins", "a ends", "b begins", "b ends"]


async def test_jobs_of_different_keys_run_together() -> None:
    """One who waits holds up nobody else."""
    lanes, jobs, gate = Lanes(), Jobs(), asyncio.Event()
    lanes.run(1, jobs.job("a", gate))
    lanes.run(2, jobs.job("b"))
    await asyncio.sleep(0)
    assert jobs.log == ["a begins", "b begins", "b ends"]
    assert len(lanes) >= 1
    gate.set()
    await lanes.drained()


async def test_a_job_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next of its lane runs."""
    lanes, jobs = Lanes(), Jobs()

    async def fail() -> None:
        raise RuntimeError("no good")

    lanes.run(1, fail)
    lanes.run(1, jobs.job("b"))
    await lanes.drained()
    assert jobs.log == ["b begins", "b ends"]
    assert [record.message for record in caplog.records] == ["lane_job_failed"]


async def test_a_job_may_add_another_to_its_own_lane() -> None:
    """It runs after those that waited already."""
    lanes, jobs = Lanes(), Jobs()

    async def add() -> None:
        lanes.run(1, jobs.job("late"))

    lanes.run(1, add)
    lanes.run(1, jobs.job("early"))
    await lanes.drained()
    assert jobs.log == ["early begins", "early ends", "late begins", "late ends"]


async def test_idle_lanes_are_forgotten() -> None:
    """Memory follows the learners at work: afterwards nothing is kept."""
    lanes, jobs = Lanes(), Jobs()
    for key in range(100):
        lanes.run(key, jobs.job("a"))
    assert not lanes.is_idle(5)
    await lanes.drained()
    assert (len(lanes), lanes.is_idle(5)) == (0, True)


async def test_drained_returns_at_once_where_nothing_runs() -> None:
    """Also before the first job."""
    await asyncio.wait_for(Lanes().drained(), 60)


async def test_a_job_that_ends_at_once_needs_no_turn_of_the_loop() -> None:
    """A started job runs before start() returns, and the lane is free again."""
    lanes, log = Lanes(), list[str]()

    def job() -> None:
        log.append("ran")
        lanes.end(1)

    lanes.start(1, job)
    assert log == ["ran"]
    assert lanes.is_idle(1)


async def test_thousands_that_end_at_once_wait_in_one_lane() -> None:
    """A flood behind one slow job neither overflows the stack nor changes order."""
    lanes = Lanes()
    log: list[int] = []
    lanes.start(1, lambda: None)

    def job(number: int) -> None:
        log.append(number)
        lanes.end(1)

    for number in range(5000):
        lanes.start(1, partial(job, number))
    assert log == []
    lanes.end(1)
    assert log == list(range(5000))
    assert lanes.is_idle(1)


async def test_a_started_job_that_fails_lets_the_lane_go_on(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and the next of its lane runs."""
    lanes, log = Lanes(), list[str]()

    def fail() -> None:
        raise RuntimeError("no good")

    def job() -> None:
        log.append("ran")
        lanes.end(1)

    lanes.start(1, fail)
    lanes.start(1, job)
    assert log == ["ran"]
    assert "lane_job_failed" in caplog.text


async def test_a_job_that_ends_another_lane_does_not_break_its_own() -> None:
    """What becomes due while jobs are begun is begun after them, each lane in its order."""
    lanes, log = Lanes(), list[str]()

    def job(name: str, *ends: int) -> None:
        log.append(name)
        for key in ends:
            lanes.end(key)

    lanes.start(1, partial(job, "a1"))
    lanes.start(2, partial(job, "b1"))
    lanes.start(1, partial(job, "a2", 2, 1))
    lanes.start(1, partial(job, "a3", 1))
    lanes.start(2, partial(job, "b2", 2))
    lanes.end(1)
    assert log == ["a1", "b1", "a2", "b2", "a3"]
    assert len(lanes) == 0


async def test_all_who_wait_hear_that_nothing_runs() -> None:
    """Two who wait for the same job both go on when it ends."""
    lanes = Lanes()
    lanes.start(1, lambda: None)
    waiting = asyncio.gather(lanes.drained(), lanes.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    lanes.end(1)
    await asyncio.wait_for(waiting, 60)
