"""Question texts as ready HTML, made once per question and language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.message import CAPTION_LIMIT, Picture, visible_length
from lplate_bot.render.texts import language_for, texts, ui_language
from lplate_native import LruCache

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.question import BankInfo, Question, Texts
    from lplate_bot.render.texts import Texts as WordsOfBot
    from lplate_native import LruStats

MISSING: Final = "–"
GAP: Final = "\n\n"
LETTERED: Final = frozenset({QuestionType.SINGLE, QuestionType.MULTI})
"""Their options are listed in the text, the buttons bear letters."""
_MARK_UNITS: Final = 3
VERDICT_ROOM: Final = 240
"""UTF-16 units kept free for the verdict, so that a photo card can stay one when it is answered."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """Hold the parts of a card that no press changes, as HTML; *options* are in source order.

    *head* is topic and question, *hint* says how to answer. *is_photo* has the picture within the card.
    *most_units* bounds the visible UTF-16 units of the card with everything that may be on it.
    """

    head: str
    options: tuple[str, ...]
    hint: str
    explanation: str
    answer: str
    picture: Picture | None
    is_photo: bool
    most_units: int


class FragmentCache:
    """Make fragments and keep the *capacity* most recently used; an entry takes about 3 kB."""

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
        own = language_for(learner)
        key = f"{info.digest}/{question.id}/{learner.language}/{own}"
        found = self._cache.get(key)
        if found is None:
            found = _fragments(info, question, _spoken(info, learner.languages), texts(own))
            self._cache.put(key, found)
        return found


def _spoken(info: BankInfo, languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in languages if code in info.languages) or info.languages[:1]


def _fragments(
    info: BankInfo, question: Question, languages: tuple[str, ...], words: WordsOfBot
) -> Fragments:
    topic = next((topic.name for topic in info.topics if topic.id == question.topics[0]), {})
    name = escape(topic.get(languages[0], question.topics[0]))
    head = f"<b>{name}</b>{GAP}{_in_all(question.text, languages)}"
    options = tuple(_option_texts(question, languages))
    hint = _hint(question, words)
    explanation = _explanation(question, languages)
    listed = visible_length("\n" + "".join(f"\nA  {option}" for option in options)) if options else 0
    asked = visible_length(head + hint) + (listed if question.type in LETTERED else 0)
    media = question.media
    answer = question.answer
    return Fragments(
        head=head,
        options=options,
        hint=hint,
        explanation=explanation,
        answer=escape(f"{answer.value.normalize():f} {answer.unit}".strip()) if answer else "",
        picture=Picture(media.digest, media.mime, info.id) if media else None,
        is_photo=media is not None and asked <= CAPTION_LIMIT - VERDICT_ROOM,
        most_units=asked + listed + _MARK_UNITS * len(options) + VERDICT_ROOM + visible_length(explanation),
    )


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
