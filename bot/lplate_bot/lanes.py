"""One lane per learner: strict order within, concurrency between."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

_log = logging.getLogger(__name__)


class Lanes:
    """Run jobs of one key one after another, in order of arrival; jobs of different keys run together."""

    def __init__(self) -> None:
        self._waiting: dict[int, deque[Callable[[], Coroutine[None, None, None]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        """Return how many lanes are busy."""
        return len(self._waiting)

    def is_idle(self, key: int) -> bool:
        """Return True if no job of *key* runs or waits."""
        return key not in self._waiting

    def run(self, key: int, job: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run *job* after all earlier ones of *key*; one that raises is logged and the lane goes on."""
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(job)
            return
        self._waiting[key] = deque((job,))
        self._idle.clear()
        task = asyncio.get_running_loop().create_task(self._drain(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drained(self) -> None:
        """Return once no job runs or waits."""
        await self._idle.wait()

    async def _drain(self, key: int) -> None:
        waiting = self._waiting[key]
        try:
            while waiting:
                try:
                    await waiting[0]()
                except Exception:  # noqa: BLE001 - one job must not stop those behind it
                    _log.exception("lane_job_failed")
                waiting.popleft()
        finally:
            del self._waiting[key]
            if not self._waiting:
                self._idle.set()
