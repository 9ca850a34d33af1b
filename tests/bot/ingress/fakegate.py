"""A gate that a test holds in its hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from lplate_bot.ingress import Ack


@dataclass
class FakeGate:
    """A gate whose commits a test decides on; by itself it acknowledges at once."""

    bodies: list[bytes] = field(default_factory=list)
    held: list[asyncio.Future[Ack]] = field(default_factory=list)
    holds: bool = False
    error: Exception | None = None
    ack: Ack = Ack()  # noqa: RUF009 - frozen
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def submit(self, body: bytes) -> asyncio.Future[Ack]:
        self.bodies.append(body)
        self._arrived.set()
        future: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        if self.holds:
            self.held.append(future)
        elif self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(self.ack)
        return future

    async def arrival(self, count: int) -> None:
        """Wait until *count* updates have come in all."""
        async with asyncio.timeout(10):
            while len(self.bodies) < count:
                self._arrived.clear()
                await self._arrived.wait()
