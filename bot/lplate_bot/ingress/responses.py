"""Hold the few HTTP responses that the webhook gives."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lplate.errors import StoreError
from lplate_bot.ingress.ack import Ack, Busy


def response(status: str, *headers: str, closes: bool = True) -> bytes:
    """Return a response without a body; *closes* says that the connection ends after it."""
    lines = [f"HTTP/1.1 {status}", *headers, "Content-Length: 0"]
    if closes:
        lines.append("Connection: close")
    return "\r\n".join((*lines, "", "")).encode()


CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
BAD_REQUEST: Final = response("400 Bad Request")
WRONG_SECRET: Final = response("401 Unauthorized")
NOT_FOUND: Final = response("404 Not Found")
WRONG_METHOD: Final = response("405 Method Not Allowed", "Allow: POST")
TOO_SLOW: Final = response("408 Request Timeout")
TOO_LARGE: Final = response("413 Content Too Large")
LONG_HEAD: Final = response("431 Request Header Fields Too Large")
FULL: Final = response("503 Service Unavailable", "Retry-After: 1")
_OK: Final = response("200 OK", closes=False)


@lru_cache(maxsize=1024)
def _json_head(length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % length


def acknowledged(ack: Ack) -> bytes:
    """Return the response to an update whose effect is committed."""
    body = ack.body
    return _json_head(len(body)) + body if body else _OK


def refused(error: BaseException | None) -> bytes:
    """Return the response to an update that Telegram shall bring again."""
    if isinstance(error, Busy):
        return response("503 Service Unavailable", f"Retry-After: {error.retry_after_s}", closes=False)
    if error is None or isinstance(error, StoreError):
        return response("503 Service Unavailable", "Retry-After: 1", closes=False)
    return response("500 Internal Server Error", closes=False)


def closing(open_response: bytes) -> bytes:
    """Return a response that says, beside what it says, that the connection ends after it."""
    return open_response.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
