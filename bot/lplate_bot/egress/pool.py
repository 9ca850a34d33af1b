"""Share a bounded number of connections: waiters first come first served, the warmest connection first."""

from __future__ import annotations

import asyncio
import math
import socket
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate_bot.egress.connection import Connection, Exchange
from lplate_bot.egress.failure import ApiUnreachable

if TYPE_CHECKING:
    import ssl

_TICK_S: Final = 0.001
"""The resolution of the loop's clock: a timer may come that much early."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Say where to connect; *name* is what errors call it."""

    host: str
    port: int
    name: str
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Bound a pool; *idle_s* is how long an unused connection is trusted to be alive."""

    connections: int = 64
    connect_timeout_s: float = 10.0
    idle_s: float = 50.0
    response_bytes: int = 32 * 1024 * 1024


class Pool:
    """Own the connections to one endpoint and give each exchange one for itself.

    Must be used inside a running event loop. ``on_end`` of an exchange never runs before start() returned.
    """

    def __init__(self, endpoint: Endpoint, limits: PoolLimits) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._time = self._loop.time
        self._idle: list[Connection] = []
        self._connections: set[Connection] = set()  # those that are not idle carry an exchange
        self._waiting: deque[Exchange] = deque()
        self._connecting: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._wakes_at_s = math.inf
        self._is_closed = False
        self._family = socket.AF_UNSPEC

    @property
    def waiting(self) -> int:
        """Return how many exchanges wait for a connection."""
        return len(self._waiting)

    def start(self, exchange: Exchange) -> None:
        """Carry out an exchange now, or as soon as a connection is free."""
        now_s = self._time()
        connection = self._warmest(now_s) if self._idle and not self._waiting else None
        if connection is not None:
            self._begin(connection, exchange, now_s)
        elif self._is_closed:
            self._loop.call_soon(exchange.fail, ApiUnreachable("the Bot API client is closed"))
        else:
            self._waiting.append(exchange)
            self._pump()

    def cancel(self, exchange: Exchange) -> None:
        """Give an exchange up; its connection is closed if it was under way."""
        if exchange in self._waiting:
            self._waiting.remove(exchange)
            return
        for connection in self._connections:
            if connection.carries(exchange):
                connection.close()
                self.on_gone(connection)
                return

    async def close(self) -> None:
        """Close all connections; what was under way or waiting is told so."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        self._drop_idle()
        error = ApiUnreachable("the Bot API client was closed before the answer came", was_sent=True)
        for connection in tuple(self._connections):
            connection.fail(error)
        self._fail_waiting(error)

    # Owner of connections

    def on_open(self, connection: Connection) -> None:
        """Count a connection."""
        self._connections.add(connection)

    def on_free(self, connection: Connection) -> None:
        """Use a free connection for who waits longest, or keep it warm."""
        now_s = self._time()
        if self._waiting:
            self._begin(connection, self._waiting.popleft(), now_s)
            return
        idle = self._idle
        connection.idle_since_s = now_s
        idle.append(connection)
        if now_s - idle[0].idle_since_s > self._limits.idle_s:
            self._drop(idle.pop(0))

    def on_gone(self, connection: Connection) -> None:
        """Forget a connection; its place goes to who waits."""
        self._connections.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._waiting:
            self._pump()

    def on_stale(self, exchange: Exchange) -> None:
        """Repeat once on a fresh connection: where one kept-alive connection is dead, others may be."""
        self._drop_idle()
        exchange.is_repeatable = False
        self._waiting.appendleft(exchange)
        self._pump()

    # inside

    def _begin(self, connection: Connection, exchange: Exchange, now_s: float) -> None:
        connection.start(exchange, now_s)
        if connection.deadline_s < self._wakes_at_s:
            self._wake_at(connection.deadline_s)

    def _wake_at(self, deadline_s: float) -> None:
        """Have all connections checked at *deadline_s*: one timer serves all."""
        if self._is_closed:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at_s = deadline_s
        self._timer = self._loop.call_at(deadline_s, self._check)

    def _check(self) -> None:
        """End exchanges that have taken too long, and come again when the next one would."""
        self._timer, self._wakes_at_s = None, math.inf
        now_s = self._loop.time()
        for connection in tuple(self._connections):
            connection.check(now_s)
        deadlines_s = [one.deadline_s for one in self._connections if one.is_busy]
        if deadlines_s:
            self._wake_at(max(min(deadlines_s), now_s + _TICK_S))

    def _pump(self) -> None:
        now_s = self._loop.time()
        while self._waiting:
            connection = self._warmest(now_s) if self._idle else None
            if connection is None:
                self._grow()
                return
            self._begin(connection, self._waiting.popleft(), now_s)

    def _warmest(self, now_s: float) -> Connection | None:
        """Take the connection used last, if it and so perhaps others can still be trusted to be alive."""
        connection = self._idle.pop()
        if now_s - connection.idle_since_s <= self._limits.idle_s:
            return connection
        self._drop_idle()  # all others have been idle for longer
        self._drop(connection)
        return None

    def _drop_idle(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        """Close a free connection; its place is free at once."""
        self._connections.discard(connection)
        connection.close()

    def _grow(self) -> None:
        room = self._limits.connections - len(self._connections) - len(self._connecting)
        for _ in range(min(room, len(self._waiting) - len(self._connecting))):
            task = self._loop.create_task(self._connect())
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def _connect(self) -> None:
        endpoint = self._endpoint
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self, self._loop, endpoint.name, self._limits.response_bytes),
                    endpoint.host,
                    endpoint.port,
                    ssl=endpoint.tls,
                    server_hostname=endpoint.host if endpoint.tls else None,
                    family=self._family,
                )
        except (OSError, UnicodeError) as error:  # time-outs, TLS, name resolution, impossible names
            self._on_refused(error)
        else:
            self._connecting.discard(_current_task())
            self.on_free(connection)
            self._pump()  # until now it took two places

    def _on_refused(self, error: Exception) -> None:
        """Fail the oldest waiter, or all of them when there is no connection that could serve them."""
        self._connecting.discard(_current_task())
        if isinstance(
            error, TimeoutError
        ):  # a network may swallow IPv6: next time try IPv4 alone, then both again
            self._family = socket.AF_UNSPEC if self._family else socket.AF_INET
        reason = str(error) or f"no connection within {self._limits.connect_timeout_s:g} s"
        failure = ApiUnreachable(f"{self._endpoint.name} cannot be reached: {reason}")
        if self._connections:
            if self._waiting:
                self._waiting.popleft().fail(failure)
            self._pump()
        else:
            self._fail_waiting(failure)

    def _fail_waiting(self, error: ApiUnreachable) -> None:
        waiting, self._waiting = self._waiting, deque()
        for exchange in waiting:
            exchange.fail(error)


def _current_task() -> asyncio.Task[None]:
    task: asyncio.Task[None] | None = asyncio.current_task()
    assert task is not None
    return task
