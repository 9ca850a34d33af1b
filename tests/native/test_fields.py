import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lplate_native.fields import split_numbers

TEXTS = st.text(alphabet="ab:-_ 0123456789\u0661\u00e9\u2611\U0001f600", max_size=40)


def slow_split(text: str, separator: str, least: int, most: int) -> tuple[str | int, ...] | None:
    """Say the same in plain Python."""
    word, *parts = text.split(separator)
    are_numbers = all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in parts)
    if len(parts) < least or not are_numbers:
        return None
    return (word, *[*map(int, parts), *[0] * most][:most])


@given(TEXTS, st.integers(-1, 5), st.integers(0, 8))
@example("t:2:5:1:1", 2, 4)
@example("", 0, 0)
@example(":", 0, 1)
@example("a:", 0, 1)
@example("a:" + "9" * 18, 1, 1)
@example("a:" + "0" * 19, 1, 1)
@example("a" + ":7" * 20, 2, 8)
def test_it_splits_as_plain_python_does(text: str, least: int, most: int) -> None:
    """Whatever the text, the result is that of the slow twin."""
    assert split_numbers(text, ":", least, most) == slow_split(text, ":", least, most)


def test_any_character_but_a_digit_separates() -> None:
    """One beyond ASCII does as well, in texts of any width."""
    assert split_numbers("a\u26111\u26112", "\u2611", 0, 2) == ("a", 1, 2)
    assert split_numbers("\U0001f600\u26111", "\u2611", 0, 1) == ("\U0001f600", 1)


@pytest.mark.parametrize(("separator", "most"), [("", 1), ("::", 1), ("7", 1), (":", -1), (":", 9)])
def test_what_makes_no_sense_is_refused(separator: str, most: int) -> None:
    """The message names what was wrong."""
    with pytest.raises(ValueError, match=r"separator|numbers"):
        split_numbers("a:1", separator, 0, most)


def test_only_texts_are_split() -> None:
    """Nothing is converted."""
    with pytest.raises(TypeError):
        split_numbers(b"a:1", ":", 0, 1)  # type: ignore[arg-type] # the fault under test
    with pytest.raises(TypeError):
        split_numbers(None, ":", 0, 1)  # type: ignore[arg-type] # the fault under test
