"""Callback data: what a button says back, in at most 64 bytes, and the buttons of a card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType

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
    place = f"{session.number}:{session.step}"
    skip: Button = {"text": "⏭ " + words.gettext("Skip"), "callback_data": f"{SKIP}:{place}"}
    options = _in_rows(_option_buttons(question, session, place, fragments))
    if question.type is not QuestionType.MULTI:
        return (*options, (skip,))
    submit: Button = {
        "text": words.gettext("Submit"),
        "callback_data": f"{SUBMIT}:{place}",
        "style": "primary",
    }
    return (*options, (skip, submit))


def feedback_rows(session: Session, words: Texts) -> Rows:
    """Return the buttons below feedback."""
    button: Button = {
        "text": words.gettext("Next") + " ▶",
        "callback_data": f"{NEXT}:{session.number}:{session.step}",
        "style": "primary",
    }
    return ((button,),)


def _option_buttons(question: Question, session: Session, place: str, fragments: Fragments) -> list[Button]:
    if question.type is QuestionType.SINGLE:
        return [
            {"text": letter, "callback_data": f"{ANSWER}:{place}:{index}"}
            for letter, index in zip(LETTERS, session.order, strict=False)
        ]
    if question.type is QuestionType.TRUEFALSE:
        options = fragments.options
        return [
            {"text": options[index], "callback_data": f"{ANSWER}:{place}:{index}"} for index in session.order
        ]
    return [
        _tick(letter, index, session, place) for letter, index in zip(LETTERS, session.order, strict=False)
    ]


def _tick(letter: str, index: int, session: Session, place: str) -> Button:
    """Return the button of an option to tick; it names the state it wants."""
    is_chosen = session.chosen >> index & 1
    return {
        "text": f"{'☑' if is_chosen else '☐'} {letter}",
        "callback_data": f"{TOGGLE}:{place}:{index}:{1 - is_chosen}",
    }


def _in_rows(buttons: list[Button]) -> list[tuple[Button, ...]]:
    longest = max([len(button["text"]) for button in buttons], default=0)
    per_row = 1 if longest > _ALWAYS_SHORT else _PER_ROW
    return [tuple(buttons[at : at + per_row]) for at in range(0, len(buttons), per_row)]
