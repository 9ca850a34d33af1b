"""Read requests that come in pieces, several at once, or in any other shape that is not plain."""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING, Final

import httptools

from lplate_bot.ingress import responses

if TYPE_CHECKING:
    from lplate_bot.ingress.connection import Host

_log = logging.getLogger(__name__)

SECRET_HEADER: Final = b"x-telegram-bot-api-secret-token"
"""Telegram sends the secret given to setWebhook in this header."""


class RequestReader:
    """Take the bytes of one connection and give the bodies of its requests, or the refusal that ends it.

    The parser's callbacks only take notes, or a fault of ours would look like the client's bad request.
    Parser and reader point at each other: close() parts them.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._whole: list[tuple[bytes, bool]] = []
        self._bytes = 0
        self._head_bytes = 0
        self.refusal: bytes | None = None
        """What a request deserves that is not to be read any further; nothing must be fed then."""
        self.is_trusted = False
        self._forget_request()

    @property
    def is_midway(self) -> bool:
        """Return True if a request has begun that is not whole."""
        return self._bytes > 0

    @property
    def is_whole(self) -> bool:
        """Return True if a refused request has come to its end."""
        return self._is_whole

    @property
    def asks_to_go_on(self) -> bool:
        """Return True if the client keeps its body back until it is told to go on."""
        return self._expects_continue and self._is_head_done

    def feed(self, data: bytes) -> list[tuple[bytes, bool]]:
        """Return the bodies that are whole now, each with whether the connection closes after it."""
        assert self._parser is not None
        self._bytes += len(data)
        broken = None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            broken = responses.BAD_REQUEST
            if "callback" in str(error):
                _log.exception("request_not_read by a fault of ours")
                broken = responses.closing(responses.refused(error))
        except httptools.HttpParserUpgrade:
            broken = responses.BAD_REQUEST
        whole = self._take_whole()
        self.refusal = self.refusal or broken
        if self.refusal is None and self._is_too_long():
            self.refusal = responses.TOO_LARGE if self._is_head_done else responses.LONG_HEAD
        return whole

    def was_told_to_go_on(self) -> None:
        """Note that the client need not be told again."""
        self._expects_continue = False

    def close(self) -> None:
        """Let go of the parser."""
        self._parser = None

    # httptools

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self._is_begun = True

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
        if self.refusal is None:
            self._is_head_done = True
            self.refusal = self._judge()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        if self.refusal is not None:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self._host.limits.body_bytes:
            self.refusal = responses.TOO_LARGE
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Note that a request is whole."""
        self._is_whole = True
        if self.refusal is None and self._parser is not None:
            body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            self._whole.append((body, not self._parser.should_keep_alive()))
            self._forget_request()

    # inside

    def _forget_request(self) -> None:
        self._url = b""
        self._secret = b""
        self._announced_bytes = 0
        self._expects_continue = False
        self._head_bytes = 0
        self._is_begun = False
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

    def _take_whole(self) -> list[tuple[bytes, bool]]:
        whole, self._whole = self._whole, []
        if whole:
            self._bytes = int(self._is_begun)  # more than none if the next request has begun
        return whole

    def _is_too_long(self) -> bool:
        """Bound what the parser takes in beside the body: endless headers, a byte to a chunk."""
        limits = self._host.limits
        allowed = limits.head_bytes + (8 * limits.body_bytes if self._is_head_done else 0)
        return self._bytes > allowed
