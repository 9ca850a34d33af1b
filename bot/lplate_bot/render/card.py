"""The card: a question, or its feedback, in one message."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import Phase
from lplate_bot.render.layout import GAP, feedback_layout, open_layout
from lplate_bot.render.message import NO_BUTTONS, Message
from lplate_bot.render.piece import NOTHING, Piece
from lplate_bot.render.texts import texts

if TYPE_CHECKING:
    from lplate.domain.session import Session
    from lplate.trainer.views import CardView
    from lplate_bot.render.fragments import FragmentCache, Fragments
    from lplate_bot.render.texts import Texts

_VERDICTS: Final = 1024
"""Verdicts kept, about 300 bytes each: right or wrong, by days and language."""


def card_message(view: CardView, cache: FragmentCache) -> Message:
    """Return the card of *view*.

    What does not fit is never cut. First the explanation moves into a reply; if question and options are
    too long for a caption by themselves, the picture goes into a message of its own.
    """
    fragments = cache.fragments(view.info, view.question, view.learner)
    session = view.learner.session
    if session.phase is Phase.QUESTION:
        return _question(session, fragments, is_closed=view.is_closed)
    return _feedback(session, fragments, is_closed=view.is_closed)


def _question(session: Session, fragments: Fragments, *, is_closed: bool) -> Message:
    layout = open_layout(fragments.language, fragments.kind, session.order, session.chosen, fragments.labels)
    return Message(
        layout.text.fill((fragments.head, fragments.hint, *fragments.options)),
        fragments.asked_units,
        NO_BUTTONS if is_closed else layout.keyboard.fill((session.number, session.step)),
        fragments.picture,
        fragments.picture_apart,
    )


def _feedback(session: Session, fragments: Fragments, *, is_closed: bool) -> Message:
    layout = feedback_layout(
        fragments.language, fragments.kind, fragments.correct, session.order, session.chosen
    )
    verdict = _verdict(session, fragments)
    units = fragments.told_units + layout.units + verdict.units
    keyboard, ending, aside = NO_BUTTONS, NOTHING, None
    if not is_closed:
        keyboard = layout.keyboard.fill((session.number, session.step))
        ending, aside = _ending(fragments, units)
    return Message(
        layout.text.fill((fragments.head, verdict.json + ending.json, *fragments.options)),
        units + ending.units,
        keyboard,
        fragments.picture,
        fragments.picture_apart,
        aside,
    )


def _ending(fragments: Fragments, units: int) -> tuple[Piece, Message | None]:
    """Return what follows a body of *units*: the explanation, or where it is, and it as a message then."""
    if units + fragments.explanation.units <= fragments.limit:
        return fragments.explanation, None
    pointer = _pointer(fragments.language)
    ending = pointer if units + pointer.units <= fragments.limit else NOTHING
    return ending, fragments.aside()


@lru_cache
def _pointer(language: str) -> Piece:
    return Piece.of(f"{GAP}📖 " + texts(language).gettext("The explanation is below."))


def _verdict(session: Session, fragments: Fragments) -> Piece:
    if fragments.kind is QuestionType.NUMERIC:
        return Piece.of("\n".join(_verdict_on_number(session, fragments)))
    is_multi = fragments.kind is QuestionType.MULTI
    return _verdict_on_choice(fragments.language, session.due_in_days, session.was_right, is_multi)


@lru_cache(_VERDICTS)
def _verdict_on_choice(language: str, days: int, was_right: bool, is_multi: bool) -> Piece:  # noqa: FBT001 - lru_cache looks up what is given by position much faster
    words = texts(language)
    verdict = _verdict_line(days, words, was_right=was_right)
    if is_multi and not was_right:
        verdict += "\n" + words.gettext("✅ right, ☑️ missed, ❌ wrong")
    return Piece.of(verdict)


def _verdict_on_number(session: Session, fragments: Fragments) -> list[str]:
    words = texts(fragments.language)
    lines = [_verdict_line(session.due_in_days, words, was_right=session.was_right)]
    if not session.was_right:
        lines.append(words.gettext("Your answer: %s") % escape(session.typed))
    lines.append(words.gettext("Right answer: %s") % f"<b>{fragments.answer}</b>")
    return lines


def _verdict_line(days: int, words: Texts, *, was_right: bool) -> str:
    mark = "✅" if was_right else "❌"
    verdict = words.gettext("Right!") if was_right else words.gettext("Not right.")
    return f"{mark} <b>{verdict}</b> {coming_back(days, words)}"


def coming_back(days: int, words: Texts) -> str:
    """Return when the question comes again, in words."""
    if days <= 1:
        return words.gettext("Again tomorrow.")
    return words.ngettext("Again in %d day.", "Again in %d days.", days) % days
