"""Name what can go wrong between the bot and the Bot API; no message ever holds the token."""

from __future__ import annotations

from lplate.errors import LplateError


class ApiUnreachable(LplateError):  # noqa: N818 - says what is so, like the standard BrokenPipe family
    """The Bot API gave no usable answer: no connection, a broken one, or bytes that are not its JSON.

    *was_sent* is True if the request may have been carried out all the same.
    """

    def __init__(self, message: str, *, was_sent: bool = False) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class ApiTimeout(ApiUnreachable):
    """The Bot API did not answer in time; the request may have been carried out."""
