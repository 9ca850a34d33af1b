"""The chat page, the files it shows, and the playground's own small HTTP interface."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import WSCloseCode, web

from lplate_bot.playground.chat_socket import ChatSocket
from lplate_bot.playground.frames import bot_json, learner_json
from lplate_bot.playground.learner import Learner
from lplate_bot.playground.objects import User

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.messenger import Messenger

TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"})
"""Shown in the page; all else is only downloaded."""
UNCHANGING: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
FRESH: Final = {"Cache-Control": "no-cache"}
HEARTBEAT_S: Final = 30


class Page:
    """Handlers of everything that is not the Bot API."""

    def __init__(self, messenger: Messenger, patience_s: float) -> None:
        self._messenger = messenger
        self._patience_s = patience_s
        self._sockets: set[web.WebSocketResponse] = set()
        self._folder: Traversable = files("lplate_bot.playground").joinpath("page")

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to be added to an application."""
        return [
            web.get("/", self._index),
            web.get("/page/{name}", self._static),
            web.get("/playground/ws", self._socket),
            web.get("/playground/bot", self._bot),
            web.get("/playground/learners", self._learners),
            web.post("/playground/learners", self._add_learner),
            web.get("/playground/file/{unique_id}", self._file),
        ]

    async def _index(self, _request: web.Request) -> web.Response:
        return self._served("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return self._served(request.match_info["name"])

    def _served(self, name: str) -> web.Response:
        kind = TYPES.get(name[name.rfind(".") :])
        source = self._folder.joinpath(name)
        if kind is None or "/" in name or "\\" in name or not source.is_file():
            raise web.HTTPNotFound(text=f"no such file: {name}")
        return web.Response(
            body=source.read_bytes(), content_type=kind, charset="utf-8", headers=SECURITY | FRESH
        )

    async def _file(self, request: web.Request) -> web.Response:
        files = self._messenger.files
        stored = files.by_unique_id(request.match_info["unique_id"])
        if stored is None:
            raise web.HTTPNotFound(text="no such picture")
        kind = stored.mime_type if stored.mime_type in PICTURES else "application/octet-stream"
        try:
            content = files.read(stored)
        except FileNotFoundError:
            raise web.HTTPNotFound(text="the content of this file was removed") from None
        return web.Response(body=content, content_type=kind or "", headers=SECURITY | UNCHANGING)

    async def _learners(self, _request: web.Request) -> web.Response:
        return _json([learner_json(user) for user in self._messenger.learners.values()])

    async def _add_learner(self, request: web.Request) -> web.Response:
        _refuse_strangers(request)
        try:
            wish = msgspec.json.decode(await request.read(), type=dict[str, str | None])
        except msgspec.DecodeError as fault:
            raise web.HTTPBadRequest(text=f"a learner is a JSON object: {fault}") from None
        if not wish.get("first_name"):
            raise web.HTTPBadRequest(text="first_name is missing")
        user = User(
            self._messenger.next_learner_id(),
            is_bot=False,
            first_name=str(wish["first_name"]),
            last_name=wish.get("last_name"),
            username=wish.get("username"),
            language_code=wish.get("language_code"),
        )
        return _json(learner_json(self._messenger.add_learner(user)))

    async def _bot(self, request: web.Request) -> web.Response:
        bot = self._bot_of(request)
        return _json(bot_json(bot, _number(request, "learner") or 0, request.query.get("language_code")))

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        _refuse_strangers(request)
        bot = self._bot_of(request)
        user = self._messenger.learners.get(_number(request, "learner") or 0)
        if user is None:
            raise web.HTTPNotFound(text="no such learner")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            learner = Learner(self._messenger, bot, user)
            await ChatSocket(self._messenger, bot, learner, self._patience_s).serve(socket)
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self) -> None:
        """Close all sockets: the pages will try to come back."""
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    def _bot_of(self, request: web.Request) -> Bot:
        bot_id = _number(request, "bot")
        try:
            return self._messenger.bot_by_id(bot_id)
        except KeyError:
            raise web.HTTPNotFound(text=f"no bot {bot_id}") from None


def _number(request: web.Request, name: str) -> int | None:
    """Return a number of the query string, or None if it was not given."""
    text = request.query.get(name)
    if text is None or text.isdecimal():
        return int(text) if text else None
    raise web.HTTPBadRequest(text=f"{name} must be a number")


def _refuse_strangers(request: web.Request) -> None:
    """Refuse what another site's page sends from the same browser."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden(text="only the playground's own page may do this")


def _json(body: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json", headers=FRESH)
