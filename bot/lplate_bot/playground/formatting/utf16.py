"""Count text as Telegram does: in UTF-16 code units."""

from __future__ import annotations

from typing import Final

LAST_BMP: Final = "\uffff"
"""Characters above this one take two code units."""


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 code units of *text*."""
    if text.isascii():
        return len(text)
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_positions(text: str) -> dict[int, int]:
    """Return, for each boundary between characters, its UTF-16 offset and its index in *text*."""
    positions = {0: 0}
    offset = 0
    for index, character in enumerate(text, 1):
        offset += 1 + (character > LAST_BMP)
        positions[offset] = index
    return positions


def byte_offset(text: str, index: int) -> int:
    """Return the offset in UTF-8 of the character at *index*, as error messages give it."""
    return len(text[:index].encode("utf-8", "surrogatepass"))
