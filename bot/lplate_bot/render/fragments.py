"""Question texts as ready HTML, made once per question and language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate_bot.render.message import Picture
from lplate_bot.render.texts import texts, ui_language
from lplate_native import LruCache

if TYPE_CHECKING:
    from lplate.domain.question import BankInfo, Question, Texts

MISSING: Final = "–"


@dataclass(frozen=True, slots=True)
class Fragments:
    """Hold the parts of a card that do not depend on the learner; *options* are in source order."""

    topic: str
    question: str
    options: tuple[str, ...]
    explanation: str
    sources: str
    answer: str
    unit: str
    picture: Picture | None


class FragmentCache:
    """Make fragments and keep the *capacity* most recently used; an entry takes about 3 kB."""

    def __init__(self, capacity: int) -> None:
        self._cache: LruCache[str, Fragments] = LruCache(capacity)

    def fragments(self, info: BankInfo, question: Question, languages: tuple[str, ...]) -> Fragments:
        """Return the fragments of *question*; languages the bank lacks give way to its source language."""
        key = f"{info.digest}/{question.id}/{'-'.join(languages)}"
        found = self._cache.get(key)
        if found is None:
            found = _fragments(info, question, _spoken(info, languages))
            self._cache.put(key, found)
        return found


def _spoken(info: BankInfo, languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in languages if code in info.languages) or info.languages[:1]


def _fragments(info: BankInfo, question: Question, languages: tuple[str, ...]) -> Fragments:
    topic = next((topic.name for topic in info.topics if topic.id == question.topics[0]), {})
    media = question.media
    answer = question.answer
    return Fragments(
        topic=escape(topic.get(languages[0], question.topics[0])),
        question=_in_all(question.text, languages),
        options=tuple(_option_texts(question, languages)),
        explanation=_in_all(question.explanation, languages),
        sources=escape("; ".join(question.sources)),
        answer=escape(f"{answer.value.normalize():f} {answer.unit}".strip()) if answer else "",
        unit=escape(answer.unit) if answer else "",
        picture=Picture(media.digest, media.mime, info.id) if media else None,
    )


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
