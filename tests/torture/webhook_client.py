"""Talk to the bot's webhook over bare sockets: as Telegram would, or as somebody with bad intentions."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

TIMEOUT_S: Final = 60.0


class Hook:
    """Hold where the bot listens, by its own settings, and what it expects there."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        url = urlsplit(environment["LPLATE_WEBHOOK_URL"])
        self.host, self.port, self.path = url.hostname or "", url.port or 0, url.path
        self.secret = environment["LPLATE_WEBHOOK_SECRET"]

    def request(self, body: bytes, secret: str | None = None) -> bytes:
        """Return a whole request; the right secret unless another is given."""
        return self.head(len(body), secret) + body

    def head(self, length: int, secret: str | None = None) -> bytes:
        """Return the head of a request whose body has so many bytes."""
        lines = (
            f"POST {self.path} HTTP/1.1", f"Host: {self.host}", "Content-Type: application/json",
            f"Content-Length: {length}",
            f"X-Telegram-Bot-Api-Secret-Token: {self.secret if secret is None else secret}",
        )  # fmt: skip
        return "\r\n".join((*lines, "", "")).encode()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Open a connection for the block."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def post(self, request: bytes) -> int:
        """Send bytes on a connection of their own and return the status, 0 if it was closed without one."""
        async with self.connect() as (reader, writer), asyncio.timeout(TIMEOUT_S):
            writer.write(request)
            return await status(reader)


async def status(reader: asyncio.StreamReader) -> int:
    """Return the status of the next response whole with its body, 0 if there is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0
    return int(head.split(b" ", 2)[1])
