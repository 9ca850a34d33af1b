from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bot.bothouse import BotHouse
from trainer.banks import FakeBank, mixed_bank

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    OpenHouse = Callable[..., AbstractAsyncContextManager[BotHouse]]


@asynccontextmanager
async def opened(*banks: FakeBank, **settings: Any) -> AsyncIterator[BotHouse]:
    """Run a whole bot over a scripted Telegram; it must send nothing that Telegram refuses to read."""
    house = await BotHouse(*(banks or (mixed_bank(),)), **settings).open()
    try:
        yield house
        assert house.api.complaints == []
    finally:
        await house.close()


@pytest.fixture
def open_house() -> OpenHouse:
    """The way to a bot with banks or settings of one's own."""
    return opened


@pytest.fixture
async def house() -> AsyncIterator[BotHouse]:
    """A bot with the mixed bank and generous limits."""
    async with opened() as house:
        yield house
