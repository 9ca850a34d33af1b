from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import pytest

from bot.ingress.rawclient import SECRET, RawClient, post
from lplate.errors import ConfigError, StoreError
from lplate_bot.ingress import Ack, Busy, WebhookLimits, WebhookServer

if TYPE_CHECKING:
    from bot.ingress.fakegate import FakeGate
    from lplate_bot.ingress import OnWord


async def test_an_update_is_answered_when_committed(server: WebhookServer, gate: FakeGate) -> None:
    """An update is submitted as received and gets its 200 only when its commit is done."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post(b'{"update_id":1}'))
        await gate.arrival(1)
        assert gate.bodies == [b'{"update_id":1}']
        answer = asyncio.create_task(client.response())
        await asyncio.sleep(0)
        assert not answer.done()
        gate.held[0](Ack())
        assert (await answer).status == 200


async def test_an_answer_may_carry_a_call(server: WebhookServer, gate: FakeGate) -> None:
    """A call in the acknowledgement travels in the response as JSON."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post())
        await gate.arrival(1)
        gate.held[0](Ack(b'{"method":"answerCallbackQuery"}'))
        response = await client.response()
    assert response.headers["content-type"] == "application/json"
    assert response.body == b'{"method":"answerCallbackQuery"}'


async def test_a_connection_serves_many_updates(server: WebhookServer, gate: FakeGate) -> None:
    """A kept-alive connection takes one update after another."""
    async with await RawClient.connect(server.port) as client:
        for number in range(50):
            assert (await client.ask(post(b"%d" % number))).status == 200
    assert gate.bodies == [b"%d" % number for number in range(50)]


@pytest.mark.parametrize("head", ["HTTP/1.1\r\nConnection: close", "HTTP/1.0"])
async def test_who_wants_one_answer_only_gets_it(server: WebhookServer, gate: FakeGate, head: str) -> None:
    """A client that does not keep connections alive is answered, and its connection ends."""
    async with await RawClient.connect(server.port) as client:
        request = post().replace(b"HTTP/1.1", head.encode(), 1)
        response = await client.ask(request)
        assert (response.status, response.headers["connection"]) == (200, "close")
        assert await client.end() == b""


async def test_who_has_said_all_is_still_answered(server: WebhookServer, gate: FakeGate) -> None:
    """A client that closes its side after its requests gets all answers."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post(b"1"))
        await gate.arrival(1)
        client.send(post(b"2"))
        client.writer.write_eof()
        gate.held[0](Ack())
        assert (await client.response()).status == 200
        await gate.arrival(2)
        gate.held[1](Ack())
        assert (await client.response()).status == 200
        assert await client.end() == b""


async def test_who_does_not_read_is_not_read(server: WebhookServer, gate: FakeGate) -> None:
    """Answers that a client does not take stop the server from taking more of its updates."""
    gate.ack = Ack(b"x" * 100_000)
    async with await RawClient.connect(server.port) as client:
        for _ in range(300):
            client.send(post(b"u" * 9_000))
        await gate.arrival(1)
        async with await RawClient.connect(server.port) as other:
            for _ in range(20):
                await other.ask(post(b"other"))
        assert gate.bodies.count(b"u" * 9_000) < 250
        for _ in range(300):
            assert len((await client.response()).body) == 100_000


async def test_a_request_may_come_byte_by_byte(server: WebhookServer, gate: FakeGate) -> None:
    """A request cut anywhere is the same request."""
    async with await RawClient.connect(server.port) as client:
        for byte in post(b'{"a":1}'):
            client.send(bytes((byte,)))
            await asyncio.sleep(0)
        assert (await client.response()).status == 200
    assert gate.bodies == [b'{"a":1}']


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreError("disk full"), 503), (Busy(7), 503), (ValueError("ours"), 500)],
)
async def test_what_is_not_committed_is_not_acknowledged(
    server: WebhookServer, gate: FakeGate, error: Exception, status: int
) -> None:
    """A failed commit and a full gate are 503, a fault of ours 500; the connection goes on."""
    gate.error = error
    async with await RawClient.connect(server.port) as client:
        response = await client.ask(post())
        assert response.status == status
        if isinstance(error, Busy):
            assert response.headers["retry-after"] == "7"
        gate.error = None
        assert (await client.ask(post())).status == 200


async def test_a_submit_that_raises_is_our_fault() -> None:
    """An exception of ours is a 500, never the client's bad request."""

    def submit(body: bytes, on_word: OnWord) -> None:
        raise RuntimeError

    server = WebhookServer("127.0.0.1", 0, "/hook", SECRET, submit)
    await server.start()
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post())).status == 500
    await server.stop(0.1)


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper()])
async def test_a_wrong_secret_is_turned_away_before_its_body(
    server: WebhookServer, gate: FakeGate, secret: str | None
) -> None:
    """A request with a wrong secret is answered before its body came, and the connection ends."""
    async with await RawClient.connect(server.port) as client:
        response = await client.ask(post(b"", "Content-Length: 9999", secret=secret))
        assert response.status == 401
        assert response.headers["connection"] == "close"
        client.writer.write_eof()
        assert await client.end() == b""
    assert gate.bodies == []
    assert server.wrong_secrets == 1


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /hook HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (post(path="/hook2"), 404),
        (post(path="/hoo"), 404),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"POST /hook HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (post(b"", "Content-Length: 5", "Transfer-Encoding: chunked"), 400),
        (b"GET /hook HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 405),
        (post(b"x" * 10_001), 413),
        (post(b"", "Content-Length: 99999999999"), 413),
        (post(b"", f"X: {'x' * 3_000}"), 431),
    ],
)
async def test_what_is_no_update_is_refused(
    server: WebhookServer, gate: FakeGate, request_: bytes, status: int
) -> None:
    """Wrong paths, methods, framing and sizes are refused, and the connection ends."""
    async with await RawClient.connect(server.port) as client:
        response = await client.ask(request_)
        assert response.status == status
        client.writer.write_eof()
        assert await client.end() == b""
    assert gate.bodies == []


@pytest.mark.parametrize(
    ("begin", "status"),
    [
        (b"POST /hook HTTP/1.1\r\nX: ", 431),
        (b"POST /", 431),
        (post(b"", "Transfer-Encoding: chunked") + b"1;x=", 413),
    ],
    ids=["header", "target", "chunk extension"],
)
async def test_what_never_ends_is_cut_off(
    server: WebhookServer, gate: FakeGate, begin: bytes, status: int
) -> None:
    """A header, a target or a chunk's head without end is refused long before it fills the memory."""
    async with await RawClient.connect(server.port) as client:
        client.send(begin)
        for _ in range(200):
            client.send(b"x" * 1_000)
        assert (await client.response()).status == status


async def test_a_refusal_reaches_who_goes_on_sending(
    server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that is refused in the middle of its request can still read why."""
    told = asyncio.Event()
    monkeypatch.setattr(server, "on_wrong_secret", told.set)
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setblocking(False)  # noqa: FBT003 - the socket's own interface
        await loop.sock_connect(client, ("127.0.0.1", server.port))
        await loop.sock_sendall(client, post(b"", "Content-Length: 5000", secret="wrong"))
        async with asyncio.timeout(10):
            await told.wait()
            for _ in range(2):
                await loop.sock_sendall(client, b"x" * 2_000)
                await asyncio.sleep(0.01)  # a reset, were there one, comes by itself
            assert (await loop.sock_recv(client, 1_000)).startswith(b"HTTP/1.1 401 ")


async def test_a_body_may_come_in_chunks(server: WebhookServer, gate: FakeGate) -> None:
    """A chunked body is put together; one that is too large is refused."""
    async with await RawClient.connect(server.port) as client:
        head = post(b"", "Transfer-Encoding: chunked")
        assert (await client.ask(head + b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n')).status == 200
        assert gate.bodies == [b'{"a":1}']
        response = await client.ask(head + b"2710\r\n" + b"x" * 10_000 + b"\r\n1\r\nx\r\n0\r\n\r\n")
        assert response.status == 413


async def test_who_asks_before_sending_is_told_to_go_on(server: WebhookServer, gate: FakeGate) -> None:
    """Expect: 100-continue is answered before the body, and refused without it where the head is wrong."""
    async with await RawClient.connect(server.port) as client:
        head = post(b"", "Content-Length: 2", "Expect: 100-continue")
        assert (await client.ask(head)).status == 100
        assert (await client.ask(b"{}")).status == 200
    async with await RawClient.connect(server.port) as client:
        head = post(b"", "Content-Length: 2", "Expect: 100-continue", secret="wrong")
        assert (await client.ask(head)).status == 401


@pytest.mark.parametrize(
    "begin",
    [b"P", b"POST /hook HTTP/1.1\r\nHost: x\r\n", post(b"", "Content-Length: 9")],
    ids=["line", "head", "body"],
)
async def test_a_slow_request_is_ended(server: WebhookServer, gate: FakeGate, begin: bytes) -> None:
    """A request that is not whole in time gets 408 and its connection is closed, unasked."""
    async with await RawClient.connect(server.port) as client:
        client.send(begin)
        end = await client.end()
    assert end.startswith(b"HTTP/1.1 408 ")


async def test_a_silent_client_is_ended(gate: FakeGate) -> None:
    """A connection on which nothing comes is closed after the idle limit."""
    limits = WebhookLimits(idle_s=0.05, request_s=0.05)
    server = WebhookServer("127.0.0.1", 0, "/hook", SECRET, gate.submit, limits=limits)
    await server.start()
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post())).status == 200
        assert await client.end() == b""
    await server.stop(0.1)


async def test_a_post_is_not_held_for_ever(gate: FakeGate) -> None:
    """A commit that does not come in time is a 503, and its late end harms nobody."""
    gate.holds = True
    limits = WebhookLimits(held_s=0.05)
    server = WebhookServer("127.0.0.1", 0, "/hook", SECRET, gate.submit, limits=limits)
    await server.start()
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post())).status == 503
        gate.held[0](Ack())
        gate.holds = False
        assert (await client.ask(post())).status == 200
    await server.stop(0.1)


async def test_strangers_make_room_for_telegram(server: WebhookServer) -> None:
    """Connections on which nobody showed the secret do not keep others out; those that did stay."""
    async with await RawClient.connect(server.port) as trusted:
        assert (await trusted.ask(post())).status == 200
        strangers = [await RawClient.connect(server.port) for _ in range(2 * server.limits.connections)]
        async with await RawClient.connect(server.port) as late:
            assert (await late.ask(post())).status == 200
        assert (await trusted.ask(post())).status == 200
        for stranger in strangers:
            stranger.writer.transport.abort()


async def test_one_connection_too_many_is_turned_away(server: WebhookServer, gate: FakeGate) -> None:
    """Connections beyond the limit get 503; when one ends its place is free."""
    clients = [await RawClient.connect(server.port) for _ in range(server.limits.connections)]
    for client in clients:
        assert (await client.ask(post())).status == 200
    async with await RawClient.connect(server.port) as late:
        assert (await late.response()).status == 503
        assert await late.end() == b""
    for client in clients:
        client.writer.transport.abort()
    await server._wait_for_connections(10)
    async with await RawClient.connect(server.port) as client:
        assert (await client.ask(post())).status == 200


async def test_stopping_answers_what_is_held(server: WebhookServer, gate: FakeGate) -> None:
    """A stop waits for held updates, closes idle connections, and takes no new ones."""
    gate.holds = True
    async with await RawClient.connect(server.port) as idle, await RawClient.connect(server.port) as client:
        client.send(post())
        await gate.arrival(1)
        stop = asyncio.create_task(server.stop(5))
        assert await idle.end() == b""
        assert not stop.done()
        gate.held[0](Ack())
        assert (await client.response()).status == 200
        assert await client.end() == b""
    await stop
    with pytest.raises(ConnectionError):
        await RawClient.connect(server.port)


async def test_stopping_does_not_wait_for_ever(server: WebhookServer, gate: FakeGate) -> None:
    """A stop gives up held updates after its limit; their commit may still come."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post())
        await gate.arrival(1)
        await server.stop(0.05)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.response()
        gate.held[0](Ack())


async def test_a_client_that_went_away_does_not_stop_its_update(
    server: WebhookServer, gate: FakeGate
) -> None:
    """An update whose client is gone is committed all the same, and its end harms nobody."""
    gate.holds = True
    async with await RawClient.connect(server.port) as client:
        client.send(post())
        await gate.arrival(1)
    gate.held[0](Ack())
    await server._wait_for_connections(10)


async def test_a_taken_port_is_named(server: WebhookServer, gate: FakeGate) -> None:
    """A port in use is a configuration error that names the port and the setting."""
    second = WebhookServer("127.0.0.1", server.port, "/hook", SECRET, gate.submit)
    with pytest.raises(ConfigError, match=f"{server.port}.*LPLATE_WEBHOOK_LISTEN"):
        await second.start()


def test_a_secret_is_required(gate: FakeGate) -> None:
    """A webhook without a secret is refused."""
    with pytest.raises(ConfigError, match="LPLATE_WEBHOOK_SECRET"):
        WebhookServer("127.0.0.1", 0, "/hook", "", gate.submit)


async def test_wrong_secrets_are_logged_without_them(
    server: WebhookServer, gate: FakeGate, caplog: pytest.LogCaptureFixture
) -> None:
    """Many wrong secrets make one warning that shows neither theirs nor ours."""
    caplog.set_level(logging.DEBUG)
    for _ in range(20):
        async with await RawClient.connect(server.port) as client:
            assert (await client.ask(post(secret="guess"))).status == 401
    server._sweep()
    assert len([r for r in caplog.records if "wrong_secret" in r.message]) == 1
    assert SECRET not in caplog.text
    assert "guess" not in caplog.text
