"""Listen for ``lplate admin`` on a socket in the data folder that only its owner may open.

One JSON object a line each way: ``{"verb": "stats", "arguments": {}}``, then ``{"ok": true, "text": ...,
"data": ...}`` or ``{"ok": false, "text": ...}``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from lplate.errors import LplateError
from lplate_bot.operators.doorway import short_name
from lplate_bot.operators.verbs import VERBS

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_bot.operators.verbs import Bot

_log = logging.getLogger(__name__)

LONGEST_REQUEST: Final = 256 * 1024
"""Bytes: a broadcast in several languages."""
PATIENCE_S: Final = 60.0
"""Who connects and asks nothing is sent away after this long."""
_OWNER_ONLY: Final = 0o177


class Request(msgspec.Struct):
    """Ask for one verb."""

    verb: str
    arguments: dict[str, Any] = {}


class Answer(msgspec.Struct):
    """Say what came of it; *is_ok* is spelt ``ok`` on the wire."""

    is_ok: bool = msgspec.field(name="ok")
    text: str = ""
    data: dict[str, Any] = {}


class AdminService:
    """Serve verbs at *path* within its block."""

    def __init__(self, path: Path, bot: Bot) -> None:
        self._path = path
        self._bot = bot
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _open(self) -> None:
        """Begin to listen; that it cannot is no reason for a bot not to run, and is told in the log."""
        try:
            listening = bound_socket(self._path)
        except OSError as error:
            _log.warning("admin_not_available socket=%s error=%s", self._path, error)
            return
        self._server = await asyncio.start_unix_server(self._on_client, sock=listening, limit=LONGEST_REQUEST)

    async def _close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        with suppress(OSError):
            self._path.unlink()

    async def _on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)
        try:
            async with asyncio.timeout(PATIENCE_S):
                line = await reader.readline()
            writer.write(msgspec.json.encode(await self._answer(line)) + b"\n")
            await writer.drain()
        except (TimeoutError, ConnectionError, ValueError) as error:  # ValueError: a line too long
            _log.debug("admin_client_left error=%r", error)
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = msgspec.json.decode(line, type=Request)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return Answer(is_ok=False, text=f"no request: {error}")
        verb = VERBS.get(request.verb)
        if verb is None:
            return Answer(is_ok=False, text=f"{request.verb!r} is no verb; known are {', '.join(VERBS)}")
        try:
            report = await verb(self._bot, request.arguments)
        except LplateError as error:
            return Answer(is_ok=False, text=str(error))
        except Exception:  # noqa: BLE001 - logged; a fault of ours must not end the bot
            _log.exception("admin_verb_failed verb=%s", request.verb)
            return Answer(is_ok=False, text=f"{request.verb} failed by a fault of ours; the log tells more")
        return Answer(is_ok=True, text=report.text, data=dict(report.data))


def bound_socket(path: Path) -> socket.socket:
    """Return a socket bound to *path*, for its owner only; one that a killed bot left is replaced.

    Whoever calls this holds the lock on the learners, so that no other bot can be listening there.
    """
    with suppress(FileNotFoundError):
        path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(_OWNER_ONLY)  # from the first moment on: a chmod afterwards would come too late
    try:
        with short_name(path) as name:
            listening.bind(name)
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening
