"""A stand-in for the Bot API on a real socket that answers exactly what a test scripts, bad HTTP included."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

TOKEN = "4711:a-secret-that-nobody-may-see"
CLOSE = b""
"""As an answer: close the connection without a word."""


@dataclass
class Request:
    """One request as it arrived."""

    verb: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def method(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request], Awaitable[bytes]]


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Return a whole response with a length."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join((*lines, "", "")).encode() + body


def ok(result: Any = 1) -> bytes:
    """Return the Bot API's answer to a call that succeeded."""
    return http(json.dumps({"ok": True, "result": result}).encode())


def refusal(code: int, description: str, **parameters: Any) -> bytes:
    """Return the Bot API's answer to a call that it refuses."""
    payload = {"ok": False, "error_code": code, "description": description}
    if parameters:
        payload["parameters"] = parameters
    return http(json.dumps(payload).encode(), f"{code} Refused")


async def say_ok(request: Request) -> bytes:
    """Answer everything with success."""
    return ok()


@dataclass
class ScriptedApi:
    """Serve; *answer* is looked up for each request, so a test may exchange it at any time."""

    answer: Answer = say_ok
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.drop_connections()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def drop_connections(self) -> None:
        for writer in self.open:
            writer.transport.abort()

    async def arrival(self, count: int) -> None:
        """Wait until *count* requests have come in all."""
        async with asyncio.timeout(10):
            while len(self.requests) < count:
                self._arrived.clear()
                await self._arrived.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer_all(reader, writer, number)
        finally:
            self.open.discard(writer)
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer_all(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            request = await read_request(reader, number)
            self.requests.append(request)
            self._arrived.set()
            response = await self.answer(request)
            if not response:
                return
            writer.write(response)
            await writer.drain()
            if b"connection: close" in response.lower():
                return


async def read_request(reader: asyncio.StreamReader, number: int) -> Request:
    """Read one request whole."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rest = head.strip().split("\r\n")
    verb, path, _ = line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(verb, path, headers, body, number)
