"""CPU of this process, kernel included, for one update by webhook; the load has a process of its own."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import uvloop
from aiohttp import web

from lplate_bot.ingress import Ack, WebhookServer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from multiprocessing.connection import Connection

    from lplate_bot.ingress import OnWord

UPDATES = 10_000
AT_ONCE = 40
SECRET = "bench-secret"
UPDATE = json.dumps(
    {"update_id": 1, "callback_query": {"id": "1", "data": "v1:a:1", "message": "x" * 900}}
).encode()
HEADERS = (
    "POST /hook HTTP/1.1",
    "Host: bot.example",
    "Content-Type: application/json",
    "Accept-Encoding: gzip, deflate",
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}",
    "Connection: keep-alive",
    f"Content-Length: {len(UPDATE)}",
)
REQUEST = "\r\n".join((*HEADERS, "", "")).encode() + UPDATE
ANSWER = Ack(b'{"method":"answerCallbackQuery","callback_query_id":"1"}')


class Load(asyncio.Protocol):
    """Send the update again as soon as anything comes back."""

    def __init__(self, updates: int, done: asyncio.Future[None]) -> None:
        self.left, self.done = updates, done

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(REQUEST)

    def data_received(self, data: bytes) -> None:
        assert data.startswith(b"HTTP/1.1 200"), data
        self.left -= 1
        if self.left:
            self.transport.write(REQUEST)
        else:
            self.transport.close()
            self.done.set_result(None)


def load(pipe: Connection) -> None:
    """Drive a server at each port that comes down the pipe, and say when it is over."""

    async def run(port: int) -> None:
        loop = asyncio.get_running_loop()
        dones = [loop.create_future() for _ in range(AT_ONCE)]
        for done in dones:
            await loop.create_connection(partial(Load, UPDATES // AT_ONCE, done), "127.0.0.1", port)
        await asyncio.gather(*dones)

    while port := pipe.recv():
        uvloop.run(run(port))
        pipe.send(port)


@pytest.fixture(scope="module")
def pipe() -> Iterator[Connection]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=load, args=(theirs,), daemon=True)
    process.start()
    yield ours
    ours.send(0)
    process.join()


async def driven(port: int, pipe: Connection) -> None:
    pipe.send(port)
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pipe.fileno(), over.set)
    await over.wait()
    loop.remove_reader(pipe.fileno())
    pipe.recv()


class Canned(asyncio.Protocol):
    """Answer whatever comes: what the kernel and the loop cost."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def floor(pipe: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", 0)
    await driven(server.sockets[0].getsockname()[1], pipe)
    server.close()


async def webhook(pipe: Connection) -> None:
    def submit(_: bytes, on_word: OnWord) -> None:
        on_word(ANSWER)

    server = WebhookServer("127.0.0.1", 0, "/hook", SECRET, submit)
    await server.start()
    await driven(server.port, pipe)
    await server.stop()


async def aiohttp_server(pipe: Connection) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.headers["X-Telegram-Bot-Api-Secret-Token"] != SECRET:
            raise web.HTTPUnauthorized
        await request.read()
        return web.Response(body=ANSWER.body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    await driven(runner.addresses[0][1], pipe)
    await runner.cleanup()


@pytest.mark.benchmark(group="ingress-update-1k", timer=time.process_time)
@pytest.mark.parametrize("server", [floor, webhook, aiohttp_server])
def bench_webhook(
    benchmark: Any, pipe: Connection, server: Callable[[Connection], Coroutine[None, None, None]]
) -> None:
    walls: list[float] = []

    def run() -> None:
        began = time.perf_counter()
        uvloop.run(server(pipe))
        walls.append(time.perf_counter() - began)

    benchmark.pedantic(run, rounds=5, iterations=1, warmup_rounds=1)
    benchmark.extra_info["cpu_us_per_update"] = round(benchmark.stats["median"] / UPDATES * 1e6, 1)
    benchmark.extra_info["updates_per_s"] = round(UPDATES / sorted(walls)[len(walls) // 2])
