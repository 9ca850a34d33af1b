"""Carry HTTP/1.1 exchanges over one kept-alive connection, one at a time."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final, Protocol, cast

import httptools
import msgspec

from lplate_bot.egress.failure import ApiTimeout, ApiUnreachable
from lplate_native.http1 import read_plain_response

HEAD_ALLOWANCE: Final = 65_536
"""Bytes that headers and chunk marks may take beside the body."""
_OK: Final = 200


class Exchange(msgspec.Struct, eq=False):
    """Ask once and be told once: receive() gets the response, or fail() the reason why there is none.

    Neither may raise: a fault of whoever asked must not cost the connection.
    *is_repeatable* allows one silent repeat when a kept-alive connection turns out to be dead.
    *accepts_eof* takes a body that ends with the connection: safe where the body proves itself whole.
    """

    accepts_eof: ClassVar[bool] = True

    request: bytes
    timeout_s: float
    is_repeatable: bool

    def receive(self, status: int, body: bytes) -> None:
        """Take the whole response; each kind of exchange has its own way."""
        raise NotImplementedError

    def fail(self, error: ApiUnreachable) -> None:
        """Take why there is none."""
        raise NotImplementedError


class Owner(Protocol):
    """Own connections: told when one is open, free again or gone."""

    def on_open(self, connection: Connection) -> None:
        """Count a connection that has just been made."""

    def on_free(self, connection: Connection) -> None:
        """Take back a connection that can carry another exchange."""

    def on_gone(self, connection: Connection) -> None:
        """Forget a connection that is closed or closing."""

    def on_stale(self, exchange: Exchange) -> None:
        """Repeat an exchange whose kept-alive connection was dead before a byte of the response came."""


class Connection(asyncio.Protocol):
    """Speak HTTP/1.1 as a client; no pipelining.

    The parser's callbacks only take notes. All that can fail on our side happens after feed_data, or our own
    faults would look like the server's.
    """

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop, name: str, limit_bytes: int) -> None:
        self._owner = owner
        self._loop = loop
        self._name = name
        self._limit_bytes = limit_bytes + HEAD_ALLOWANCE
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._exchange: Exchange | None = None
        self._is_used = False
        self._is_complete = False
        self._is_surplus = False
        self._keeps_alive = False
        self._received_bytes = 0
        self._status = 0
        self._body: list[bytes] = []
        self.idle_since_s = 0.0
        self.deadline_s = 0.0
        """When the exchange under way has taken too long; the owner has check() called then."""

    def start(self, exchange: Exchange, now_s: float) -> None:
        """Send a request; the connection must be free."""
        self._exchange = exchange
        self.deadline_s = now_s + exchange.timeout_s
        self._write(exchange.request)

    @property
    def is_busy(self) -> bool:
        """Return True if an exchange is under way."""
        return self._exchange is not None

    def carries(self, exchange: Exchange) -> bool:
        """Return True if *exchange* is under way on this connection."""
        return self._exchange is exchange

    def close(self) -> None:
        """Close at once; an exchange under way ends without being told."""
        self._exchange = None
        if self._transport is not None:
            self._transport.abort()

    def check(self, now_s: float) -> None:
        """End the exchange under way if it has taken too long."""
        exchange = self._exchange
        if exchange is not None and now_s >= self.deadline_s:
            seconds = exchange.timeout_s
            self.fail(ApiTimeout(f"{self._name} did not answer within {seconds:g} s", was_sent=True))

    def fail(self, error: ApiUnreachable) -> None:
        """Close, and tell the asker why."""
        exchange = self._exchange
        self.close()
        self._owner.on_gone(self)
        if exchange is not None:
            exchange.fail(error)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._write = self._transport.write
        self._owner.on_open(self)

    def data_received(self, data: bytes) -> None:
        """End the exchange if the response is whole and plain; else it is for the parser."""
        exchange = self._exchange
        if exchange is None:
            self.fail(ApiUnreachable(f"{self._name} spoke without being asked"))
            return
        if not self._received_bytes and len(data) <= self._limit_bytes:
            plain = read_plain_response(data)
            if plain is not None:
                status, body = plain
                self._finish(exchange, status, body)
                return
        self._parse(exchange, data)

    def eof_received(self) -> bool:
        """Let the transport close: half-open connections are of no use here."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the words come from our side
        """End what was under way: by the end of the body, by a repeat, or by failure."""
        exchange, self._exchange = self._exchange, None
        self._owner.on_gone(self)
        self._transport = None
        del self._write  # the transport's, which points at the connection
        if exchange is not None:
            self._end_lost(exchange)
        self._parser = None  # parser and connection point at each other

    # httptools

    def on_message_begin(self) -> None:
        """Note that a response begins, perhaps one too many."""
        self._is_surplus = self._is_complete

    def on_headers_complete(self) -> None:
        """Note the status."""
        if not self._is_complete and self._parser is not None:
            self._status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """Note a piece of the body."""
        if not self._is_complete:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Note the end; interim responses (1xx) are passed over."""
        if self._status < _OK:
            self._body.clear()
        elif self._parser is not None:
            self._is_complete = True
            self._keeps_alive = self._parser.should_keep_alive()

    # inside

    def _parse(self, exchange: Exchange, data: bytes) -> None:
        """Read a response that comes in pieces, or in any shape that is not plain."""
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)
        self._received_bytes += len(data)
        if self._received_bytes > self._limit_bytes:
            self.fail(ApiUnreachable(f"{self._name} sent more than {self._limit_bytes} bytes", was_sent=True))
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(ApiUnreachable(f"{self._name} answered with something that is not HTTP", was_sent=True))
            return
        if self._is_complete:
            status, body = self._status, b"".join(self._body)
            is_over = self._is_surplus or not self._keeps_alive
            self._forget_response()
            if is_over:
                self._part(exchange, status, body)
            else:
                self._finish(exchange, status, body)

    def _forget_response(self) -> None:
        self._received_bytes = 0
        self._status = 0
        self._is_complete = False
        self._is_surplus = False
        self._body.clear()

    def _finish(self, exchange: Exchange, status: int, body: bytes) -> None:
        self._exchange = None
        self._is_used = True
        self._owner.on_free(self)
        exchange.receive(status, body)

    def _part(self, exchange: Exchange, status: int, body: bytes) -> None:
        """Finish on a connection that carries no more."""
        self.close()
        self._owner.on_gone(self)
        exchange.receive(status, body)

    def _end_lost(self, exchange: Exchange) -> None:
        if self._status >= _OK and exchange.accepts_eof:
            exchange.receive(self._status, b"".join(self._body))
        elif self._received_bytes or not (self._is_used and exchange.is_repeatable):
            exchange.fail(ApiUnreachable(f"{self._name} closed the connection", was_sent=True))
        else:
            self._owner.on_stale(exchange)
