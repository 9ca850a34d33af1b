"""Errors of the Bot API, worded as Telegram words them."""

from __future__ import annotations

from typing import Final


class ApiError(Exception):
    """A refused call: HTTP status, description and, for floods, the seconds to wait."""

    def __init__(self, code: int, description: str, retry_after_s: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after_s = retry_after_s

    def to_json(self) -> dict[str, object]:
        """Return the body of the response."""
        body: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after_s is not None:
            body["parameters"] = {"retry_after": self.retry_after_s}
        return body


NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)
QUERY_EXPIRED: Final = "query is too old and response timeout expired or query ID is invalid"


def bad_request(description: str) -> ApiError:
    """Return error 400."""
    return ApiError(400, f"Bad Request: {description}")


def forbidden(description: str) -> ApiError:
    """Return error 403."""
    return ApiError(403, f"Forbidden: {description}")


def conflict(description: str) -> ApiError:
    """Return error 409."""
    return ApiError(409, f"Conflict: {description}")


def too_many_requests(retry_after_s: int) -> ApiError:
    """Return error 429; the call may be repeated after *retry_after_s* seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after_s}", retry_after_s)


def unauthorized() -> ApiError:
    """Return error 401: no bot has this token."""
    return ApiError(401, "Unauthorized")


def not_found() -> ApiError:
    """Return error 404: no such method, or not a token at all."""
    return ApiError(404, "Not Found")


def too_large() -> ApiError:
    """Return error 413: the request's body passes the limit."""
    return ApiError(413, "Request Entity Too Large")
