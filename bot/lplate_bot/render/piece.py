"""Pieces of HTML as ready JSON: put into words once, joined on each press."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from re import compile as pattern
from typing import Final

import msgspec

_TAG: Final = pattern(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold HTML as *json*, what stands between the quotes of a JSON string, and its visible length *units*.

    No tag and no entity is cut, so pieces side by side are as long as the pieces together.
    """

    json: bytes
    units: int

    @classmethod
    def of(cls, html: str) -> Piece:
        """Return *html* as a piece."""
        return cls(escaped(html), visible_length(html))


NOTHING: Final = Piece(b"", 0)


def escaped(text: str) -> bytes:
    """Return what stands for *text* between the quotes of a JSON string."""
    return msgspec.json.encode(text)[1:-1]


def unescaped(json: bytes) -> str:
    """Return the text that escaped() made *json* of."""
    return msgspec.json.decode(b'"%b"' % json, type=str)


def visible_length(html: str) -> int:
    """Return the length that Telegram limits: UTF-16 code units without tags and with entities resolved."""
    return utf16_units(unescape(_TAG.sub("", html)))


def utf16_units(text: str) -> int:
    """Return the length of plain text in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
