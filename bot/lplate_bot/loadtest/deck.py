"""What is right: the bank's answers, found by what a card shows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import msgspec

from lplate.domain.question import QuestionType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplate.domain.question import Question
    from lplate.ports import Bank

PARAGRAPH = b"\\n\\n"
"""An empty line as JSON writes it."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Hold a question's right answer: options by index in source order, or a number to type."""

    right: tuple[int, ...]
    size: int
    number: str
    options: tuple[bytes, ...]


class Deck:
    """Look up answers by the JSON of a card's text, without decoding it."""

    def __init__(self) -> None:
        self._by_text: dict[bytes, list[Solution]] = defaultdict(list)

    @classmethod
    def of(cls, banks: Iterable[Bank], languages: Iterable[str]) -> Deck:
        """Return the deck of *banks* as cards show it in *languages*; ``en-de`` is both."""
        deck = cls()
        tongues = [language.split("-") for language in languages]
        for bank in banks:
            for question in questions(bank):
                for tongue in tongues:
                    deck._add(question, tongue)
        return deck

    def find(self, content: bytes) -> Solution | None:
        """Return the solution of the question in *content*; signs share their text, not their options."""
        found = self._by_text.get(asked(content), ())
        if len(found) == 1:
            return found[0]
        return next((each for each in found if all(option in content for option in each.options)), None)

    def _add(self, question: Question, tongue: list[str]) -> None:
        right = tuple(place for place, option in enumerate(question.options) if option.correct)
        number = f"{question.answer.value.normalize():f}" if question.answer else ""
        options: tuple[bytes, ...] = ()
        if question.type is not QuestionType.TRUEFALSE:
            options = tuple(_json(option.text.get(tongue[0], "")) for option in question.options)
        key = _json(question.text.get(tongue[0], ""))
        for other in tongue[1:]:
            key += b"\\n<i>" + _json(question.text.get(other, "")) + b"</i>"
        self._by_text[key].append(Solution(right, len(question.options), number, options))


def asked(content: bytes) -> bytes:
    """Return the question's text in a card: its second paragraph."""
    first = content.find(PARAGRAPH) + len(PARAGRAPH)
    end = content.find(PARAGRAPH, first)
    return content[first : end if end > 0 else content.rfind(b'"')]


def questions(bank: Bank) -> Iterator[Question]:
    """Return all questions of *bank*."""
    seen, count = b"", 0
    while (question_id := bank.unseen(seen, (), (), count)) is not None:
        question = bank.question(question_id)
        if question is not None:
            yield question
        seen = bank.mark_seen(seen, (question_id,))
        count += 1


def _json(words: str) -> bytes:
    return msgspec.json.encode(escape(words))[1:-1]
