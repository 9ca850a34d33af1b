"""A gate that a test holds in its hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lplate_bot.ingress import Ack

if TYPE_CHECKING:
    from lplate_bot.ingress import OnWord


@dataclass
class FakeGate:
    """A gate whose commits a test decides on; by itself it acknowledges at once."""

    bodies: list[bytes] = field(default_factory=list)
    held: list[OnWord] = field(default_factory=list)
    holds: bool = False
    error: Exception | None = None
    ack: Ack = Ack()  # noqa: RUF009 - frozen
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def submit(self, body: bytes, on_word: OnWord) -> None:
        self.bodies.append(body)
        self._arrived.set()
        if self.holds:
            self.held.append(on_word)
        else:
            on_word(self.error or self.ack)

    async def arrival(self, count: int) -> None:
        """Wait until *count* updates have come in all."""
        async with asyncio.timeout(10):
            while len(self.bodies) < count:
                self._arrived.clear()
                await self._arrived.wait()
