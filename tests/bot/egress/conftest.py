from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import uvloop

from bot.egress.scripted import TOKEN, ScriptedApi
from lplate_bot.egress import ApiClient, PoolLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test on both loops: uvloop is what runs, asyncio is the reference."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def api() -> AsyncIterator[ScriptedApi]:
    """A scripted Bot API on a free port."""
    api = ScriptedApi()
    await api.start()
    yield api
    await api.stop()


@pytest.fixture
async def client(api: ScriptedApi) -> AsyncIterator[ApiClient]:
    """A client of the scripted Bot API with four connections and short limits."""
    limits = PoolLimits(connections=4, connect_timeout_s=2.0, response_bytes=100_000)
    client = ApiClient(api.root, TOKEN, limits=limits, read_timeout_s=5.0)
    yield client
    await client.close()
