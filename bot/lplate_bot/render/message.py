"""A message as it shall look, before it is sent or edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict

import msgspec

from lplate.domain.values import quick
from lplate_bot.render.piece import Piece, unescaped

CAPTION_LIMIT: Final = 1024
"""UTF-16 code units of a caption after entities are parsed. Source: Bot API, sendPhoto."""
TEXT_LIMIT: Final = 4096
"""UTF-16 code units of a text after entities are parsed. Source: Bot API, sendMessage."""


class Button(TypedDict, total=False):
    """An inline keyboard button as the Bot API spells it; *callback_data* has 1 to 64 bytes."""

    text: str
    callback_data: str
    url: str
    style: str


Rows = tuple[tuple[Button, ...], ...]


class _Keyboard(msgspec.Struct):
    inline_keyboard: Rows


def keyboard(rows: Rows) -> bytes:
    """Return the JSON of the reply_markup that shows *rows*; without any it removes buttons by an edit."""
    return msgspec.json.encode({"inline_keyboard": rows})


NO_BUTTONS: Final = b'{"inline_keyboard":[]}'


@dataclass(frozen=True, slots=True)
class Picture:
    """Name a picture by its digest (MD5, hex) and MIME type; *bank_id* empty for the bot's own."""

    digest: str
    mime: str
    bank_id: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Message:
    """Say *text* above a *keyboard*, maybe below a *picture*; all as JSON that only has to be put in place.

    *text* is HTML as in a Piece, *units* its visible length, *keyboard* a reply_markup. *aside* did not fit
    and follows as a reply. *picture_apart* goes before in a message of its own: the text is too long for a
    caption.
    """

    text: bytes
    units: int
    keyboard: bytes = NO_BUTTONS
    picture: Picture | None = None
    picture_apart: Picture | None = None
    aside: Message | None = None

    @classmethod
    def of(cls, html: str, rows: Rows = ()) -> Message:
        """Return *html* with buttons *rows* as a message."""
        piece = Piece.of(html)
        return cls(piece.json, piece.units, keyboard(rows))

    @property
    def html(self) -> str:
        """Return the text as HTML."""
        return unescaped(self.text)

    @property
    def rows(self) -> Rows:
        """Return the buttons."""
        return msgspec.json.decode(self.keyboard, type=_Keyboard).inline_keyboard

    @property
    def has_picture_within(self) -> bool:
        """Return True if the picture is part of this very message."""
        return self.picture is not None

    def without_picture(self) -> Message:
        """Return the message as text alone."""
        return Message(self.text, self.units, self.keyboard, aside=self.aside)
