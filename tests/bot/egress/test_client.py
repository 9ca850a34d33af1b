from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import pytest

from bot.egress.scripted import CLOSE, TOKEN, Request, ScriptedApi, http, ok, refusal
from lplate.errors import ConfigError
from lplate_bot.egress import ApiClient, ApiTimeout, ApiUnreachable, PoolLimits

if TYPE_CHECKING:
    from lplate_bot.egress.connection import Connection


async def test_a_call_is_one_post_under_the_token(api: ScriptedApi, client: ApiClient) -> None:
    """A call is a POST of its JSON to the method below the token, and its result comes back raw."""

    async def answer(request: Request) -> bytes:
        return ok({"id": 7})

    api.answer = answer
    response = await client.call("getMe", b'{"a":1}')
    (request,) = api.requests
    assert (request.verb, request.path, request.json) == ("POST", f"/bot{TOKEN}/getMe", {"a": 1})
    assert request.headers["content-type"] == "application/json"
    assert (response.status, response.ok, bytes(response.result or b"")) == (200, True, b'{"id": 7}')


async def test_a_refusal_is_a_value(api: ScriptedApi, client: ApiClient) -> None:
    """A refusal is returned with its code, words and parameters, not raised."""

    async def answer(request: Request) -> bytes:
        return refusal(429, "Too Many Requests: retry after 3", retry_after=3, migrate_to_chat_id=-5)

    api.answer = answer
    response = await client.call("sendMessage")
    assert (response.status, response.ok, response.error_code) == (429, False, 429)
    assert (response.retry_after_s, response.migrate_to_chat_id) == (3.0, -5)


async def test_connections_are_kept_and_bounded(api: ScriptedApi, client: ApiClient) -> None:
    """Calls one after another use one connection, calls at once no more than the limit."""
    for _ in range(5):
        await client.call("getMe")
    assert api.connections == 1
    await asyncio.gather(*(client.call("getMe") for _ in range(40)))
    assert api.connections <= 4
    assert len(api.requests) == 45


async def test_waiters_are_served_in_order(api: ScriptedApi) -> None:
    """With one connection, calls go out in the order they were made."""
    client = ApiClient(api.root, TOKEN, limits=PoolLimits(connections=1))
    await asyncio.gather(*(client.call("getMe", b"%d" % number) for number in range(20)))
    await client.close()
    assert [request.json for request in api.requests] == list(range(20))


@pytest.mark.parametrize(
    "response",
    [
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"ok"\r\n6\r\n:true}\r\n0\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"ok":true}',
        b'HTTP/1.0 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}',
        b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{"ok":true}',
    ],
    ids=["chunked", "until the end", "HTTP/1.0", "after an interim response"],
)
async def test_every_framing_is_read(api: ScriptedApi, client: ApiClient, response: bytes) -> None:
    """Bodies by length, in chunks and until the end of the connection are all read, again and again."""

    async def answer(request: Request) -> bytes:
        return response

    api.answer = answer
    for _ in range(3):
        got = await client.call("getMe")
        assert (got.status, got.ok) == (200, True)


@pytest.mark.parametrize(
    "response",
    [
        http(b'{"ok":tru'),
        http(b"<html>"),
        http(b"[]"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n" + b'{"ok":true,',
        b"NOT HTTP AT ALL\r\n\r\n",
        http(b'{"ok":true}' + b" " * 300_000),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
        CLOSE,
    ],
    ids=["broken", "html", "no object", "truncated", "no HTTP", "large", "large head", "closed"],
)
async def test_an_unusable_response_is_a_failure(
    api: ScriptedApi, client: ApiClient, response: bytes
) -> None:
    """A response that is truncated, too large, no JSON or no HTTP is a failure, and the next call works."""

    async def answer(request: Request) -> bytes:
        return response

    good = api.answer
    api.answer = answer
    with pytest.raises(ApiUnreachable) as caught:
        await client.call("sendMessage")
    assert caught.value.was_sent
    api.answer = good
    assert (await client.call("getMe")).ok


async def test_a_proxys_error_page_is_a_refusal(api: ScriptedApi, client: ApiClient) -> None:
    """An error status without JSON is a refusal of that status."""

    async def answer(request: Request) -> bytes:
        return http(b"<html>", "502 Bad Gateway")

    api.answer = answer
    response = await client.call("getMe")
    assert (response.ok, response.error_code, response.description) == (False, 502, "Bad Gateway")


async def test_no_answer_in_time_is_a_timeout(api: ScriptedApi, client: ApiClient) -> None:
    """A call without an answer ends after its own limit, and its connection is not used again."""

    async def answer(request: Request) -> bytes:
        await asyncio.Event().wait()
        return CLOSE

    good = api.answer
    api.answer = answer
    with pytest.raises(ApiTimeout) as caught:
        await client.call("getMe", timeout_s=0.05)
    assert caught.value.was_sent
    api.answer = good
    assert (await client.call("getMe")).ok
    assert api.connections == 2


async def test_a_refused_connection_fails_all_who_wait(api: ScriptedApi, client: ApiClient) -> None:
    """When nothing listens, every waiting call fails at once and says where it wanted to go."""
    await api.stop()
    ends = await asyncio.gather(*(client.call("getMe") for _ in range(50)), return_exceptions=True)
    assert all(isinstance(end, ApiUnreachable) and not end.was_sent for end in ends)
    assert client.root in str(ends[0])


async def test_a_network_that_swallows_ipv6_is_gone_around(client: ApiClient) -> None:
    """After a connection attempt that timed out, the next one tries IPv4 alone, and then both again."""
    pool = client._open()
    families = []
    for _ in range(3):
        families.append(pool._family)
        pool._on_refused(TimeoutError())
    pool._on_refused(ConnectionRefusedError())
    assert [*families, pool._family] == [
        socket.AF_UNSPEC,
        socket.AF_INET,
        socket.AF_UNSPEC,
        socket.AF_INET,
    ]


async def test_a_stale_connection_is_replaced_for_repeatable_calls(
    api: ScriptedApi, client: ApiClient
) -> None:
    """A kept connection that dies before a byte of the response costs a repeatable call one silent repeat."""
    await client.call("getMe")
    good = api.answer
    closed: list[Request] = []

    async def close_first(request: Request) -> bytes:
        if not closed:
            closed.append(request)
            return CLOSE
        return await good(request)

    api.answer = close_first
    assert (await client.call("editMessageText", is_repeatable=True)).ok
    assert [request.method for request in api.requests] == ["getMe", "editMessageText", "editMessageText"]


async def test_a_call_is_repeated_once_only(api: ScriptedApi, client: ApiClient) -> None:
    """A repeatable call whose repeat dies too is a failure; a fresh connection's death is no stale one."""
    await client.call("getMe")

    async def close(request: Request) -> bytes:
        return CLOSE

    api.answer = close
    with pytest.raises(ApiUnreachable):
        await client.call("editMessageText", is_repeatable=True)
    assert len(api.requests) == 3


async def test_an_unrepeatable_call_is_never_repeated(api: ScriptedApi, client: ApiClient) -> None:
    """A call not said to be repeatable goes out once, whatever happens to its connection."""
    await client.call("getMe")

    async def close(request: Request) -> bytes:
        return CLOSE

    api.answer = close
    with pytest.raises(ApiUnreachable):
        await client.call("sendMessage")
    assert len(api.requests) == 2


def watch_gone(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return an event that is set when a connection of the client ends."""
    pool = client._open()
    gone = asyncio.Event()
    on_gone = pool.on_gone

    def watched(connection: Connection) -> None:
        on_gone(connection)
        gone.set()

    monkeypatch.setattr(pool, "on_gone", watched)
    return gone


async def test_a_server_that_closes_idle_connections_costs_nothing(
    api: ScriptedApi, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection closed by the server while idle is not used again."""
    gone = watch_gone(client, monkeypatch)
    await client.call("getMe")
    api.drop_connections()
    await asyncio.wait_for(gone.wait(), 60)
    assert (await client.call("sendMessage")).ok
    assert api.connections == 2


async def test_a_server_that_speaks_unasked_is_left(
    api: ScriptedApi, client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which something comes that nobody asked for is not used again."""
    gone = watch_gone(client, monkeypatch)
    await client.call("getMe")
    for writer in api.open:
        writer.write(refusal(408, "Request Timeout"))
    await asyncio.wait_for(gone.wait(), 60)
    assert (await client.call("sendMessage")).ok
    assert api.connections == 2


@pytest.mark.parametrize("surplus", [ok("whose?"), b"H"], ids=["whole", "begun"])
async def test_a_response_too_many_spoils_its_connection(
    api: ScriptedApi, client: ApiClient, surplus: bytes
) -> None:
    """More than one response to a call gives the first and costs the connection: no call gets another's."""

    async def more(request: Request) -> bytes:
        return ok("mine") + surplus

    api.answer = more
    for number in (1, 2):
        response = await client.call("getMe")
        assert bytes(response.result or b"").startswith(b'"mine"')
        assert api.connections == number


async def test_a_connection_idle_for_long_is_not_trusted(api: ScriptedApi) -> None:
    """A connection that has been idle for longer than servers keep theirs is replaced before use."""
    client = ApiClient(api.root, TOKEN, limits=PoolLimits(idle_s=-1.0))
    for _ in range(3):
        assert (await client.call("getMe")).ok
    assert api.connections == 3
    await client.close()


async def test_a_cancelled_call_frees_its_place(api: ScriptedApi) -> None:
    """A cancelled call closes its connection, one still waiting is never sent, and others go on."""
    never = asyncio.Event()

    async def answer(request: Request) -> bytes:
        if request.method == "slow":
            await never.wait()
        return ok()

    api.answer = answer
    client = ApiClient(api.root, TOKEN, limits=PoolLimits(connections=1))
    slow = asyncio.create_task(client.call("slow"))
    await api.arrival(1)
    waiting = asyncio.create_task(client.call("waiting"))
    after = asyncio.create_task(client.call("after"))
    await asyncio.sleep(0)
    waiting.cancel()
    slow.cancel()
    assert (await after).ok
    assert [request.method for request in api.requests] == ["slow", "after"]
    await client.close()


async def test_closing_ends_all_calls(api: ScriptedApi, client: ApiClient) -> None:
    """Calls under way when the client is closed fail, and so do calls made afterwards."""

    async def answer(request: Request) -> bytes:
        await asyncio.Event().wait()
        return CLOSE

    api.answer = answer
    calls = [asyncio.create_task(client.call("getMe")) for _ in range(10)]
    await api.arrival(4)
    await client.close()
    ends = await asyncio.gather(*calls, client.call("getMe"), return_exceptions=True)
    assert all(isinstance(end, ApiUnreachable) for end in ends)


async def test_the_token_is_shown_nowhere(
    api: ScriptedApi, client: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither errors nor logs nor representations hold the token."""
    caplog.set_level(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)
    shown = [repr(client), str(client), repr(client._open())]
    await client.call("getMe")

    async def close(request: Request) -> bytes:
        return CLOSE

    api.answer = close
    for timeout_s in (5.0, 0.0):
        with pytest.raises(ApiUnreachable) as caught:
            await client.call("getMe", timeout_s=timeout_s)
        shown += [repr(caught.value), str(caught.value)]
    await api.stop()
    with pytest.raises(ApiUnreachable) as caught:
        await client.call("getMe")
    shown += [repr(caught.value), caplog.text]
    secret = TOKEN.partition(":")[2]
    assert not [text for text in shown if secret in text]


@pytest.mark.parametrize("root", ["", "api.telegram.org", "ftp://x", "http://", "http://x:port"])
def test_a_root_must_be_an_address(root: str) -> None:
    """A root that is no http address is refused with the name of the setting."""
    with pytest.raises(ConfigError, match="LPLATE_API_URL"):
        ApiClient(root, TOKEN)


@pytest.mark.parametrize("token", ["", "1:a b", "1:a\r\nHost: x", "1:a/b", "1:é"])
def test_a_token_must_look_like_one(token: str) -> None:
    """A token that would break the request is refused without being shown."""
    with pytest.raises(ConfigError, match="LPLATE_TOKEN") as caught:
        ApiClient("http://localhost", token)
    assert not token or token not in str(caught.value)


async def test_files_are_fetched_whole_or_not_at_all(api: ScriptedApi, client: ApiClient) -> None:
    """A file comes by its path below the token; a truncated one is a failure."""
    content = b"picture" * 1000

    async def answer(request: Request) -> bytes:
        return http(content)

    api.answer = answer
    reply = await client.fetch("photos/file_1.jpg")
    assert reply.body == content
    assert api.requests[0].path == f"/file/bot{TOKEN}/photos/file_1.jpg"

    async def truncate(request: Request) -> bytes:
        return http(content, "200 OK", "Connection: close")[:-1]

    api.answer = truncate
    with pytest.raises(ApiUnreachable):
        await client.fetch("photos/file_1.jpg")
