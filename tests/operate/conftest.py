from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.bothouse import BotHouse
from lplate_bot.operate.exposition import Exposition
from lplate_bot.operate.facts import Facts
from lplate_bot.operate.health import Bounds, Health
from lplate_bot.operate.pulse import Pulse
from operate.samples import OPEN_METRICS, Samples
from trainer.banks import mixed_bank

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@pytest.fixture
def settings() -> dict[str, Any]:
    """Return settings other than the usual; parametrised where a test wants some."""
    return {}


@pytest.fixture
async def house(settings: dict[str, Any]) -> AsyncIterator[BotHouse]:
    """Return a running bot in memory."""
    made = await BotHouse(mixed_bank(), **settings).open()
    yield made
    assert made.api.complaints == []
    await made.close()


@pytest.fixture
def stopping() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def health(house: BotHouse, stopping: asyncio.Event) -> Health:
    """Return the health of a bot that has come up."""
    made = Health(house.bot, stopping, Bounds(updates=10, calls=10))
    made.is_up = True
    return made


@pytest.fixture
def exposition(house: BotHouse, health: Health) -> Exposition:
    return Exposition(house.bot, health, Pulse(lambda: None), Facts("polling", 1000.0))


@pytest.fixture
def scrape(exposition: Exposition) -> Callable[[], Awaitable[Samples]]:
    """Return what reads all metrics."""

    async def read() -> Samples:
        body, _ = await exposition.write(OPEN_METRICS)
        return Samples(body.decode())

    return read
