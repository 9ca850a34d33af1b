"""Speak HTTP/1.1 with one client of the webhook."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, cast

import httptools

from lplate.errors import LplateError
from lplate_bot.ingress import responses

if TYPE_CHECKING:
    from lplate_bot.ingress.ack import Ack, Submit

_log = logging.getLogger(__name__)

SECRET_HEADER: Final = b"x-telegram-bot-api-secret-token"
"""Telegram sends the secret given to setWebhook in this header."""
LINGER_S: Final = 2.0
"""How long a refused client may take to stop sending."""


@dataclass(frozen=True, slots=True)
class WebhookLimits:
    """Bound what a client may take; an honest update is a few kilobytes.

    *request_s* covers a whole request from its first byte, *idle_s* the time between two. *held_s* is how
    long a POST may wait for its commit before it is refused: less than Telegram would wait, about a minute.
    """

    body_bytes: int = 1024 * 1024
    head_bytes: int = 16 * 1024
    request_s: float = 10.0
    idle_s: float = 120.0
    held_s: float = 50.0
    connections: int = 1024


class Host(Protocol):
    """Tell a connection what it needs to know of its server."""

    path: bytes
    secret: bytes
    limits: WebhookLimits
    submit: Submit

    def make_room(self) -> bool:
        """Return True if there is room for one more connection, if need be by ending another."""

    def on_open(self, connection: WebhookConnection) -> None:
        """Count a connection."""

    def on_gone(self, connection: WebhookConnection) -> None:
        """Forget a connection."""

    def on_wrong_secret(self) -> None:
        """Count a request with a wrong secret."""


class Slot:
    """Keep the place of one response, so that pipelined requests are answered in order."""

    __slots__ = ("closes", "response")

    def __init__(self, response: bytes | None, *, closes: bool) -> None:
        self.response = response
        self.closes = closes


class WebhookConnection(asyncio.Protocol):
    """Take POSTed updates and answer each when it is committed.

    The parser's callbacks only take notes; updates are submitted after feed_data, or a fault of ours would
    look like the client's bad request. While a POST is held nothing more is read.
    """

    def __init__(self, host: Host, loop: asyncio.AbstractEventLoop) -> None:
        self._host = host
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpRequestParser | None = None
        self._slots: deque[Slot] = deque()
        self._backlog = b""
        self._is_paused = False
        self._is_write_blocked = False
        self._is_eof = False
        self._is_ending = False
        self.deadline_s = 0.0
        self.is_trusted = False
        self._whole: list[tuple[bytes, bool]] = []
        self._refusal: bytes | None = None
        self._request_bytes = 0
        self._head_bytes = 0
        self._forget_request()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or turn the client away if there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        self._parser = httptools.HttpRequestParser(self)
        self.deadline_s = self._loop.time() + self._host.limits.request_s
        if not self._host.make_room():
            self._refusal = responses.FULL
            self._transport.write(responses.FULL)
            self._transport.close()
        self._host.on_open(self)

    def data_received(self, data: bytes) -> None:
        """Parse, or keep for later what comes while a POST is held."""
        if self._refusal is not None or self._is_ending:
            self._request_bytes += len(data)
            if self._request_bytes > self._host.limits.body_bytes and self._transport is not None:
                self._transport.abort()
        elif self._slots or self._is_write_blocked:
            self._backlog += data
            self._update_reading()
        else:
            self._feed(data)

    def pause_writing(self) -> None:
        """Stop reading from a client that does not read."""
        self._is_write_blocked = True
        self._update_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._is_write_blocked = False
        self._proceed()

    def eof_received(self) -> bool:
        """Keep half open while answers are due."""
        self._is_eof = True
        return bool(self._slots)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - updates under way go on regardless
        """Forget the client; updates already submitted go on and will be brought again."""
        self._host.on_gone(self)
        self._transport = None
        self._parser = None  # parser and connection point at each other
        self._slots.clear()

    # httptools

    def on_url(self, url: bytes) -> None:
        """Note the target, which may come in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note the few headers that matter."""
        self._head_bytes += len(name) + len(value)
        name = name.lower()
        if name == SECRET_HEADER:
            self._secret = value
        elif name == b"content-length":
            self._announced_bytes = int(value) if value.isdigit() else 0
        elif name == b"expect":
            self._expects_continue = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """Judge the request before its body is kept."""
        if self._refusal is None:
            self._is_head_done = True
            self._refusal = self._judge()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if self._refusal is not None:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._host.limits.body_bytes:
            self._refusal = responses.TOO_LARGE
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        self._is_whole = True
        if self._refusal is None and self._parser is not None:
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            self._whole.append((body, not self._parser.should_keep_alive()))
            self._forget_request()

    # for the server

    def check(self, now_s: float) -> None:
        """End what has taken too long."""
        if now_s < self.deadline_s or self._transport is None:
            return
        if self._slots and not self._is_write_blocked:
            for slot in self._slots:
                slot.response = slot.response or responses.refused(None, closes=slot.closes)
            self._proceed()
        elif self._request_bytes and self._refusal is None:
            self._refuse(responses.TOO_SLOW)
        else:
            self._transport.abort()

    def finish(self) -> None:
        """Close as soon as what is held has been answered, and say so to whoever would send more here."""
        self._is_ending = True
        if self._slots:
            self._slots[-1].closes = True
        elif self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # inside

    def _forget_request(self) -> None:
        self._url = b""
        self._secret = b""
        self._announced_bytes = 0
        self._expects_continue = False
        self._head_bytes = 0
        self._is_head_done = False
        self._is_whole = False
        self._body: list[bytes] = []
        self._body_bytes = 0

    def _judge(self) -> bytes | None:
        """Return the refusal that the head alone deserves."""
        assert self._parser is not None
        if self._url.partition(b"?")[0] != self._host.path:
            return responses.NOT_FOUND
        if self._parser.get_method() != b"POST":
            return responses.WRONG_METHOD
        if not hmac.compare_digest(self._secret, self._host.secret):
            self._host.on_wrong_secret()
            return responses.WRONG_SECRET
        self.is_trusted = True
        if self._head_bytes > self._host.limits.head_bytes:
            return responses.LONG_HEAD
        if self._announced_bytes > self._host.limits.body_bytes:
            return responses.TOO_LARGE
        return None

    def _feed(self, data: bytes) -> None:
        assert self._parser is not None
        if not self._request_bytes:
            self.deadline_s = self._loop.time() + self._host.limits.request_s
        self._request_bytes += len(data)
        broken = None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            broken = responses.BAD_REQUEST
            if "callback" in str(error):
                _log.exception("request_not_read by a fault of ours")
                broken = responses.refused(error, closes=True)
        except httptools.HttpParserUpgrade:
            broken = responses.BAD_REQUEST
        for body, closes in self._take_whole():
            self._submit(body, closes=closes)
        self._refusal = self._refusal or broken
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._is_too_long():
            self._refuse(responses.TOO_LARGE if self._is_head_done else responses.LONG_HEAD)
        elif self._expects_continue and self._is_head_done and not self._slots:
            self._expects_continue = False
            self._write(responses.CONTINUE)

    def _take_whole(self) -> list[tuple[bytes, bool]]:
        whole, self._whole = self._whole, []
        if whole:
            self._request_bytes = len(self._url)  # more than none if the next request has begun
        return whole

    def _is_too_long(self) -> bool:
        """Bound what the parser takes in beside the body: endless headers, a byte to a chunk."""
        limits = self._host.limits
        allowed = limits.head_bytes + (8 * limits.body_bytes if self._is_head_done else 0)
        return self._request_bytes > allowed

    def _submit(self, body: bytes, *, closes: bool) -> None:
        slot = Slot(None, closes=closes)
        self._slots.append(slot)
        self.deadline_s = self._loop.time() + self._host.limits.held_s
        try:
            future = self._host.submit(body)
        except Exception:  # noqa: BLE001 - logged; submit promises not to raise
            _log.exception("submit_failed")
            slot.response = responses.refused(RuntimeError(), closes=closes)
            self._proceed()
        else:
            future.add_done_callback(partial(self._on_ack, slot))

    def _on_ack(self, slot: Slot, future: asyncio.Future[Ack]) -> None:
        error = asyncio.CancelledError() if future.cancelled() else future.exception()
        if self._transport is None or slot.response is not None:
            return
        if error is None:
            slot.response = responses.acknowledged(future.result(), closes=slot.closes)
        else:
            slot.response = responses.refused(error, closes=slot.closes)
            if not isinstance(error, LplateError):
                _log.error("update_not_acknowledged by a fault of ours", exc_info=error)
        self._proceed()

    def _refuse(self, refusal: bytes) -> None:
        self._refusal = refusal
        self._slots.append(Slot(refusal, closes=True))
        self._proceed()

    def _proceed(self) -> None:
        """Write the answers whose turn it is, then read on."""
        slots = self._slots
        while slots and slots[0].response is not None:
            slot = slots.popleft()
            self._write(slot.response)
            if slot.closes:
                slots.clear()
                self._close()
                return
        if not slots and not self._is_write_blocked:
            self._read_on()

    def _read_on(self) -> None:
        if self._refusal is not None:
            return
        limits = self._host.limits
        self.deadline_s = self._loop.time() + (limits.request_s if self._request_bytes else limits.idle_s)
        if self._backlog and not self._is_ending:
            backlog, self._backlog = self._backlog, b""
            self._feed(backlog)
        if (self._is_ending or self._is_eof) and not self._slots:
            self._close()
        else:
            self._update_reading()

    def _update_reading(self) -> None:
        """Read unless there is unread already, or answers that the client does not take."""
        is_paused = bool(self._backlog) or self._is_write_blocked
        if is_paused is self._is_paused or self._transport is None or self._transport.is_closing():
            return
        self._is_paused = is_paused
        if is_paused:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _close(self) -> None:
        """Close; while a refused request still arrives, wait for its end a moment.

        Closing on unread bytes would reset the connection and might take the refusal with it.
        """
        if self._transport is None:
            return
        if self._refusal is None or self._is_whole or self._is_eof or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._request_bytes = 0
        self.deadline_s = self._loop.time() + LINGER_S

    def _write(self, data: bytes | None) -> None:
        if data is not None and self._transport is not None:
            self._transport.write(data)
