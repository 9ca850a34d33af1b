"""Questions as every floor sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal  # noqa: TC003 - msgspec reads the annotations of these classes
from functools import cached_property
from typing import Final

from lplate.domain.values import Word

Texts = Mapping[str, str]
"""One text by language code (ISO 639-1, lower case)."""


class QuestionType(Word):
    """Say how a question is answered."""

    SINGLE = "single"
    MULTI = "multi"
    NUMERIC = "numeric"
    TRUEFALSE = "truefalse"


_ONE_TAP: Final = frozenset({QuestionType.SINGLE, QuestionType.TRUEFALSE})


@dataclass(frozen=True, slots=True)
class Option:
    """Offer one answer; *key* is its identity across languages, order and revisions.

    The options of a true/false question are keyed ``true`` and ``false`` and bear no text of their own.
    """

    key: str
    text: Texts
    correct: bool


@dataclass(frozen=True, slots=True)
class NumericAnswer:
    """Accept numbers within *tolerance* (absolute, at least 0) of *value*, both in *unit* (may be empty)."""

    value: Decimal
    unit: str
    tolerance: Decimal


@dataclass(frozen=True, slots=True)
class Media:
    """Point to a picture by the MD5 *digest* (hex) of its bytes as sent; sizes are in pixels."""

    digest: str
    mime: str
    width: int
    height: int
    alt: Texts


@dataclass(frozen=True)
class Question:
    """Ask one thing; *id* never changes, *rev* grows when its right answer or meaning does.

    *topics* names the home topic first. *sources* say where the answer stands in law. *points* are the
    bank's exam weight, 1 where it names none. There are no slots, so that what follows from the fields is
    worked out at the first press and kept.
    """

    id: str
    rev: int
    type: QuestionType
    topics: tuple[str, ...]
    text: Texts
    options: tuple[Option, ...]
    explanation: Texts
    sources: tuple[str, ...]
    answer: NumericAnswer | None = None
    media: Media | None = None
    shuffle: bool = True
    points: int = 1

    @cached_property
    def correct_mask(self) -> int:
        """Return the right options as bits, bit *i* for ``options[i]``."""
        return sum(1 << i for i, option in enumerate(self.options) if option.correct)

    @cached_property
    def takes_one_tap(self) -> bool:
        """Return True if a tap on an option is the whole answer."""
        return self.type in _ONE_TAP

    @cached_property
    def is_shuffled(self) -> bool:
        """Return True if the options may stand in any order."""
        return self.shuffle and self.type is not QuestionType.TRUEFALSE

    def reading_length(self, language: str) -> int:
        """Return the characters to be read in *language*, or in the first there is."""
        lengths = self._reading_lengths
        length = lengths.get(language)
        return next(iter(lengths.values())) if length is None else length

    @cached_property
    def _reading_lengths(self) -> Mapping[str, int]:
        return {
            language: len(text) + sum(len(option.text.get(language, "")) for option in self.options)
            for language, text in self.text.items()
        }


@dataclass(frozen=True, slots=True)
class Topic:
    """Name a topic and the range of ordinals, *first* to *first + count*, whose home it is."""

    id: str
    name: Texts
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class BankInfo:
    """Describe a compiled bank; *digest* (hex) identifies its content, *languages* start with the source."""

    id: str
    version: str
    digest: str
    licence: str
    attribution: str
    country: str
    languages: tuple[str, ...]
    name: Texts
    topics: tuple[Topic, ...]
    size: int
