"""Where the parts of a card's text stand, whatever the question says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.buttons import LETTERS, next_keyboard, question_keyboard
from lplate_bot.render.piece import escaped, visible_length
from lplate_native import Template

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP: Final = "\n\n"
LETTERED: Final = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
"""Their options are listed in the text, the buttons bear letters."""
_OPEN: Final = 1024
"""Layouts of open cards kept, 1 to 3 kB each; four options have 24 orders, each ticked in 16 ways."""
_FEEDBACK: Final = 2048
"""Layouts of feedback kept, about 1 kB each; one answer out of four options has 384."""
HEAD, TAIL, OPTION = range(3)
"""The slots of a layout; options, in source order, take the last and those after it."""
_BOLD_LETTERS: Final = tuple(f"<b>{letter}</b>" for letter in LETTERS)


@dataclass(frozen=True, slots=True)
class Layout:
    """Hold a card's *text* and *keyboard* with slots for what the question says and where the session is.

    What is not in slots of the text is *units* long.
    """

    text: Template
    units: int
    keyboard: Template


@lru_cache(_OPEN)
def open_layout(
    language: str, kind: QuestionType, order: tuple[int, ...], chosen: int, labels: tuple[str, ...]
) -> Layout:
    """Return where head, options and, as its tail, hint stand on an open card; *chosen* has bits.

    *labels* are the words on the buttons of a true/false question, in source order; others bear letters.
    """
    keyboard = question_keyboard(language, kind, order, chosen, labels)
    if kind not in LETTERED:
        return _layout((HEAD, TAIL), keyboard)
    return _layout((HEAD, GAP, *_lines(_BOLD_LETTERS, order), TAIL), keyboard)


@lru_cache(_FEEDBACK)
def feedback_layout(
    language: str, kind: QuestionType, correct: int, order: tuple[int, ...], chosen: int
) -> Layout:
    """Return where head, options and, as its tail, the verdict stand; *correct* and *chosen* are bits."""
    keyboard = next_keyboard(language)
    if kind is QuestionType.NUMERIC:
        return _layout((HEAD, GAP, TAIL), keyboard)
    marks = [_mark(kind, correct >> index & 1, chosen >> index & 1) for index in order]
    if kind in LETTERED:
        marks = [f"{mark} {letter}" for mark, letter in zip(marks, _BOLD_LETTERS, strict=False)]
    return _layout((HEAD, GAP, *_lines(marks, order), GAP, TAIL), keyboard)


def _mark(kind: QuestionType, is_correct: int, is_chosen: int) -> str:
    if is_correct:
        return "☑️" if kind is QuestionType.MULTI and not is_chosen else "✅"
    return "❌" if is_chosen else "▫️"


def _lines(marks: Sequence[str], order: tuple[int, ...]) -> list[str | int]:
    lines: list[str | int] = []
    for mark, index in zip(marks, order, strict=False):
        lines += ["\n" if lines else "", f"{mark}  ", OPTION + index]
    return lines


def _layout(parts: Sequence[str | int], keyboard: Template) -> Layout:
    """Return the layout of a text of HTML and slots."""
    words = "".join([part for part in parts if isinstance(part, str)])
    text = Template([escaped(part) if isinstance(part, str) else part for part in parts])
    return Layout(text, visible_length(words), keyboard)
