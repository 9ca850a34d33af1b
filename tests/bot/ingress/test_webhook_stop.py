"""How the webhook's server ends without cutting off what has been sent to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.ingress.rawclient import RawClient, post
from lplate_bot.ingress import Ack

if TYPE_CHECKING:
    from bot.ingress.fakegate import FakeGate
    from lplate_bot.ingress import WebhookServer


async def test_the_last_answer_says_that_it_is_the_last(server: WebhookServer, gate: FakeGate) -> None:
    """Who waits for an answer while the server stops is told to send nothing more on that connection."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post(b"1"))
        await gate.arrival(1)
        stopping = asyncio.create_task(server.stop(5.0))
        (connection,) = server._connections
        while not connection._is_last:  # noqa: ASYNC110 - the stop announces nothing
            await asyncio.sleep(0)
        gate.held[0](Ack())
        response = await client.response()
        assert (response.status, response.headers["connection"]) == (200, "close")
        await stopping


async def test_what_has_arrived_is_taken_before_the_stop(server: WebhookServer, gate: FakeGate) -> None:
    """A request that a stopping server has received but not read yet is answered, not cut off."""
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post(b"1"))).status == 200
        client.send(post(b"2"))
        await server.stop(5.0)
        assert (await client.response()).status == 200
        assert await client.end() == b""
    assert gate.bodies == [b"1", b"2"]
