from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import uvloop

from bot.ingress.fakegate import FakeGate
from bot.ingress.rawclient import SECRET
from lplate_bot.ingress import WebhookLimits, WebhookServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

LIMITS = WebhookLimits(
    body_bytes=10_000, head_bytes=2_000, request_s=0.2, idle_s=5.0, held_s=5.0, connections=8
)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every test on both loops: uvloop is what runs, asyncio is the reference."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
def gate() -> FakeGate:
    """A gate under the test's control."""
    return FakeGate()


@pytest.fixture
async def server(gate: FakeGate) -> AsyncIterator[WebhookServer]:
    """A webhook server on a free port with tight limits."""
    server = WebhookServer("127.0.0.1", 0, "/hook", SECRET, gate.submit, limits=LIMITS)
    await server.start()
    yield server
    await server.stop(0.1)
