"""A client that writes bytes and reads responses, so that a test may misbehave at will."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Self

SECRET = "the-webhooks-secret"


def post(body: bytes = b"{}", *headers: str, path: str = "/hook", secret: str | None = SECRET) -> bytes:
    """Return a POST as Telegram sends it."""
    lines = [f"POST {path} HTTP/1.1", "Host: bot.example", "Content-Type: application/json"]
    if secret is not None:
        lines.append(f"X-Telegram-Bot-Api-Secret-Token: {secret}")
    if not any(header.lower().startswith(("transfer-encoding", "content-length")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, *headers, "", "")).encode() + body


@dataclass
class Response:
    """One response as it arrived."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int) -> RawClient:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.writer.transport.abort()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> Response:
        """Read one response whole."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
            return Response(int(line.split(" ")[1]), headers, body)

    async def ask(self, data: bytes) -> Response:
        self.send(data)
        return await self.response()

    async def end(self) -> bytes:
        """Read until the server closes."""
        async with asyncio.timeout(10):
            return await self.reader.read()
