"""Where the parts of a card's text stand, whatever the question says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.buttons import LETTERS
from lplate_bot.render.piece import escaped, visible_length
from lplate_native import Template

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP: Final = "\n\n"
LETTERED: Final = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
"""Their options are listed in the text, the buttons bear letters."""
_LAYOUTS: Final = 4096
"""Layouts kept, about 600 bytes each; four options have 24 orders, of which one answer has 384 layouts."""
HEAD, TAIL, OPTION = range(3)
"""The slots of a layout; options, in source order, take the last and those after it."""
_BOLD_LETTERS: Final = tuple(f"<b>{letter}</b>" for letter in LETTERS)


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold a card's text with slots for what the question says; all else in it is *units* long."""

    text: Template
    units: int


@lru_cache(_LAYOUTS)
def open_layout(kind: QuestionType, order: tuple[int, ...]) -> Layout:
    """Return where head, options and, as its tail, hint stand on an open card."""
    if kind not in LETTERED:
        return _layout(HEAD, TAIL)
    return _layout(HEAD, GAP, *_lines(_BOLD_LETTERS, order), TAIL)


@lru_cache(_LAYOUTS)
def feedback_layout(kind: QuestionType, correct: int, order: tuple[int, ...], chosen: int) -> Layout:
    """Return where head, options and, as its tail, the verdict stand; *correct* and *chosen* are bits."""
    if kind is QuestionType.NUMERIC:
        return _layout(HEAD, GAP, TAIL)
    marks = [_mark(kind, correct >> index & 1, chosen >> index & 1) for index in order]
    if kind in LETTERED:
        marks = [f"{mark} {letter}" for mark, letter in zip(marks, _BOLD_LETTERS, strict=False)]
    return _layout(HEAD, GAP, *_lines(marks, order), GAP, TAIL)


def _mark(kind: QuestionType, is_correct: int, is_chosen: int) -> str:
    if is_correct:
        return "☑️" if kind is QuestionType.MULTI and not is_chosen else "✅"
    return "❌" if is_chosen else "▫️"


def _lines(marks: Sequence[str], order: tuple[int, ...]) -> list[str | int]:
    lines: list[str | int] = []
    for mark, index in zip(marks, order, strict=False):
        lines += ["\n" if lines else "", f"{mark}  ", OPTION + index]
    return lines


def _layout(*parts: str | int) -> Layout:
    """Return the layout of HTML and slots."""
    words = "".join([part for part in parts if isinstance(part, str)])
    text = Template([escaped(part) if isinstance(part, str) else part for part in parts])
    return Layout(text, visible_length(words))
