"""Serve what operators and their programs ask for: a small HTTP server beside the bot."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)

_STOP_S: Final = 0.5


class OperateServer:
    """Answer *routes* at *address* (``host:port``; port 0 takes any) from start() to stop()."""

    def __init__(self, address: str, routes: Iterable[web.RouteDef]) -> None:
        self._address = address
        application = web.Application()
        application.add_routes(routes)
        self._runner = web.AppRunner(
            application, access_log=None, handle_signals=False, shutdown_timeout=_STOP_S
        )
        self.url = ""
        """Where it listens, empty if it does not."""

    async def start(self) -> None:
        """Listen; if that cannot be, the bot goes on without, and the log says so once."""
        host, _, port = self._address.rpartition(":")
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            _log.warning(
                "operate_not_listening address=%s error=%s: no metrics and no health are served; stop what "
                "listens there, or set LPLATE_OPERATE_LISTEN to another address, or to none",
                self._address, error.strerror or error,
            )  # fmt: skip
            await self._runner.cleanup()
            return
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"
        _log.info("operate_listening url=%s", self.url)

    async def stop(self) -> None:
        """Close all connections."""
        await self._runner.cleanup()
        self.url = ""
