"""Bring updates to the bot by webhook, as Telegram does: kept-alive connections, one learner's in order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from lplate_bot.loadtest.ledger import Fault
from lplate_bot.loadtest.plan import is_loopback
from lplate_bot.loadtest.wire import Frames, content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.loadtest.learner import Learner, Update
    from lplate_bot.loadtest.ledger import Ledger

MOST_CONNECTIONS: Final = 100
"""As many as Telegram opens at most. Source: Bot API, setWebhook."""
RETRY_S: Final = 0.2
_OK: Final = b"HTTP/1.1 200"
_CLOSES: Final = b"Connection: close"

OnCall = "Callable[[str, bytes], None]"


class NotLoopbackError(ValueError):
    """The bot wants its updates brought to another machine."""


class Webhook:
    """Post updates to *url*; *on_call* takes calls that come in responses (content type, body)."""

    def __init__(
        self, url: str, secret: str, connections: int, ledger: Ledger, on_call: Callable[[str, bytes], None]
    ) -> None:
        parts = urlsplit(url)
        if not is_loopback(parts.hostname or ""):
            raise NotLoopbackError(f"{url} is not on this machine; a load test goes to 127.0.0.1 only")
        self._host, self._port = parts.hostname or "", parts.port or 80
        secret_line = f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\n" if secret else ""
        self._head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n{secret_line}"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._most = min(connections, MOST_CONNECTIONS)
        self._ledger = ledger
        self._on_call = on_call
        self._idle: list[_Connection] = []
        self._all: set[_Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._ready: deque[Update] = deque()
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """Return how many updates wait for a connection."""
        return len(self._ready)

    @property
    def connections(self) -> int:
        """Return how many connections there are."""
        return len(self._all)

    def put(self, update: Update) -> None:
        """Post *update* once the learner's earlier ones are done and a connection is free."""
        learner = update.learner
        if learner.is_busy:
            learner.backlog.append(update)
        else:
            learner.is_busy = True
            self._dispatch(update)

    async def close(self) -> None:
        """Close all connections."""
        self._is_closed = True
        for task in self._opening:
            task.cancel()
        for connection in tuple(self._all):
            connection.abort()

    # of connections

    def on_free(self, connection: _Connection) -> None:
        """Use a connection that is free now."""
        if self._ready:
            self._post(connection, self._ready.popleft())
        else:
            self._idle.append(connection)

    def on_response(self, update: Update, head: bytes, body: bytes) -> None:
        """Take the bot's word on *update*: carry out the call in it, or bring the update again later."""
        if not head.startswith(_OK):
            self._refused(update, head[9:12].decode())
            return
        if body:
            self._on_call("" if body.startswith(b"{") else content_type(head), body)
        self._next_of(update.learner)

    def on_gone(self, connection: _Connection, update: Update | None) -> None:
        """Forget a connection; what it carried is brought again."""
        self._all.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if update is not None and not self._is_closed:
            self._refused(update, "connection lost")

    # inside

    def _next_of(self, learner: Learner) -> None:
        if learner.backlog:
            self._dispatch(learner.backlog.popleft())
        else:
            learner.is_busy = False

    def _refused(self, update: Update, reason: str) -> None:
        self._ledger.fault(Fault.REFUSED, f"update {update.update_id}: {reason}")
        self._ledger.brought_again(update.query)
        self._loop.call_later(RETRY_S, self._dispatch, update)

    def _dispatch(self, update: Update) -> None:
        if self._idle:
            self._post(self._idle.pop(), update)
            return
        self._ready.append(update)
        if len(self._all) + len(self._opening) < self._most and not self._is_closed:
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def _post(self, connection: _Connection, update: Update) -> None:
        connection.post(update, b"%b%d\r\n\r\n%b" % (self._head, len(update.body), update.body))

    async def _open(self) -> None:
        try:
            _, connection = await self._loop.create_connection(
                lambda: _Connection(self), self._host, self._port
            )
        except OSError:
            if not self._all and self._ready:
                self._refused(self._ready.popleft(), "no connection")
            return
        self._all.add(connection)
        self.on_free(connection)


class _Connection(asyncio.Protocol):
    """Carry one update at a time."""

    def __init__(self, owner: Webhook) -> None:
        self._owner = owner
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._update: Update | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, update: Update, request: bytes) -> None:
        assert self._transport is not None
        self._update = update
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        for head, body in self._frames.feed(data):
            update, self._update = self._update, None
            if update is None:
                continue
            self._owner.on_response(update, head, body)
            if _CLOSES in head:
                self.abort()
            else:
                self._owner.on_free(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever it was, the update comes again
        update, self._update = self._update, None
        self._owner.on_gone(self, update)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
