"""Bring updates to the bot: wait to be polled."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from lplate_bot.loadtest.learner import Update

FIRST_UPDATE: Final = 1_000_000


class Feed(Protocol):
    """Take updates in the order they happen; one learner's arrive in that order."""

    def put(self, update: Update) -> None:
        """Bring *update* to the bot as soon as may be."""

    async def close(self) -> None:
        """Let go of connections."""

    @property
    def waiting(self) -> int:
        """Return how many updates are not brought yet."""


class PollQueue:
    """Hold updates until getUpdates confirms them."""

    def __init__(self) -> None:
        self._pending: deque[Update] = deque()
        self._arrival: asyncio.Future[None] | None = None

    @property
    def waiting(self) -> int:
        """Return how many updates are not confirmed."""
        return len(self._pending)

    def put(self, update: Update) -> None:
        """Queue *update* and wake a waiting poll."""
        self._pending.append(update)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    async def poll(self, offset: int, limit: int, timeout_s: float) -> bytes:
        """Return up to *limit* updates from *offset* as JSON; wait up to *timeout_s* for the first."""
        while self._pending and self._pending[0].update_id < offset:
            self._pending.popleft()
        if not self._pending and timeout_s > 0:
            self._arrival = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._arrival,), timeout=timeout_s)
            self._arrival = None
        taken = (self._pending[place].body for place in range(min(limit, len(self._pending))))
        return b"[" + b",".join(taken) + b"]"

    async def close(self) -> None:
        """End a waiting poll."""
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)
