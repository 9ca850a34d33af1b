"""Call the Bot API over raw kept-alive HTTP/1.1."""

from __future__ import annotations

import asyncio
import logging
import ssl
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar
from urllib.parse import SplitResult, urlsplit

import msgspec

from lplate.errors import ConfigError
from lplate_bot.egress.body import JSON
from lplate_bot.egress.connection import Exchange
from lplate_bot.egress.failure import ApiUnreachable
from lplate_bot.egress.metrics import NO_ANSWER, ApiMetrics
from lplate_bot.egress.pool import Endpoint, Pool, PoolLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.egress.metrics import MethodMetrics

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

TELEGRAM: Final = "https://api.telegram.org"
_PORTS: Final = {"http": 80, "https": 443}


class ResponseParameters(msgspec.Struct, frozen=True):
    """Hold what a refusal asks for: to wait, in seconds, or to write to the chat in this one's place."""

    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct, kw_only=True):
    ok: bool


class ApiResponse(_Answer, gc=False):
    """Hold what the Bot API answered: read from its JSON, then given *status* and *body*, the whole of it.

    *result* stays raw JSON until somebody reads it, empty if there is none; it points into *body*.
    """

    status: int = msgspec.field(default=0, name="(status)")  # a name that no response bears
    result: msgspec.Raw = msgspec.Raw()  # a union with None would take null only
    error_code: int | None = None
    description: str = ""
    parameters: ResponseParameters | None = None
    body: bytes = msgspec.field(default=b"", name="(body)")

    @property
    def retry_after_s(self) -> float | None:
        """Return how long the Bot API asks to wait."""
        return None if self.parameters is None else self.parameters.retry_after

    @property
    def migrate_to_chat_id(self) -> int | None:
        """Return the chat that took this one's place."""
        return None if self.parameters is None else self.parameters.migrate_to_chat_id


_decode_response = msgspec.json.Decoder(ApiResponse).decode


class HttpReply(msgspec.Struct, frozen=True):
    """Hold a whole response to the request for a file."""

    status: int
    body: bytes


class _Method(msgspec.Struct, frozen=True):
    """Keep what all calls of one method have in common: a request up to its length, and where they count."""

    head: bytes
    metrics: MethodMetrics


class _ApiCall(Exchange):
    """Call a method, count it, and tell *on_end* what the Bot API said."""

    root: str
    metrics: MethodMetrics
    began_s: float
    on_end: Callable[[ApiResponse | ApiUnreachable], None]

    def receive(self, status: int, body: bytes) -> None:
        """Read the response."""
        try:
            response = _decode_response(body)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._receive_foreign(status, body)
            return
        response.status = status
        response.body = body
        self._end(status, response)

    def fail(self, error: ApiUnreachable) -> None:
        """Pass on why there is none."""
        self._end(NO_ANSWER, error)

    def _receive_foreign(self, status: int, body: bytes) -> None:
        """Take what is not JSON of the Bot API: a refusal by something in between, or no answer at all."""
        if status < HTTPStatus.BAD_REQUEST:
            words = f"{self.root} answered with something that is not its JSON"
            self.fail(ApiUnreachable(words, was_sent=True))
        else:
            words = _phrase(status)
            refusal = ApiResponse(status, ok=False, error_code=status, description=words, body=body)
            self._end(status, refusal)

    def _end(self, status: int, end: ApiResponse | ApiUnreachable) -> None:
        self.metrics.ended(self.began_s, status)
        try:
            self.on_end(end)
        except Exception:  # noqa: BLE001 - logged; whatever the asker's fault is
            _log.exception("response_receiver_failed")


class _Download(Exchange):
    """Fetch a file for whom *future* belongs to."""

    accepts_eof: ClassVar[bool] = False

    future: asyncio.Future[HttpReply]

    def receive(self, status: int, body: bytes) -> None:
        """Take it as it is."""
        _settle(self.future, HttpReply(status, body))

    def fail(self, error: ApiUnreachable) -> None:
        """Raise it where the file is awaited."""
        _settle(self.future, error)


class ApiClient:
    """Send Bot API calls for one token; nothing here ever shows the token.

    Connections are opened on first use, so that one may be made outside an event loop.
    """

    def __init__(
        self,
        root: str,
        token: str,
        *,
        limits: PoolLimits | None = None,
        read_timeout_s: float = 30.0,
        tls: ssl.SSLContext | None = None,
        metrics: ApiMetrics | None = None,
    ) -> None:
        url, port = _parse_root(root)
        if not token or not token.isascii() or any(not c.isprintable() or c in " /?#" for c in token):
            raise ConfigError("the token holds characters no token has: check LPLATE_TOKEN")
        self.root = f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
        self.bot_id = token.partition(":")[0]
        self._host, self._port = url.hostname or "", port
        self._is_tls = url.scheme == "https"
        self._tls = tls
        self._head_end = f" HTTP/1.1\r\nHost: {url.netloc}\r\n"
        self._prefix = f"{url.path.rstrip('/')}/bot{token}/"
        self._file_prefix = f"{url.path.rstrip('/')}/file/bot{token}/"
        self._limits = limits or PoolLimits()
        self._read_timeout_s = read_timeout_s
        self._methods: dict[str, _Method] = {}
        self._pool: Pool | None = None
        self.metrics = metrics or ApiMetrics()

    def __repr__(self) -> str:
        return f"<ApiClient of bot {self.bot_id} at {self.root}>"

    @property
    def waiting(self) -> int:
        """Return how many calls wait for a connection."""
        return self._pool.waiting if self._pool is not None else 0

    def start(
        self,
        method: str,
        body: bytes,
        on_end: Callable[[ApiResponse | ApiUnreachable], None],
        content_type: str = JSON,
        timeout_s: float | None = None,
        *,
        is_repeatable: bool = False,
    ) -> Exchange:
        """Call *method*, tell *on_end* later; the same as call() at a fifth of an await's price.

        *is_repeatable*: a call that hit a dead kept-alive connection is repeated once on a fresh one.
        *on_end* never runs before this returns.
        """
        known = self._methods.get(method) or self._meet(method)
        head = known.head if content_type is JSON else self._head(method, content_type)
        exchange = _ApiCall(
            b"%b%d\r\n\r\n%b" % (head, len(body), body),
            self._read_timeout_s if timeout_s is None else timeout_s,
            is_repeatable,
            self.root,
            known.metrics,
            self.metrics.clock(),
            on_end,
        )
        (self._pool or self._open()).start(exchange)
        return exchange

    async def call(
        self,
        method: str,
        body: bytes = b"{}",
        content_type: str = JSON,
        timeout_s: float | None = None,
        *,
        is_repeatable: bool = False,
    ) -> ApiResponse:
        """Return the response to *method*, refusals included.

        Raises:
            ApiUnreachable: if there is no usable response; ApiTimeout if none came in time.
        """
        future: asyncio.Future[ApiResponse] = asyncio.get_running_loop().create_future()
        exchange = self.start(
            method, body, partial(_settle, future), content_type, timeout_s, is_repeatable=is_repeatable
        )
        try:
            return await future
        except asyncio.CancelledError:
            self._open().cancel(exchange)
            raise

    async def fetch(self, file_path: str, timeout_s: float | None = None) -> HttpReply:
        """Return a file that getFile named.

        Raises:
            ApiUnreachable: if it cannot be read whole.
        """
        future: asyncio.Future[HttpReply] = asyncio.get_running_loop().create_future()
        request = f"GET {self._file_prefix}{file_path}{self._head_end}\r\n".encode()
        timeout_s = self._read_timeout_s if timeout_s is None else timeout_s
        exchange = _Download(request, timeout_s, is_repeatable=True, future=future)
        self._open().start(exchange)
        try:
            return await future
        except asyncio.CancelledError:
            self._open().cancel(exchange)
            raise

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.close()

    def _open(self) -> Pool:
        if self._pool is None:
            tls = (self._tls or ssl.create_default_context()) if self._is_tls else None
            self._pool = Pool(Endpoint(self._host, self._port, self.root, tls), self._limits)
        return self._pool

    def _meet(self, method: str) -> _Method:
        met = self._methods[method] = _Method(self._head(method, JSON), self.metrics.of(method))
        return met

    def _head(self, method: str, content_type: str) -> bytes:
        line = f"POST {self._prefix}{method}{self._head_end}"
        return f"{line}Content-Type: {content_type}\r\nContent-Length: ".encode()


def _parse_root(root: str) -> tuple[SplitResult, int]:
    try:
        url = urlsplit(root)
        port = url.port or _PORTS.get(url.scheme, 0)
    except ValueError:
        url, port = urlsplit(""), 0
    if (
        url.scheme not in _PORTS
        or not url.hostname
        or "@" in url.netloc
        or url.query
        or url.fragment
        or not root.isascii()
    ):
        raise ConfigError(f"this is no Bot API root, it must look like {TELEGRAM}: check LPLATE_API_URL")
    return url, port


def _settle(future: asyncio.Future[_T], end: _T | ApiUnreachable) -> None:
    if future.done():
        return
    if isinstance(end, ApiUnreachable):
        future.set_exception(end)
    else:
        future.set_result(end)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"HTTP status {status}"
