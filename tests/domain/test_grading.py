from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplate.domain.grading import LONGEST_TYPED_ANSWER, is_right_choice, is_right_number
from lplate.domain.question import NumericAnswer, Option, Question, QuestionType


def answer(value: str, unit: str = "", tolerance: str = "0") -> NumericAnswer:
    return NumericAnswer(Decimal(value), unit, Decimal(tolerance))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("100", True),
        ("100 m", True),
        ("100m", True),
        ("  100  ", True),
        ("100,0", True),
        ("100.00", True),
        ("ca. 100 Meter", True),
        ("about 100 m.", True),
        ("0,1 km", True),
        ("10000 cm", True),
        ("1e2", None),
        ("100 km", False),
        ("-100", False),
        ("+100", True),
        ("\uff11\uff10\uff10", True),
        ("99", False),
        ("hundred", None),
        ("", None),
        ("100 or 200", None),
        ("10" * LONGEST_TYPED_ANSWER, None),
    ],
)
def test_typed_lengths_are_read_as_people_write_them(typed: str, *, expected: bool | None) -> None:
    """A typed length is understood with units, commas and fillers; words that are no number are None."""
    assert is_right_number(answer("100", "m"), typed) is expected


@pytest.mark.parametrize("typed", ["0,5", "0.5", ".5", "0,50", "0.5 ‰"])
def test_a_decimal_comma_is_as_good_as_a_point(typed: str) -> None:
    """Half a unit may be written with comma or point."""
    assert is_right_number(answer("0.5", "‰"), typed) is True


@pytest.mark.parametrize("typed", ["1.500", "1,500", "1 500", "1'500", "1.500,0", "1,500.0", "1500"])
def test_grouped_thousands_are_read_in_every_style(typed: str) -> None:
    """An ambiguous separator is read either way, so neither convention is punished."""
    assert is_right_number(answer("1500"), typed) is True


def test_tolerance_is_inclusive_and_absolute() -> None:
    """A number exactly *tolerance* away still counts."""
    assert is_right_number(answer("50", tolerance="5"), "45") is True
    assert is_right_number(answer("50", tolerance="5"), "44.9") is False


@given(st.decimals(min_value=0, max_value=100_000, places=2))
def test_every_number_hits_itself(value: Decimal) -> None:
    """Whatever the bank's number is, typing it plainly is right."""
    assert is_right_number(NumericAnswer(value, "km", Decimal(0)), f"{value}") is True


@given(st.text(max_size=80))
def test_any_text_is_graded_or_declined(typed: str) -> None:
    """No message whatever makes grading fail."""
    assert is_right_number(answer("100", "m"), typed) in {True, False, None}


def test_multiple_choice_wants_exactly_the_right_options() -> None:
    """All right options and no other: part of them is not right."""
    options = tuple(Option(key, {"en": key}, correct=key in "ac") for key in "abc")
    question = Question("q", 1, QuestionType.MULTI, ("t",), {"en": "?"}, options, {}, ())
    verdicts = {mask: is_right_choice(question, mask) for mask in range(8)}
    assert [mask for mask, is_right in verdicts.items() if is_right] == [0b101]
