"""A question as a quiz poll: one message, one vote, and Telegram itself tells what was right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain.question import QuestionType
from lplate_bot.render.buttons import skip_keyboard
from lplate_bot.render.piece import utf16_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplate.domain.question import Question, Texts
    from lplate.domain.session import Session
    from lplate_bot.render.message import Picture

# Source: Bot API, sendPoll. Characters are counted in UTF-16 code units, to be on the safe side.
QUESTION_LIMIT: Final = 300
OPTION_LIMIT: Final = 100
MOST_OPTIONS: Final = 12
EXPLANATION_LIMIT: Final = 200
EXPLANATION_BREAKS: Final = 2

_FIELDS: Final = (
    b'"type":"quiz","is_anonymous":false,"question":%b,"options":[%b],"correct_option_ids":%b,'
    b'"allows_multiple_answers":%b,"explanation":%b,"reply_markup":%b'
)
_BOOLEAN: Final = (b"false", b"true")


@dataclass(frozen=True, slots=True)
class PollFragments:
    """Hold the parts of a poll that no press changes, as JSON; *options* are in source order."""

    question: bytes
    options: tuple[bytes, ...]
    is_multi: bool
    explanation: bytes


@dataclass(frozen=True, slots=True)
class PollMessage:
    """Ask by a poll: *fields* are the members of sendPoll's JSON but for chat and *picture*."""

    fields: bytes
    picture: Picture | None

    @property
    def has_picture_within(self) -> bool:
        """Return True if a picture is part of the poll."""
        return self.picture is not None

    def without_picture(self) -> PollMessage:
        """Return the poll as text alone."""
        return replace(self, picture=None)


def poll_fragments(
    question: Question, languages: tuple[str, ...], labels: Sequence[str]
) -> PollFragments | None:
    """Return *question* for a poll, None if it does not fit one: what does not fit is never cut.

    *labels* are the words of true and false, empty for other questions. The explanation is the fullest that
    fits: in all languages with its sources, without them, in the first language alone.
    """
    options = labels or [_in_all(option.text, languages) for option in question.options]
    asked = _in_all(question.text, languages)
    explanation = next(filter(_is_short, _explanations(question, languages)), None)
    if question.type is QuestionType.NUMERIC or not 1 < len(options) <= MOST_OPTIONS or explanation is None:
        return None
    if utf16_units(asked) > QUESTION_LIMIT or any(utf16_units(each) > OPTION_LIMIT for each in options):
        return None
    if not asked or not all(options):
        return None
    encode = msgspec.json.encode
    return PollFragments(
        encode(asked),
        tuple([encode({"text": option}) for option in options]),
        question.type is QuestionType.MULTI,
        encode(explanation),
    )


def poll_message(
    fragments: PollFragments, session: Session, correct: int, language: str, picture: Picture | None
) -> PollMessage:
    """Return the poll that asks the open question; *correct* has a bit per right option, in source order."""
    order = session.order
    right = [place for place, index in enumerate(order) if correct >> index & 1]
    fields = _FIELDS % (
        fragments.question,
        b",".join([fragments.options[index] for index in order]),
        msgspec.json.encode(right),
        _BOOLEAN[fragments.is_multi],
        fragments.explanation,
        skip_keyboard(language).fill((session.number, session.step)),
    )
    return PollMessage(fields, picture)


def _explanations(question: Question, languages: tuple[str, ...]) -> Iterator[str]:
    source = "\n📖 " + "; ".join(question.sources) if question.sources else ""
    for spoken in (languages, languages[:1]):
        text = _in_all(question.explanation, spoken)
        yield text + source
        yield text


def _is_short(explanation: str) -> bool:
    return utf16_units(explanation) <= EXPLANATION_LIMIT and explanation.count("\n") <= EXPLANATION_BREAKS


def _in_all(by_language: Texts, languages: tuple[str, ...]) -> str:
    return "\n".join(filter(None, (by_language.get(language, "") for language in languages))).strip()
