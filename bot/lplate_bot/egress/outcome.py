"""Read Bot API responses as outcomes: what a caller has to decide on, as values."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain.values import Word
from lplate_bot.egress.failure import ApiUnreachable

if TYPE_CHECKING:
    from lplate_bot.egress.client import ApiResponse


class Kind(Word):
    """Say what became of a call."""

    OK = "ok"
    NOT_MODIFIED = "not-modified"
    QUERY_TOO_OLD = "query-too-old"
    MESSAGE_GONE = "message-gone"
    CANNOT_BECOME_TEXT = "cannot-become-text"
    HAS_NO_CAPTION = "has-no-caption"
    BLOCKED = "blocked"
    MIGRATED = "migrated"
    WRONG_FILE = "wrong-file"
    FLOOD = "flood"
    RETRY = "retry"
    UNAUTHORIZED = "unauthorized"
    REJECTED = "rejected"


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """Hold a kind and what it was read from; a Struct, not a dataclass, because one is made for every call.

    *response* is None when there was none, *error* then says why. *retry_after_s* counts for FLOOD only.
    *is_superseded* tells that the outcome is that of a newer call, which took this one's place unsent.
    """

    kind: Kind
    description: str = ""
    response: ApiResponse | None = None
    retry_after_s: float = 0.0
    error: ApiUnreachable | None = None
    is_superseded: bool = False

    @property
    def may_have_happened(self) -> bool:
        """Return True if Telegram may have carried out the call though it did not say so."""
        if self.kind is not Kind.RETRY:
            return False
        return self.response is not None or (self.error is not None and self.error.was_sent)

    @property
    def result(self) -> msgspec.Raw | None:
        """Return the raw JSON of the result, None if there is none."""
        return (self.response.result or None) if self.response is not None else None


_BY_DESCRIPTION: Final = (
    (Kind.NOT_MODIFIED, ("message is not modified", "message_not_modified")),
    (Kind.QUERY_TOO_OLD, ("query is too old", "query id is invalid", "query_id_invalid")),
    (
        Kind.MESSAGE_GONE,
        (
            "message to edit not found",
            "message can't be edited",
            "message_id_invalid",
            "message to delete not found",
            "message can't be deleted",
            "message_edit_time_expired",
            "message_author_required",
        ),
    ),
    (Kind.CANNOT_BECOME_TEXT, ("there is no text in the message to edit",)),
    (Kind.HAS_NO_CAPTION, ("there is no caption in the message to edit",)),
    (
        Kind.BLOCKED,
        (
            "chat not found",
            "user is deactivated",
            "user_is_blocked",
            "input_user_deactivated",
            "peer_id_invalid",
            "chat_write_forbidden",
            "have no rights to send a message",
            "not enough rights to send",
            "group chat was deactivated",
            "bot was kicked",
        ),
    ),
    (
        Kind.WRONG_FILE,
        (
            "wrong file identifier",
            "wrong file_id",
            "wrong remote file id",
            "wrong remote file identifier",
            "file_reference_",
            "can't use file of type",
            "type of file mismatch",
        ),
    ),
)
"""Telegram tells these apart only by words: texts of its Bot API server, and MTProto's error names."""

_RETRY_AFTER: Final = re.compile(r"retry after (\d+)", re.IGNORECASE)
_DEFAULT_WAIT_S: Final = 1.0
_LEAST_WAIT_S: Final = 0.02
"""Even a server that asks for no wait at all is not asked in a tight loop."""


def classify(end: ApiResponse | ApiUnreachable) -> Outcome:
    """Return what a response, or the lack of one, means."""
    if isinstance(end, ApiUnreachable):
        return Outcome(Kind.RETRY, str(end), error=end)
    if end.ok:
        return Outcome(Kind.OK, "", end)
    code = end.error_code or end.status
    if code == HTTPStatus.TOO_MANY_REQUESTS or end.retry_after_s is not None:
        return Outcome(Kind.FLOOD, end.description, end, _retry_after_s(end))
    return Outcome(_refusal(code, end), end.description, end)


def _refusal(code: int, end: ApiResponse) -> Kind:
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code < HTTPStatus.BAD_REQUEST:
        return Kind.RETRY
    if end.migrate_to_chat_id is not None:
        return Kind.MIGRATED
    if code == HTTPStatus.UNAUTHORIZED:
        return Kind.UNAUTHORIZED
    if code == HTTPStatus.FORBIDDEN:
        return Kind.BLOCKED
    words = end.description.lower()
    for kind, phrases in _BY_DESCRIPTION:
        if any(phrase in words for phrase in phrases):
            return kind
    return Kind.REJECTED


def _retry_after_s(end: ApiResponse) -> float:
    if end.retry_after_s is not None:
        return max(end.retry_after_s, _LEAST_WAIT_S)
    match = _RETRY_AFTER.search(end.description)
    return float(match[1]) if match else _DEFAULT_WAIT_S
