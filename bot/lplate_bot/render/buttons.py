"""Callback data: what a button says back, in at most 64 bytes, and the buttons of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import Phase

if TYPE_CHECKING:
    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate_bot.render.fragments import Fragments
    from lplate_bot.render.message import Button, Rows
    from lplate_bot.render.texts import Texts

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


def data(*parts: str | int) -> str:
    """Return callback data of *parts*."""
    return SEPARATOR.join(map(str, parts))


def question_rows(question: Question, session: Session, fragments: Fragments, words: Texts) -> Rows:
    """Return the buttons of an open question: options as shown, then what else one can do."""
    skip: Button = {
        "text": "⏭ " + words.gettext("Skip"),
        "callback_data": data(SKIP, session.number, session.step),
    }
    rows = [*_in_rows(_option_buttons(question, session, fragments)), (skip,)]
    if question.type is QuestionType.MULTI:
        submit: Button = {
            "text": words.gettext("Submit"),
            "callback_data": data(SUBMIT, session.number, session.step),
            "style": "primary",
        }
        rows[-1] = (skip, submit)
    return tuple(rows)


def feedback_rows(session: Session, words: Texts) -> Rows:
    """Return the buttons below feedback."""
    button: Button = {
        "text": words.gettext("Next") + " ▶",
        "callback_data": data(NEXT, session.number, session.step),
        "style": "primary",
    }
    return ((button,),)


def _option_buttons(question: Question, session: Session, fragments: Fragments) -> list[Button]:
    assert session.phase is Phase.QUESTION
    place = (session.number, session.step)
    buttons: list[Button] = []
    for position, index in enumerate(session.order):
        letter = LETTERS[position]
        if question.type is QuestionType.MULTI:
            is_chosen = bool(session.chosen >> index & 1)
            label = f"{'☑' if is_chosen else '☐'} {letter}"
            buttons.append({"text": label, "callback_data": data(TOGGLE, *place, index, int(not is_chosen))})
        elif question.type is QuestionType.TRUEFALSE:
            buttons.append({"text": fragments.options[index], "callback_data": data(ANSWER, *place, index)})
        else:
            buttons.append({"text": letter, "callback_data": data(ANSWER, *place, index)})
    return buttons


def _in_rows(buttons: list[Button]) -> list[tuple[Button, ...]]:
    per_row = 1 if any(len(button["text"]) > _ALWAYS_SHORT for button in buttons) else _PER_ROW
    return [tuple(buttons[at : at + per_row]) for at in range(0, len(buttons), per_row)]
