"""One lane per learner: strict order within, concurrency between."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Job = Callable[[], None]
    """Begins work and sees to it that its lane is ended once when it may go on; or raises."""

_log = logging.getLogger(__name__)


class Lanes:
    """Run jobs of one key one after another, in order of arrival; jobs of different keys run together.

    A lane is a chain of callbacks; a press that need not wait for anything but its commit costs no task.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, deque[Job] | None] = {}  # by busy lane; None until a second job comes
        self._due: deque[int] = deque()  # lanes whose next job is to begin
        self._is_working = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_idle: asyncio.Event | None = None  # only while somebody waits

    def __len__(self) -> int:
        """Return how many lanes are busy."""
        return len(self._waiting)

    def is_idle(self, key: int) -> bool:
        """Return True if no job of *key* runs or waits."""
        return key not in self._waiting

    def start(self, key: int, job: Job) -> None:
        """Begin *job*, at once if no earlier one of *key* is left; end() must follow once it is over.

        One that raises is logged and over.
        """
        if self.take(key):
            self._begin(key, job)
        else:
            self.wait(key, job)

    def take(self, key: int) -> bool:
        """Take the lane of *key* for a job that begins now, if it is idle; end() must follow then."""
        if key in self._waiting:
            return False
        self._waiting[key] = None
        return True

    def wait(self, key: int, job: Job) -> None:
        """Begin *job* after those that the lane of *key* is busy with, as start() does."""
        waiting = self._waiting[key]
        if waiting is None:
            self._waiting[key] = deque((job,))
        else:
            waiting.append(job)

    def end(self, key: int) -> None:
        """Let the lane of *key* go on: the job that was begun there is over."""
        if self._waiting[key]:
            self._due.append(key)
            if not self._is_working:
                self._work()
            return
        del self._waiting[key]
        if self._on_idle is not None and not self._waiting:
            self._on_idle.set()
            self._on_idle = None

    def run(self, key: int, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run *job* after all earlier ones of *key*, as a task of its own."""
        self.start(key, partial(self.begin_task, job, partial(self.end, key)))

    def begin_task(self, job: Callable[[], Coroutine[Any, Any, None]], on_end: Callable[[], None]) -> None:
        """Run *job* in a task now, then call *on_end*."""
        task = asyncio.get_running_loop().create_task(job())
        self._tasks.add(task)
        task.add_done_callback(partial(self._on_task_done, on_end))

    async def drained(self) -> None:
        """Return once no job runs or waits."""
        if self._waiting:
            on_idle = self._on_idle = self._on_idle or asyncio.Event()
            await on_idle.wait()

    def _begin(self, key: int, job: Job) -> None:
        try:
            job()
        except Exception:  # noqa: BLE001 - one job must not stop those behind it
            _log.exception("lane_job_failed")
            self.end(key)

    def _work(self) -> None:
        """Begin what is due, and what becomes due by its ending at once; a loop, as it may be thousands."""
        self._is_working = True
        try:
            while self._due:
                key = self._due.popleft()
                waiting = self._waiting[key]
                assert waiting
                self._begin(key, waiting.popleft())
        finally:
            self._is_working = False

    def _on_task_done(self, on_end: Callable[[], None], task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("lane_job_failed", exc_info=error)
        on_end()
