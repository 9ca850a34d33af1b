from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplate_native import Template

PARTS = st.lists(st.binary(max_size=9) | st.integers(0, 5), max_size=9)
VALUES = st.tuples(*[st.binary(max_size=9) | st.integers(-(2**63), 2**63 - 1)] * 6)


def filled(parts: list[bytes | int], values: tuple[bytes | int, ...]) -> bytes:
    """Fill *parts* the plain way."""
    whole = [part if isinstance(part, bytes) else values[part] for part in parts]
    return b"".join(part if isinstance(part, bytes) else b"%d" % part for part in whole)


@given(PARTS, VALUES)
def test_values_stand_where_their_slots_are(
    parts: list[bytes | int], values: tuple[bytes | int, ...]
) -> None:
    """Bytes as they are, ints in decimal; a slot may come twice or never, in any order."""
    template = Template(iter(parts))
    assert template.fill(values) == template.fill(values) == filled(parts, values)


@pytest.mark.parametrize("power", range(64))
def test_ints_of_every_length_are_written_whole(power: int) -> None:
    """At each power of two and of ten, and on both sides of it, with either sign."""
    for centre in (2**power, 10 ** (power % 19)):
        for number in (centre - 1, centre, centre + 1, 1 - centre, -centre):
            if -(2**63) <= number < 2**63:
                assert Template([b"<", 0, b">"]).fill((number,)) == b"<%d>" % number


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ((), TypeError, "expected 2 values, got 0"),
        ((1,), TypeError, "expected 2 values, got 1"),
        ([1, 2], TypeError, "expected a tuple, got list"),
        ((1, "words"), TypeError, "expected int, got str"),
        ((1, None), TypeError, "expected int, got NoneType"),
        ((1, True), TypeError, "expected int, got bool"),
        ((1, bytearray(b"x")), TypeError, "expected int, got bytearray"),
        ((1, 2**63), OverflowError, "too"),
    ],
)
def test_values_that_do_not_fit_are_refused(values: Any, error: type[Exception], words: str) -> None:
    """The error says what was wrong; the template can be filled again."""
    template = Template([0, b":", 1])
    with pytest.raises(error, match=words):
        template.fill(values)
    assert template.fill((1, b"2", None)) == b"1:2"  # type: ignore[arg-type] # what has no slot may be anything


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ([b"a", -1], ValueError, "from 0 to 65535, not -1"),
        ([65536], ValueError, "from 0 to 65535, not 65536"),
        (["a"], TypeError, "expected int, got str"),
        ([True], TypeError, "expected int, got bool"),
        (1, TypeError, "not iterable"),
    ],
)
def test_parts_that_are_neither_bytes_nor_slots_are_refused(
    parts: Any, error: type[Exception], words: str
) -> None:
    """No template is made of them."""
    with pytest.raises(error, match=words):
        Template(parts)
