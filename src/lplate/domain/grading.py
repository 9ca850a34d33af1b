"""Decide whether an answer is right."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lplate.domain.question import NumericAnswer, Question

LONGEST_TYPED_ANSWER: Final = 64
"""Longer messages are never read as a number (characters)."""

_NUMBER: Final = re.compile(
    r"(?P<about>ca\.?|about|etwa|ungefähr|~|≈)?\s*(?P<number>[-+−]?[.,]?\d[\d\s.,'’\u00a0\u202f]*)(?P<unit>[^\d]*)",
    re.IGNORECASE,
)
_IN_METRES: Final = {"mm": "0.001", "cm": "0.01", "dm": "0.1", "m": "1", "km": "1000"}
_LONG_NAMES: Final = {
    "meter": "m", "metre": "m", "meters": "m", "metres": "m", "metern": "m",
    "kilometer": "km", "kilometre": "km", "kilometers": "km", "kilometres": "km", "kilometern": "km",
    "centimeter": "cm", "centimetre": "cm", "zentimeter": "cm",
    "millimeter": "mm", "millimetre": "mm", "millimeters": "mm", "millimetres": "mm",
}  # fmt: skip
_THOUSANDS_DIGITS: Final = 3


def is_right_choice(question: Question, chosen_mask: int) -> bool:
    """Return True if exactly the right options are chosen (bit *i* for ``options[i]``)."""
    return chosen_mask == question.correct_mask


def is_right_number(answer: NumericAnswer, typed: str) -> bool | None:
    """Return whether *typed* hits the answer, or None if it cannot be read as one number.

    "100 m", "0,5", "1 000", "ca. 50 km/h" are read; a length in another metric unit is converted. Where a
    separator is ambiguous ("1.500") either reading may hit.
    """
    readings = _readings(typed, answer.unit)
    if not readings:
        return None
    return any(abs(number - answer.value) <= answer.tolerance for number in readings)


def _readings(typed: str, expected_unit: str) -> tuple[Decimal, ...]:
    text = typed.strip()
    if len(text) > LONGEST_TYPED_ANSWER:
        return ()
    match = _NUMBER.fullmatch(text)
    if match is None:
        return ()
    factor = _factor(match["unit"].strip().rstrip(".!").casefold(), expected_unit.casefold())
    return tuple(number * factor for number in _numbers(match["number"]))


def _factor(unit: str, expected: str) -> Decimal:
    unit = _LONG_NAMES.get(unit, unit)
    if unit != expected and unit in _IN_METRES and expected in _IN_METRES:
        return Decimal(_IN_METRES[unit]) / Decimal(_IN_METRES[expected])
    return Decimal(1)


def _numbers(written: str) -> tuple[Decimal, ...]:
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", written.replace("−", "-")).rstrip(".,")
    separators = [c for c in digits if c in ".,"]
    if len(set(separators)) == 2:  # noqa: PLR2004 - both kinds: the last one is the decimal point
        decimal = max(".,", key=digits.rfind)
        grouping = "." if decimal == "," else ","
        spellings = [digits.replace(grouping, "").replace(decimal, ".")]
    elif len(separators) > 1:
        spellings = [digits.replace(separators[0], "")]
    else:
        spellings = [digits.replace(",", ".")]
        if separators and len(re.split(r"[.,]", digits)[1]) == _THOUSANDS_DIGITS:
            spellings.append(re.sub(r"[.,]", "", digits))
    return tuple(number for spelling in spellings if (number := _decimal(spelling)) is not None)


def _decimal(spelling: str) -> Decimal | None:
    try:
        return Decimal(spelling)
    except InvalidOperation:
        return None
