"""A message as it shall look, before it is sent or edited."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from re import compile as pattern
from typing import Any, Final, TypedDict

from lplate.domain.values import quick

CAPTION_LIMIT: Final = 1024
"""UTF-16 code units of a caption after entities are parsed. Source: Bot API, sendPhoto."""
TEXT_LIMIT: Final = 4096
"""UTF-16 code units of a text after entities are parsed. Source: Bot API, sendMessage."""
_TAG: Final = pattern(r"<[^>]*>")


class Button(TypedDict, total=False):
    """An inline keyboard button as the Bot API spells it; *callback_data* has 1 to 64 bytes."""

    text: str
    callback_data: str
    url: str
    style: str


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Name a picture by its digest (MD5, hex) and MIME type; *bank_id* empty for the bot's own."""

    digest: str
    mime: str
    bank_id: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Message:
    """Say *html* with buttons *rows* and maybe a *picture* above.

    *aside* is HTML that did not fit and follows as a reply. *has_picture_apart* puts the picture in a
    message of its own before, because the text is too long for a caption.
    """

    html: str
    rows: Rows = ()
    picture: Picture | None = None
    aside: str = ""
    has_picture_apart: bool = False

    @property
    def has_picture_within(self) -> bool:
        """Return True if the picture is part of this very message."""
        return self.picture is not None and not self.has_picture_apart

    def without_picture(self) -> Message:
        """Return the message as text alone."""
        return Message(self.html, self.rows, None, self.aside)

    @property
    def keyboard(self) -> dict[str, Any]:
        """Return the reply_markup; without rows an empty one, which removes buttons by an edit."""
        return {"inline_keyboard": self.rows}


def visible_length(html: str) -> int:
    """Return the length that Telegram limits: UTF-16 code units without tags and with entities resolved."""
    return len(unescape(_TAG.sub("", html)).encode("utf-16-le")) // 2


def fits(html: str, limit: int) -> bool:
    """Return True if *html* keeps to *limit* visible UTF-16 units."""
    return len(html) * 2 <= limit or visible_length(html) <= limit
