"""The card: a question, or its feedback, in one message."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import Phase
from lplate_bot.render.buttons import LETTERS, feedback_rows, question_rows
from lplate_bot.render.fragments import GAP, LETTERED
from lplate_bot.render.message import CAPTION_LIMIT, TEXT_LIMIT, Message, fits
from lplate_bot.render.texts import texts_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate.trainer.views import CardView
    from lplate_bot.render.fragments import FragmentCache, Fragments
    from lplate_bot.render.message import Rows
    from lplate_bot.render.texts import Texts

_BOLD_LETTERS: Final = tuple(f"<b>{letter}</b>" for letter in LETTERS)


def card_message(view: CardView, cache: FragmentCache) -> Message:
    """Return the card of *view*.

    What does not fit is never cut. First the explanation moves into a reply; if question and options are
    too long for a caption by themselves, the picture goes into a message of its own.
    """
    fragments = cache.fragments(view.info, view.question, view.learner)
    words = texts_for(view.learner)
    session = view.learner.session
    if session.phase is Phase.QUESTION:
        body, explanation = _open_body(view.question, session, fragments), ""
        rows = question_rows(view.question, session, fragments, words)
    else:
        body = _feedback_body(view.question, session, fragments, words)
        explanation = "" if view.is_closed else fragments.explanation
        rows = feedback_rows(session, words)
    return _laid_out(body, explanation, () if view.is_closed else rows, fragments, words)


def _laid_out(body: str, explanation: str, rows: Rows, fragments: Fragments, words: Texts) -> Message:
    limit = CAPTION_LIMIT if fragments.is_photo else TEXT_LIMIT
    whole = f"{body}{GAP}{explanation}" if explanation else body
    aside = ""
    if fragments.most_units > limit and not fits(whole, limit):
        hint = f"{body}{GAP}📖 " + words.gettext("The explanation is below.")
        whole, aside = (hint if fits(hint, limit) else body), explanation
    picture = fragments.picture
    return Message(whole, rows, picture, aside, picture is not None and not fragments.is_photo)


def _open_body(question: Question, session: Session, fragments: Fragments) -> str:
    if question.type not in LETTERED:
        return fragments.head + fragments.hint
    return f"{fragments.head}{GAP}{_option_lines(session, fragments, _BOLD_LETTERS)}{fragments.hint}"


def _option_lines(session: Session, fragments: Fragments, marks: Iterable[str]) -> str:
    options = fragments.options
    return "\n".join([f"{mark}  {options[index]}" for mark, index in zip(marks, session.order, strict=False)])


def _feedback_body(question: Question, session: Session, fragments: Fragments, words: Texts) -> str:
    verdict = _verdict(question, session, fragments, words)
    if question.type is QuestionType.NUMERIC:
        return f"{fragments.head}{GAP}{verdict}"
    marks = [_mark(question, session, index) for index in session.order]
    if question.type in LETTERED:
        marks = [f"{mark} {letter}" for mark, letter in zip(marks, _BOLD_LETTERS, strict=False)]
    return f"{fragments.head}{GAP}{_option_lines(session, fragments, marks)}{GAP}{verdict}"


def _mark(question: Question, session: Session, index: int) -> str:
    is_chosen = bool(session.chosen >> index & 1)
    if question.options[index].correct:
        return "☑️" if question.type is QuestionType.MULTI and not is_chosen else "✅"
    return "❌" if is_chosen else "▫️"


def _verdict(question: Question, session: Session, fragments: Fragments, words: Texts) -> str:
    mark = "✅" if session.was_right else "❌"
    verdict = words.gettext("Right!") if session.was_right else words.gettext("Not right.")
    lines = [f"{mark} <b>{verdict}</b> {coming_back(session.due_in_days, words)}"]
    if question.type is QuestionType.NUMERIC:
        if not session.was_right:
            lines.append(words.gettext("Your answer: %s") % escape(session.typed))
        lines.append(words.gettext("Right answer: %s") % f"<b>{fragments.answer}</b>")
    elif question.type is QuestionType.MULTI and not session.was_right:
        lines.append(words.gettext("✅ right, ☑️ missed, ❌ wrong"))
    return "\n".join(lines)


def coming_back(days: int, words: Texts) -> str:
    """Return when the question comes again, in words."""
    if days <= 1:
        return words.gettext("Again tomorrow.")
    return words.ngettext("Again in %d day.", "Again in %d days.", days) % days
