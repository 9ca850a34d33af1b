"""Callback data: what a button says back, in at most 64 bytes, and the buttons of a card."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.message import keyboard
from lplate_bot.render.texts import texts
from lplate_native import Template

if TYPE_CHECKING:
    from lplate_bot.render.message import Button, Rows

ANSWER: Final = "a"
TOGGLE: Final = "t"
SUBMIT: Final = "u"
NEXT: Final = "n"
SKIP: Final = "k"
BANK: Final = "b"
LANGUAGE: Final = "l"
TOPIC: Final = "o"
MODE: Final = "m"
FAST: Final = "f"
PRACTISE: Final = "g"
SEPARATOR: Final = ":"
LETTERS: Final = "ABCDEFGHIJ"
_PER_ROW: Final = 5
_ALWAYS_SHORT: Final = 18
"""Longer words get a row of their own, or phones cut them."""
_PLACE: Final = "#"
"""Stands in callback data for number and step of the session; no label has it."""


def data(*parts: str | int) -> str:
    """Return callback data of *parts*."""
    return SEPARATOR.join(map(str, parts))


def question_keyboard(
    language: str, kind: QuestionType, order: tuple[int, ...], chosen: int, labels: tuple[str, ...]
) -> Template:
    """Return the buttons of an open question, as JSON with slots for number and step of the session.

    *labels* are the words on the buttons of a true/false question, in source order; others bear letters.
    """
    last: tuple[Button, ...] = (_skip(language),)
    if kind is QuestionType.MULTI:
        submit: Button = {
            "text": texts(language).gettext("Submit"),
            "callback_data": data(SUBMIT, _PLACE),
            "style": "primary",
        }
        last = (*last, submit)
    return _template((*_in_rows(_option_buttons(kind, order, chosen, labels)), last))


@lru_cache
def skip_keyboard(language: str) -> Template:
    """Return the button below a poll, with slots as question_keyboard() has."""
    return _template(((_skip(language),),))


@lru_cache
def next_keyboard(language: str) -> Template:
    """Return the button below feedback, with slots as question_keyboard() has."""
    button: Button = {
        "text": texts(language).gettext("Next") + " ▶",
        "callback_data": data(NEXT, _PLACE),
        "style": "primary",
    }
    return _template(((button,),))


def _skip(language: str) -> Button:
    return {"text": "⏭ " + texts(language).gettext("Skip"), "callback_data": data(SKIP, _PLACE)}


def _template(rows: Rows) -> Template:
    first, *others = keyboard(rows).split(_PLACE.encode())
    parts: list[bytes | int] = [first]
    for other in others:
        parts += (0, SEPARATOR.encode(), 1, other)
    return Template(parts)


def _option_buttons(
    kind: QuestionType, order: tuple[int, ...], chosen: int, labels: tuple[str, ...]
) -> list[Button]:
    if kind is QuestionType.TRUEFALSE:
        return [{"text": labels[index], "callback_data": data(ANSWER, _PLACE, index)} for index in order]
    lettered = zip(LETTERS, order, strict=False)
    if kind is QuestionType.MULTI:
        return [_tick(letter, index, chosen >> index & 1) for letter, index in lettered]
    if kind is QuestionType.SINGLE:
        return [{"text": letter, "callback_data": data(ANSWER, _PLACE, index)} for letter, index in lettered]
    return []


def _tick(letter: str, index: int, is_chosen: int) -> Button:
    """Return the button of an option to tick; it names the state it wants."""
    return {
        "text": f"{'☑' if is_chosen else '☐'} {letter}",
        "callback_data": data(TOGGLE, _PLACE, index, 1 - is_chosen),
    }


def _in_rows(buttons: list[Button]) -> list[tuple[Button, ...]]:
    longest = max([len(button["text"]) for button in buttons], default=0)
    per_row = 1 if longest > _ALWAYS_SHORT else _PER_ROW
    return [tuple(buttons[at : at + per_row]) for at in range(0, len(buttons), per_row)]
