"""The status page: three routes for the bot's operate server."""

from __future__ import annotations

from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from lplate_bot.watch.findings import findings
from lplate_bot.watch.history import STEP_S, Point

if TYPE_CHECKING:
    from lplate_bot.watch.history import History

_PAGE: Final = {
    "status.html": "text/html",
    "status.css": "text/css",
    "status.js": "text/javascript",
    "chart.js": "text/javascript",
    "words.js": "text/javascript",
    "l-plate.svg": "image/svg+xml",
}
_SAFE: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class StatusPage:
    """Serve the page, its files, and what it draws."""

    def __init__(self, history: History) -> None:
        self._history = history

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to be added to an application."""
        return [
            web.get("/status", self._index),
            web.get("/status/data", self._data),
            web.get("/status/{name}", self._file),
        ]

    async def _index(self, _request: web.Request) -> web.Response:
        return _served("status.html")

    async def _file(self, request: web.Request) -> web.Response:
        return _served(request.match_info["name"])

    async def _data(self, _request: web.Request) -> web.Response:
        body = msgspec.json.encode(_told(self._history))
        return web.Response(body=body, content_type="application/json", headers=_SAFE)


def _served(name: str) -> web.Response:
    kind = _PAGE.get(name)
    if kind is None:
        raise web.HTTPNotFound(text=f"no such file: {name}")
    body = files("lplate_bot.watch").joinpath("page", name).read_bytes()
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=_SAFE)


def _told(history: History) -> dict[str, object]:
    """Return what the page draws: now, what worries, and the points by column."""
    seen = history.now()
    points = history.points()
    return {
        "step_s": STEP_S,
        "now": seen,
        "findings": findings(seen) if seen is not None else (),
        "points": {field.name: [getattr(point, field.name) for point in points] for field in fields(Point)},
    }
