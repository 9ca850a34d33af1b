"""Listen for the updates that Telegram delivers by webhook."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from lplate.errors import ConfigError
from lplate_bot.ingress.connection import WebhookConnection, WebhookLimits

if TYPE_CHECKING:
    import socket
    import ssl

    from lplate_bot.ingress.ack import Submit

_log = logging.getLogger(__name__)

_SWEEPS_PER_LIMIT: Final = 4
_BACKLOG: Final = 1024
_LAST_LOOK_S: Final = 0.002
"""Long enough to read what has arrived on kept-alive connections before those that rest are closed."""
_WARN_EVERY_S: Final = 60.0


class WebhookServer:
    """Take POSTs to *path* that bear *secret_token* and hand their bodies to *submit*.

    A response is given when the update is committed. TLS is usually a proxy's work; *tls* does it here.
    *listener* is a socket that listens already; then host and port only name it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        secret_token: str,
        submit: Submit,
        *,
        limits: WebhookLimits | None = None,
        tls: ssl.SSLContext | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        if not secret_token:
            raise ConfigError("a webhook needs a secret: set LPLATE_WEBHOOK_SECRET")
        self.path = (path or "/").encode()
        self.secret = secret_token.encode()
        self.limits = limits or WebhookLimits()
        self.submit = submit
        self.wrong_secrets = 0
        self._address = (host, port)
        self._tls = tls
        self._listener = listener
        self._server: asyncio.Server | None = None
        self._connections: dict[WebhookConnection, None] = {}  # the oldest first
        self._all_gone: asyncio.Future[None] | None = None
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._warned_at_s = -_WARN_EVERY_S
        self._warned_of = 0

    def __repr__(self) -> str:
        host, port = self._address
        return f"<WebhookServer {host}:{port}, {len(self._connections)} connections>"

    @property
    def port(self) -> int:
        """Return the port that is listened on, the real one where 0 was asked for."""
        return self._address[1]

    @property
    def connections(self) -> int:
        """Return how many clients are connected."""
        return len(self._connections)

    @property
    def descriptor(self) -> int | None:
        """Return the descriptor of the listening socket, None unless there is exactly one."""
        sockets = self._server.sockets if self._server is not None else ()
        return sockets[0].fileno() if len(sockets) == 1 else None

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: if the address cannot be listened on.
        """
        host, port = self._address
        try:
            self._server = await self._listen(host, port)
        except OSError as error:
            raise ConfigError(
                f"the webhook cannot listen on {host}:{port} ({error.strerror or error}): "
                "change LPLATE_WEBHOOK_LISTEN or stop what listens there"
            ) from error
        self._address = (host, self._server.sockets[0].getsockname()[1])
        self._sweep()
        _log.info("webhook_listening host=%s port=%d", *self._address)

    async def stop(self, timeout_s: float = 10.0) -> None:
        """Accept no more, answer what is held within *timeout_s*, close all connections."""
        if self._server is None:
            return
        self._server.close()
        await asyncio.sleep(_LAST_LOOK_S)
        for connection in tuple(self._connections):
            connection.finish()
        await self._wait_for_connections(timeout_s)
        for connection in tuple(self._connections):
            connection.abort()
        await self._wait_for_connections(1.0)
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        self._server = None

    # Host of connections

    def make_room(self) -> bool:
        """Return True if there is room for one more connection.

        At the limit the oldest that never showed the secret is ended: strangers who open connections and send
        nothing must not keep Telegram out.
        """
        if len(self._connections) < self.limits.connections:
            return True
        stranger = next((each for each in self._connections if not each.is_trusted), None)
        if stranger is None:
            return False
        del self._connections[stranger]
        stranger.abort()
        return True

    def on_open(self, connection: WebhookConnection) -> None:
        """Count a connection."""
        self._connections[connection] = None

    def on_gone(self, connection: WebhookConnection) -> None:
        """Forget a connection."""
        self._connections.pop(connection, None)
        if not self._connections and self._all_gone is not None and not self._all_gone.done():
            self._all_gone.set_result(None)

    def on_wrong_secret(self) -> None:
        """Count a request with a wrong secret; told in the log at most once a minute."""
        self.wrong_secrets += 1

    # inside

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        if self._listener is None:
            return await loop.create_server(
                lambda: WebhookConnection(self), host, port, backlog=_BACKLOG, ssl=self._tls
            )
        return await loop.create_server(
            lambda: WebhookConnection(self), sock=self._listener, backlog=_BACKLOG, ssl=self._tls
        )

    async def _wait_for_connections(self, timeout_s: float) -> None:
        if self._connections:
            self._all_gone = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._all_gone,), timeout=timeout_s)

    def _sweep(self) -> None:
        """Look at all deadlines from time to time: cheaper than a timer for every request."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for connection in tuple(self._connections):
            connection.check(now_s)
        if self.wrong_secrets > self._warned_of and now_s - self._warned_at_s >= _WARN_EVERY_S:
            _log.warning(
                "webhook_wrong_secret count=%d; if Telegram's requests are among them, "
                "LPLATE_WEBHOOK_SECRET differs from the secret the webhook was set with",
                self.wrong_secrets - self._warned_of,
            )
            self._warned_at_s, self._warned_of = now_s, self.wrong_secrets
        limits = self.limits
        shortest_s = min(limits.request_s, limits.idle_s, limits.held_s)
        self._sweep_timer = loop.call_later(shortest_s / _SWEEPS_PER_LIMIT, self._sweep)
