"""Question texts as ready JSON, made once per question and language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.layout import GAP, LETTERED, open_layout
from lplate_bot.render.message import CAPTION_LIMIT, TEXT_LIMIT, Message, Picture
from lplate_bot.render.piece import Piece, escaped
from lplate_bot.render.poll import PollFragments, poll_fragments
from lplate_bot.render.texts import language_for, own_language, texts, ui_language
from lplate_native import LruCache

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.question import BankInfo, Question, Texts
    from lplate_bot.render.texts import Texts as WordsOfBot
    from lplate_native import LruStats

MISSING: Final = "–"
VERDICT_ROOM: Final = 240
"""UTF-16 units kept free for the verdict, so that a photo card can stay one when it is answered."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """Hold the parts of a card that no press changes, as the JSON of HTML; *options* are in source order.

    *head* is topic and question, *hint* says how to answer, *labels* are on the buttons of true and false.
    *correct* has a bit per right option. *answer* is HTML still: it stands within a sentence. *language* is
    that of the bot's own words. *asked_units* is the visible length of the open card, *told_units* that of
    head and options, *limit* how long the card may be. *explanation* begins with a gap. *poll* is None if
    the question does not fit one.
    """

    kind: QuestionType
    language: str
    head: bytes
    options: tuple[bytes, ...]
    labels: tuple[str, ...]
    hint: bytes
    explanation: Piece
    correct: int
    answer: str
    picture: Picture | None
    picture_apart: Picture | None
    asked_units: int
    told_units: int
    limit: int
    poll: PollFragments | None = None

    def aside(self) -> Message:
        """Return the explanation as a message of its own."""
        gap = len(GAP)
        return Message(self.explanation.json.removeprefix(escaped(GAP)), self.explanation.units - gap)


class FragmentCache:
    """Make fragments and keep the *capacity* most recently used; an entry takes 1 to 3 kB."""

    def __init__(self, capacity: int) -> None:
        self._cache: LruCache[str, Fragments] = LruCache(capacity)

    def cache(self) -> LruStats:
        """Return what the cache counted."""
        return self._cache.stats()

    @property
    def lru(self) -> LruCache[str, Fragments]:
        """Return what is kept, for whoever watches over memory."""
        return self._cache

    def fragments(self, info: BankInfo, question: Question, learner: Learner) -> Fragments:
        """Return the fragments of *question*; languages the bank lacks give way to its source language."""
        key = _key(info.digest, learner.language, learner.client_language) + question.id
        found = self._cache.get(key)
        if found is None:
            languages = _spoken(info, learner.languages)
            found = _fragments(info, question, languages, language_for(learner))
            self._cache.put(key, found)
        return found


@lru_cache(1024)
def _key(digest: str, language: str, client_language: str) -> str:
    """Return what the question's id is put behind: the bank, the question's languages, the bot's own."""
    return f"{digest}/{language}/{own_language(language, client_language)}/"


def _spoken(info: BankInfo, languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in languages if code in info.languages) or info.languages[:1]


def _fragments(info: BankInfo, question: Question, languages: tuple[str, ...], own: str) -> Fragments:
    head = Piece.of(_head(info, question, languages))
    labels = tuple(_option_texts(question, languages))
    options = [Piece.of(label) for label in labels]
    hint = Piece.of(_hint(question, texts(own)))
    option_units = sum(option.units for option in options)
    asked_units = head.units + hint.units
    is_lettered = question.type in LETTERED
    if is_lettered:
        order = tuple(range(len(options)))
        asked_units += option_units + open_layout(own, question.type, order, 0, ()).units
    media = question.media
    picture = Picture(media.digest, media.mime, info.id) if media else None
    is_photo = asked_units <= CAPTION_LIMIT - VERDICT_ROOM
    answer = question.answer
    return Fragments(
        kind=question.type,
        language=own,
        head=head.json,
        options=tuple([option.json for option in options]),
        labels=() if is_lettered else labels,
        hint=hint.json,
        explanation=Piece.of(GAP + _explanation(question, languages)),
        correct=question.correct_mask,
        answer=escape(f"{answer.value.normalize():f} {answer.unit}".strip()) if answer else "",
        picture=picture if is_photo else None,
        picture_apart=None if is_photo else picture,
        asked_units=asked_units,
        told_units=head.units + option_units,
        limit=CAPTION_LIMIT if picture is not None and is_photo else TEXT_LIMIT,
        poll=poll_fragments(question, languages, labels if question.type is QuestionType.TRUEFALSE else ()),
    )


def _head(info: BankInfo, question: Question, languages: tuple[str, ...]) -> str:
    topic = next((topic.name for topic in info.topics if topic.id == question.topics[0]), {})
    name = escape(topic.get(languages[0], question.topics[0]))
    return f"<b>{name}</b>{GAP}{_in_all(question.text, languages)}"


def _hint(question: Question, words: WordsOfBot) -> str:
    if question.type is QuestionType.TRUEFALSE:
        hint = words.gettext("True or false?")
    elif question.type is QuestionType.MULTI:
        hint = words.gettext("Tick every right answer, then submit.")
    elif question.answer is not None and question.answer.unit:
        hint = words.gettext("Type the number in %s.") % escape(question.answer.unit)
    elif question.answer is not None:
        hint = words.gettext("Type the number.")
    else:
        return ""
    return f"{GAP}<i>{hint}</i>"


def _explanation(question: Question, languages: tuple[str, ...]) -> str:
    sources = escape("; ".join(question.sources))
    source = f"\n📖 {sources}" if sources else ""
    return f"<blockquote expandable>{_in_all(question.explanation, languages)}{source}</blockquote>"


def _in_all(by_language: Texts, languages: tuple[str, ...]) -> str:
    first, *others = (escape(by_language.get(language, "")) for language in languages)
    return "\n".join([first, *(f"<i>{other}</i>" for other in others if other)]).strip() or MISSING


def _option_texts(question: Question, languages: tuple[str, ...]) -> list[str]:
    if question.type is QuestionType.TRUEFALSE:
        return [
            " · ".join(_word(option.key, language) for language in languages) for option in question.options
        ]
    return [_in_all(option.text, languages) for option in question.options]


def _word(key: str, language: str) -> str:
    words = texts(ui_language((language,)))
    return words.gettext("True") if key == "true" else words.gettext("False")
