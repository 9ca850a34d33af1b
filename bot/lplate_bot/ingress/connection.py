"""Speak HTTP/1.1 with one client of the webhook."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

import msgspec

from lplate.errors import LplateError
from lplate_bot.ingress import responses
from lplate_bot.ingress.ack import Ack
from lplate_bot.ingress.reader import SECRET_HEADER, RequestReader
from lplate_native.http1 import PlainPost

if TYPE_CHECKING:
    from lplate_bot.ingress.ack import Submit, Word

_log = logging.getLogger(__name__)

LINGER_S: Final = 2.0
"""How long a refused client may take to stop sending."""


@dataclass(frozen=True, slots=True)
class WebhookLimits:
    """Bound what a client may take; an honest update is a few kilobytes.

    *request_s* covers a whole request from its first byte, *idle_s* the time between two. *held_s* is how
    long a POST may wait for its commit before it is refused: less than Telegram would wait, about a minute.
    All may be exceeded by half of the shortest, as the server only looks from time to time.
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


class Post(msgspec.Struct, eq=False):
    """Hold one update until it is answered: *word* is what it came to.

    *connection* is None once nobody waits for that any more. A Struct, not a dataclass, because one is made
    for every update.
    """

    connection: WebhookConnection | None
    word: Word | None = None

    def settle(self, word: Word) -> None:
        """Take note, and have answered what can be."""
        self.word = word
        if self.connection is not None:
            self.connection.answer_settled()


class WebhookConnection(asyncio.Protocol):
    """Take POSTed updates and answer each when it is committed.

    A request that is whole and plain is read at once, all others go through the reader, which is made when
    first needed. While a POST is held nothing more is read. What lasts is timed from when the server first
    looks after it has begun, so that an update costs no look at a clock.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._limits = host.limits
        self._transport: asyncio.Transport | None = None
        self._read_plain = PlainPost(
            host.path, SECRET_HEADER, host.limits.head_bytes, host.limits.body_bytes
        ).read
        self._reader: RequestReader | None = None
        self._held: deque[Post] = deque()
        self._is_feeding = False  # and goes on itself, when it has seen all that came
        self._is_last = False  # nothing is answered after what is held
        self._refusal: bytes | None = None  # to be written after what is held
        self._backlog = b""
        self._surplus_bytes = 0
        self._is_deaf = False
        self._is_paused = False
        self._is_write_blocked = False
        self._is_eof = False
        self._deadline_s: float | None = None  # of what goes on; None until the server looks
        self.is_trusted = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or turn the client away if there are too many."""
        self._transport = cast("asyncio.Transport", transport)
        if not self._host.make_room():
            self._is_deaf = True
            self._transport.write(responses.FULL)
            self._transport.close()
        self._host.on_open(self)

    def data_received(self, data: bytes) -> None:
        """Read, or keep for later what comes while a POST is held."""
        if self._is_deaf:
            self._surplus_bytes += len(data)
            if self._surplus_bytes > self._limits.body_bytes:
                self.abort()
        elif self._held or self._is_write_blocked:
            self._backlog += data
            self._update_reading()
        else:
            self._read(data)

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
        return bool(self._held)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - updates under way go on regardless
        """Forget the client; updates already submitted go on and will be brought again."""
        self._host.on_gone(self)
        self._transport = None
        while self._held:
            self._held.popleft().connection = None
        if self._reader is not None:
            self._reader.close()

    # for the server

    def check(self, now_s: float) -> None:
        """End what has taken too long."""
        if self._deadline_s is None:
            self._deadline_s = now_s + self._allowed_s()
        if now_s < self._deadline_s or self._transport is None:
            return
        if self._held and not self._is_write_blocked:
            self._answer_held()
            self._proceed()
        elif self._reader is not None and self._reader.is_midway and not self._is_deaf:
            self._refuse(responses.TOO_SLOW)
        else:
            self._transport.abort()

    def finish(self) -> None:
        """Close as soon as what is held has been answered, and say so to whoever would send more here."""
        self._is_deaf = self._is_last = True
        if not self._held and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # inside

    def _allowed_s(self) -> float:
        """Return how long what goes on may take."""
        if self._held:
            return self._limits.held_s
        if self._is_deaf:
            return LINGER_S
        if self.is_trusted and (self._reader is None or not self._reader.is_midway):
            return self._limits.idle_s
        return self._limits.request_s

    def _read(self, data: bytes) -> None:
        """Read a request that is whole, plain and trusted at once; whatever else comes is the reader's."""
        if self._reader is None or not self._reader.is_midway:
            plain = self._read_plain(data)
            if plain is not None and hmac.compare_digest(plain[0], self._host.secret):
                self.is_trusted = True
                post = Post(self)
                self._held.append(post)
                self._submit(plain[1], post)
                return
        self._feed(data)

    def _feed(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            reader = self._reader = RequestReader(self._host)
        if not reader.is_midway:
            self._deadline_s = None
        whole = reader.feed(data)
        self.is_trusted = self.is_trusted or reader.is_trusted
        if whole:
            self._submit_all(whole)
        if reader.refusal is not None and not self._is_last:
            self._refuse(reader.refusal)
        elif reader.asks_to_go_on and not self._held:
            reader.was_told_to_go_on()
            self._write(responses.CONTINUE)
        elif whole:
            self._proceed()

    def _submit_all(self, whole: list[tuple[bytes, bool]]) -> None:
        """Submit what came at once; all of it is held before any is answered."""
        posts = [Post(self) for _ in whole]
        self._held.extend(posts)
        self._is_last = whole[-1][1]
        self._is_feeding = True
        for post, (body, _) in zip(posts, whole, strict=True):
            self._submit(body, post)
        self._is_feeding = False

    def _submit(self, body: bytes, post: Post) -> None:
        self._deadline_s = None
        try:
            self._host.submit(body, post.settle)
        except Exception:  # noqa: BLE001 - logged; submit promises not to raise
            _log.exception("submit_failed")
            post.settle(LplateError("the update could not be taken"))

    def answer_settled(self) -> None:
        """Answer what is settled, in the order of the requests."""
        held = self._held
        while held and (word := held[0].word) is not None:
            held.popleft()
            self._respond(word)
        if not self._is_feeding:
            self._proceed()

    def _answer_held(self) -> None:
        """Answer all that is held, settled or not."""
        while self._held:
            post = self._held.popleft()
            post.connection = None
            self._respond(post.word)

    def _respond(self, word: Word | None) -> None:
        """Write the response to what was held last, by what it came to; None if that is not known in time."""
        response = responses.acknowledged(word) if isinstance(word, Ack) else _refused(word)
        if self._is_last and not self._held:
            response = responses.closing(response)
        if self._transport is not None:
            self._transport.write(response)

    def _refuse(self, refusal: bytes) -> None:
        self._is_deaf = True
        self._refusal = refusal
        self._proceed()

    def _proceed(self) -> None:
        """Once nothing is held, part from the client or read on."""
        if self._held:
            return
        if self._is_deaf or self._is_last:
            self._part()
        elif not self._is_write_blocked:
            self._deadline_s = None
            if self._backlog or self._is_eof or self._is_paused:
                self._read_on()

    def _part(self) -> None:
        """Refuse what is to be refused, and close."""
        if self._refusal is not None:
            self._write(self._refusal)
            self._refusal = None
            self._close_when_whole()
        elif self._is_last:
            self._close()

    def _read_on(self) -> None:
        """Read what came meanwhile, and more if there can be more."""
        if self._backlog:
            backlog, self._backlog = self._backlog, b""
            self._read(backlog)
        if self._is_eof and not self._held:
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

    def _close_when_whole(self) -> None:
        """Close; while a refused request still arrives, wait for its end a moment.

        Closing on unread bytes would reset the connection and might take the refusal with it.
        """
        assert self._reader is not None
        if self._transport is None:
            return
        if self._reader.is_whole or self._is_eof or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._surplus_bytes = 0
        self._deadline_s = None

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


def _refused(error: Exception | None) -> bytes:
    if error is not None and not isinstance(error, LplateError):
        _log.error("update_not_acknowledged by a fault of ours", exc_info=error)
    return responses.refused(error)
