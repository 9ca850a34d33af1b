"""Stores with one weakness each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lplate.adapters.memory import MemoryStore
from lplate.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplate.ports import Change, Row


class FullStore(MemoryStore):
    """A disk that is full as long as *is_full*: reads go on, writes fail."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = False

    async def write(self, group: Sequence[Change]) -> None:
        if self.is_full:
            raise StoreError("the disk is full; make room")
        await super().write(group)


class SlowStore(MemoryStore):
    """A disk whose writes wait for *ready*; *started* counts those begun."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = asyncio.Event()
        self.ready.set()
        self.started = 0

    async def write(self, group: Sequence[Change]) -> None:
        self.started += 1
        await self.ready.wait()
        await super().write(group)


class PickyStore(MemoryStore):
    """A store that cannot take certain rows."""

    def __init__(self, is_bad: Callable[[Row], bool]) -> None:
        super().__init__()
        self.is_bad = is_bad

    async def write(self, group: Sequence[Change]) -> None:
        if any(self.is_bad(row) for change in group for row in change):
            raise ValueError("a row of a kind nobody can store")
        await super().write(group)
