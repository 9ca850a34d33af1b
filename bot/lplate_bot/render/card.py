"""The card: a question, or its feedback, in one message."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import Phase
from lplate_bot.render.buttons import LETTERS, feedback_rows, question_rows
from lplate_bot.render.message import CAPTION_LIMIT, TEXT_LIMIT, Message, fits
from lplate_bot.render.texts import texts_for

if TYPE_CHECKING:
    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate.trainer.views import CardView
    from lplate_bot.render.fragments import FragmentCache, Fragments
    from lplate_bot.render.message import Rows
    from lplate_bot.render.texts import Texts

_GAP: Final = "\n\n"
_LETTERED: Final = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
_VERDICT_ROOM: Final = 240
"""UTF-16 units kept free for the verdict, so that a photo card can stay one when it is answered."""


def card_message(view: CardView, cache: FragmentCache) -> Message:
    """Return the card of *view*.

    What does not fit is never cut. First the explanation moves into a reply; if question and options are
    too long for a caption by themselves, the picture goes into a message of its own.
    """
    fragments = cache.fragments(view.info, view.question, view.learner.languages)
    words = texts_for(view.learner)
    session = view.learner.session
    asked = _open_body(view.question, session, fragments, words)
    is_photo = fragments.picture is not None and fits(asked, CAPTION_LIMIT - _VERDICT_ROOM)
    if session.phase is Phase.QUESTION:
        body, explanation = asked, ""
        rows = question_rows(view.question, session, fragments, words)
    else:
        body = _feedback_body(view.question, session, fragments, words)
        explanation = "" if view.is_closed else _explanation(fragments)
        rows = feedback_rows(session, words)
    return _laid_out(body, explanation, () if view.is_closed else rows, fragments, words, is_photo=is_photo)


def _laid_out(
    body: str, explanation: str, rows: Rows, fragments: Fragments, words: Texts, *, is_photo: bool
) -> Message:
    limit = CAPTION_LIMIT if is_photo else TEXT_LIMIT
    whole = f"{body}{_GAP}{explanation}" if explanation else body
    aside = ""
    if not fits(whole, limit):
        hint = f"{body}{_GAP}📖 " + words.gettext("The explanation is below.")
        whole, aside = (hint if fits(hint, limit) else body), explanation
    return Message(
        whole,
        rows,
        picture=fragments.picture,
        aside=aside,
        has_picture_apart=fragments.picture is not None and not is_photo,
    )


def _open_body(question: Question, session: Session, fragments: Fragments, words: Texts) -> str:
    parts = [f"<b>{fragments.topic}</b>", fragments.question]
    if question.type in _LETTERED:
        parts.append(_option_lines(session, fragments, [f"<b>{letter}</b>" for letter in LETTERS]))
    hint = _hint(question, fragments, words)
    if hint:
        parts.append(f"<i>{hint}</i>")
    return _GAP.join(parts)


def _hint(question: Question, fragments: Fragments, words: Texts) -> str:
    if question.type is QuestionType.TRUEFALSE:
        return words.gettext("True or false?")
    if question.type is QuestionType.MULTI:
        return words.gettext("Tick every right answer, then submit.")
    if question.type is QuestionType.NUMERIC and fragments.unit:
        return words.gettext("Type the number in %s.") % fragments.unit
    if question.type is QuestionType.NUMERIC:
        return words.gettext("Type the number.")
    return ""


def _option_lines(session: Session, fragments: Fragments, marks: list[str]) -> str:
    return "\n".join(
        f"{mark}  {fragments.options[index]}" for mark, index in zip(marks, session.order, strict=False)
    )


def _feedback_body(question: Question, session: Session, fragments: Fragments, words: Texts) -> str:
    parts = [f"<b>{fragments.topic}</b>", fragments.question]
    if question.type is not QuestionType.NUMERIC:
        marks = [_mark(question, session, index) for index in session.order]
        if question.type in _LETTERED:
            marks = [f"{mark} <b>{letter}</b>" for mark, letter in zip(marks, LETTERS, strict=False)]
        parts.append(_option_lines(session, fragments, marks))
    parts.append(_verdict(question, session, fragments, words))
    return _GAP.join(parts)


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


def _explanation(fragments: Fragments) -> str:
    source = f"\n📖 {fragments.sources}" if fragments.sources else ""
    return f"<blockquote expandable>{fragments.explanation}{source}</blockquote>"
