"""CPU of this process, kernel included, for one Bot API call; the server runs in a process of its own."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from telegram.request import HTTPXRequest, RequestData

from lplate_bot.egress import ApiClient, Call, Outbox, PoolLimits, SendLimits, SendRates

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from multiprocessing.connection import Connection

TOKEN = "4711:bench"
CALLS = 4000
AT_ONCE = 50
BODY = json.dumps({"chat_id": 1, "message_id": 2, "text": "x" * 600, "reply_markup": "y" * 300}).encode()
RESULT = json.dumps({"ok": True, "result": {"message_id": 2, "text": "x" * 600}}).encode()
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(RESULT) + RESULT
)


class CannedApi(asyncio.Protocol):
    """Answer once for every body of a known size."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(RESPONSE)


class Floor(asyncio.Protocol):
    """Write canned bytes, wait for any answer: what the kernel and the loop cost."""

    def __init__(self, request: bytes, calls: int, done: asyncio.Future[None]) -> None:
        self.request, self.left, self.done = request, calls, done

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.left -= 1
        if self.left:
            self.transport.write(self.request)
        else:
            self.transport.close()
            self.done.set_result(None)


def serve(pipe: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(CannedApi, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    yield f"http://127.0.0.1:{ours.recv()}"
    process.terminate()
    process.join()


def head(root: str) -> bytes:
    lines = (
        f"POST /bot{TOKEN}/editMessageText HTTP/1.1",
        f"Host: {root.removeprefix('http://')}",
        "Content-Type: application/json",
        f"Content-Length: {len(BODY)}",
    )
    return "\r\n".join((*lines, "", "")).encode()


async def floor(root: str) -> None:
    loop = asyncio.get_running_loop()
    dones = [loop.create_future() for _ in range(AT_ONCE)]
    request, port = head(root) + BODY, int(root.rpartition(":")[2])
    for done in dones:
        calls = CALLS // AT_ONCE
        await loop.create_connection(partial(Floor, request, calls, done), "127.0.0.1", port)
    await asyncio.gather(*dones)


async def call(root: str) -> None:
    client = ApiClient(root, TOKEN, limits=PoolLimits(connections=AT_ONCE))

    async def worker() -> None:
        for _ in range(CALLS // AT_ONCE):
            await client.call("editMessageText", BODY)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    await client.close()


async def outbox(root: str) -> None:
    client = ApiClient(root, TOKEN, limits=PoolLimits(connections=AT_ONCE))
    outbox = Outbox(client, SendLimits(SendRates(0, 0, 0, 0)))
    left = CALLS

    def on_done(chat: int) -> Callable[[object], None]:
        def done(outcome: object) -> None:
            nonlocal left
            left -= 1
            if left >= AT_ONCE:
                send(chat)

        return done

    def send(chat: int) -> None:
        outbox.send(Call("editMessageText", chat, BODY, edits=2, done=on_done(chat)))

    for chat in range(AT_ONCE):
        send(chat)
    await outbox.drain(60)
    outbox.close()
    await client.close()


async def httpx(root: str) -> None:
    request = HTTPXRequest(connection_pool_size=AT_ONCE)
    url = f"{root}/bot{TOKEN}/editMessageText"
    async with request:
        for _ in range(CALLS // AT_ONCE // 10):
            await asyncio.gather(*(request.post(url, RequestData()) for _ in range(AT_ONCE)))


@pytest.mark.benchmark(group="egress-call-1k-body", timer=time.process_time)
@pytest.mark.parametrize(
    ("way", "calls"), [(floor, CALLS), (call, CALLS), (outbox, CALLS), (httpx, CALLS // 10)]
)
def bench_call(
    benchmark: Any, root: str, way: Callable[[str], Coroutine[None, None, None]], calls: int
) -> None:
    def run() -> None:
        uvloop.run(way(root))

    benchmark.pedantic(run, rounds=5, iterations=1, warmup_rounds=1)
    benchmark.extra_info["cpu_us_per_call"] = round(benchmark.stats["median"] / calls * 1e6, 1)
