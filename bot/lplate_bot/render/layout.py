"""Where the parts of a card's text stand, whatever the question says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.buttons import LETTERS
from lplate_bot.render.piece import escaped, visible_length

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

GAP: Final = "\n\n"
LETTERED: Final = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
"""Their options are listed in the text, the buttons bear letters."""
_LAYOUTS: Final = 4096
"""Layouts kept, about 600 bytes each; four options have 24 orders, of which one answer has 384 layouts."""
_SLOT: Final = "%b"
_BOLD_LETTERS: Final = tuple(f"<b>{letter}</b>" for letter in LETTERS)


@dataclass(frozen=True, slots=True)
class Layout:
    """Put options in order and all parts in place; the words around them are *units* long."""

    template: bytes
    units: int
    in_order: Callable[[Sequence[bytes]], Sequence[bytes]]

    def filled(self, head: bytes, options: Sequence[bytes], *tail: bytes) -> bytes:
        """Return the text with *options*, which come in source order; all is JSON already."""
        return self.template % (head, *self.in_order(options), *tail)


@lru_cache(_LAYOUTS)
def open_layout(kind: QuestionType, order: tuple[int, ...]) -> Layout:
    """Return where head, options and hint stand on an open card."""
    if kind not in LETTERED:
        return _layout(f"{_SLOT}{_SLOT}", ())
    return _layout(f"{_SLOT}{GAP}{_lines(_BOLD_LETTERS[: len(order)])}{_SLOT}", order)


@lru_cache(_LAYOUTS)
def feedback_layout(kind: QuestionType, correct: int, order: tuple[int, ...], chosen: int) -> Layout:
    """Return where head, options, verdict and what follows stand; *correct* and *chosen* are bits."""
    if kind is QuestionType.NUMERIC:
        return _layout(f"{_SLOT}{GAP}{_SLOT}{_SLOT}", ())
    marks = [_mark(kind, correct >> index & 1, chosen >> index & 1) for index in order]
    if kind in LETTERED:
        marks = [f"{mark} {letter}" for mark, letter in zip(marks, _BOLD_LETTERS, strict=False)]
    return _layout(f"{_SLOT}{GAP}{_lines(marks)}{GAP}{_SLOT}{_SLOT}", order)


def _mark(kind: QuestionType, is_correct: int, is_chosen: int) -> str:
    if is_correct:
        return "☑️" if kind is QuestionType.MULTI and not is_chosen else "✅"
    return "❌" if is_chosen else "▫️"


def _lines(marks: Sequence[str]) -> str:
    return "\n".join(f"{mark}  {_SLOT}" for mark in marks)


def _layout(html: str, order: tuple[int, ...]) -> Layout:
    shown = order[: len(LETTERS)]
    in_order = itemgetter(*shown) if len(shown) > 1 else lambda options: [options[at] for at in shown]
    return Layout(escaped(html), visible_length(html.replace(_SLOT, "")), in_order)
