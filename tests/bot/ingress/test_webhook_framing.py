"""Requests that are plain and those that are not, on one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.ingress.rawclient import RawClient, post

if TYPE_CHECKING:
    from bot.ingress.fakegate import FakeGate
    from lplate_bot.ingress import WebhookServer


@pytest.mark.parametrize(("begun", "status"), [(b"", 200), (b"\r\n", 200), (b"P", 400)])
async def test_a_request_that_has_begun_is_not_forgotten(
    server: WebhookServer, gate: FakeGate, begun: bytes, status: int
) -> None:
    """What came behind one update belongs to the next request, even if that looks whole without it."""
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post(b"1") + begun)).status == 200
        assert (await client.ask(post(b"2"))).status == status
    assert gate.bodies == [b"1", b"2"][: 2 if status == 200 else 1]


async def test_plain_and_odd_requests_take_turns(server: WebhookServer, gate: FakeGate) -> None:
    """A connection takes updates in any shape after updates in any other."""
    async with await RawClient.connect(server.port) as client:
        for number in range(6):
            body = b"%d" % number
            head = post(b"", "Transfer-Encoding: chunked")
            assert (await client.ask(post(body))).status == 200
            assert (await client.ask(head + b"1\r\n" + body + b"\r\n0\r\n\r\n")).status == 200
    assert gate.bodies == [b"%d" % (number // 2) for number in range(12)]


async def test_a_plain_request_needs_the_secret(server: WebhookServer, gate: FakeGate) -> None:
    """On a connection that was trusted a whole plain request with a wrong secret is refused all the same."""
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post(b"1"))).status == 200
        assert (await client.ask(post(b"2", secret="guess"))).status == 401
        assert await client.end() == b""
    assert gate.bodies == [b"1"]
    assert server.wrong_secrets == 1
