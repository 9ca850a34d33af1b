"""Several updates on one connection at once, settled in any order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.ingress.rawclient import RawClient, post
from lplate_bot.ingress import Ack, WebhookServer

if TYPE_CHECKING:
    from bot.ingress.fakegate import FakeGate


async def test_pipelined_updates_are_answered_in_order(server: WebhookServer, gate: FakeGate) -> None:
    """Answers to pipelined updates keep the order of the requests, whichever commits first."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post(b"1") + post(b"2") + post(b"3"))
        await gate.arrival(3)
        for number in (2, 1, 0):
            gate.held[number](Ack(b"%d" % number))
        assert [(await client.response()).body for _ in range(3)] == [b"0", b"1", b"2"]


async def test_pipelined_updates_may_be_settled_at_once(server: WebhookServer, gate: FakeGate) -> None:
    """All that came together is submitted and answered, to the end, however soon each is settled."""
    first, second, last = post(b"1"), post(b"2"), post(b"3", "Connection: close")
    async with await RawClient.connect(server.port) as client:
        client.send(first + second + last)
        client.writer.write_eof()
        assert [(await client.response()).headers.get("connection") for _ in range(3)] == [
            None,
            None,
            "close",
        ]
        assert await client.end() == b""
    assert gate.bodies == [b"1", b"2", b"3"]


async def test_what_came_behind_a_held_post_may_be_settled_at_once(
    server: WebhookServer, gate: FakeGate
) -> None:
    """Updates that waited outside, and a refused one behind them, are all answered though the client left."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post(b"1"))
        await gate.arrival(1)
        client.send(post(b"2") + post(b"3") + post(b"4", secret="wrong"))
        client.writer.write_eof()
        gate.holds = False
        await asyncio.sleep(0.01)  # all of it, and its end, may be there when the first is settled
        gate.held[0](Ack())
        assert [(await client.response()).status for _ in range(4)] == [200, 200, 200, 401]
        assert await client.end() == b""
    assert gate.bodies == [b"1", b"2", b"3"]


async def test_nothing_more_is_read_while_a_post_is_held(server: WebhookServer, gate: FakeGate) -> None:
    """While an update waits for its commit, later ones on its connection wait outside."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post(b"1"))
        await gate.arrival(1)
        client.send(post(b"2"))
        async with await RawClient.connect(server.port) as other:
            other.send(post(b"other"))
            await gate.arrival(2)
        assert gate.bodies == [b"1", b"other"]
        gate.held[0](Ack())
        await gate.arrival(3)
        assert gate.bodies[-1] == b"2"
