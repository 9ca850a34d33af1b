"""One lane per learner: strict order within, concurrency between."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Job = Callable[[Callable[[], None]], None]
    """Begins work and sees to it that what it was given is called once when the lane may go on."""

_log = logging.getLogger(__name__)


class _Lane:
    """Hold the jobs that wait; *is_over* tells that one ended while it was being begun."""

    __slots__ = ("is_beginning", "is_over", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Job] | None = None
        self.is_beginning = False
        self.is_over = False


class Lanes:
    """Run jobs of one key one after another, in order of arrival; jobs of different keys run together.

    A lane is a chain of callbacks; a press that need not wait for anything but its commit costs no task.
    """

    def __init__(self) -> None:
        self._lanes: dict[int, _Lane] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        """Return how many lanes are busy."""
        return len(self._lanes)

    def is_idle(self, key: int) -> bool:
        """Return True if no job of *key* runs or waits."""
        return key not in self._lanes

    def start(self, key: int, job: Job) -> None:
        """Begin *job*, at once if no earlier one of *key* is left; one that raises is logged and over."""
        lane = self._lanes.get(key)
        if lane is None:
            if not self._lanes:
                self._idle.clear()
            lane = self._lanes[key] = _Lane()
            self._work(key, lane, job)
        elif lane.waiting is None:
            lane.waiting = deque((job,))
        else:
            lane.waiting.append(job)

    def run(self, key: int, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *job* after all earlier ones of *key*, as a task of its own."""
        self.start(key, partial(self.begin_task, job))

    def begin_task(self, job: Callable[[], Coroutine[Any, Any, None]], on_end: Callable[[], None]) -> None:
        """Run *job* in a task now, then call *on_end*."""
        task = asyncio.get_running_loop().create_task(job())
        self._tasks.add(task)
        task.add_done_callback(partial(self._on_task_done, on_end))

    async def drained(self) -> None:
        """Return once no job runs or waits."""
        await self._idle.wait()

    def _work(self, key: int, lane: _Lane, job: Job) -> None:
        """Begin *job*, and those behind it as long as each ends at once; a loop, as they may be thousands."""
        on_end = partial(self._on_end, key, lane)
        while True:
            lane.is_beginning, lane.is_over = True, False
            try:
                job(on_end)
            except Exception:  # noqa: BLE001 - one job must not stop those behind it
                _log.exception("lane_job_failed")
                lane.is_over = True
            lane.is_beginning = False
            if not lane.is_over:
                return
            if not lane.waiting:
                self._remove(key)
                return
            job = lane.waiting.popleft()

    def _on_end(self, key: int, lane: _Lane) -> None:
        if lane.is_beginning:
            lane.is_over = True
        elif lane.waiting:
            self._work(key, lane, lane.waiting.popleft())
        else:
            self._remove(key)

    def _remove(self, key: int) -> None:
        del self._lanes[key]
        if not self._lanes:
            self._idle.set()

    def _on_task_done(self, on_end: Callable[[], None], task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("lane_job_failed", exc_info=error)
        on_end()
