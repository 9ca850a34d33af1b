from __future__ import annotations

import dataclasses
import enum
import gc
import json
import struct
import sys
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplate_native.encoding import JsonPart, int64_bytes, json_text


class Colour(enum.StrEnum):
    """A text of a few."""

    RED = "red"
    BLUE = "blue"


class Rank(enum.IntEnum):
    """A number of a few."""

    LOW = 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """Hold what ends a branch; the first field has no default."""

    name: str
    number: int = 0
    colour: Colour = Colour.RED
    is_green: bool = False


@dataclass(frozen=True, slots=True)
class Twig:
    """Hold leaves, and nothing that must be given."""

    leaf: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()
    words: tuple[str, ...] = ()
    rank: int = 7


TEXTS = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.text(st.sampled_from('a"\\\n\x00\x1f \x7fé'))
    | st.text("abcdefgh", min_size=7)
)
LEAVES = st.builds(Leaf, TEXTS, st.integers(), st.sampled_from(Colour), st.booleans())
TWIGS = st.builds(Twig, st.none() | LEAVES, st.lists(LEAVES).map(tuple), st.lists(TEXTS).map(tuple))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | LEAVES | TWIGS | st.sampled_from(Rank),
    lambda inner: st.lists(inner).map(tuple),
)


def plain(value: Any) -> Any:
    """Return what *value* is as JSON knows it, without fields at their defaults: slow and obviously right."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        items = ((field, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {field.name: plain(item) for field, item in items if item is not field.default}
    return value


@given(VALUES)
def test_json_is_that_of_the_standard_library(value: Any) -> None:
    """Read by another, the text means the same, and there is nothing in it that could be left out."""
    text = json_text(value)
    assert json.loads(text) == plain(value)
    assert text == json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False)


@given(TWIGS)
def test_what_is_left_out_comes_back(twig: Twig) -> None:
    """A decoder that knows the class fills in the defaults."""
    numbers = (twig.leaf.number if twig.leaf else 0, *(leaf.number for leaf in twig.leaves))
    if all(-(2**63) <= number < 2**63 for number in numbers):  # its own limit
        assert msgspec.json.decode(json_text(twig), type=Twig) == twig


@given(TEXTS)
def test_texts_are_escaped_as_others_do(text: str) -> None:
    """Only quotes, backslashes and control characters are escaped, at any place of the text."""
    assert json_text(text) == msgspec.json.encode(text).decode()


@pytest.mark.parametrize("number", [0, 9, 10, -1, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 10**30])
def test_numbers_of_all_sizes(number: int) -> None:
    """Up to 64 bits and beyond, digits are what Python says they are."""
    assert json_text((number,)) == f"[{number}]"


@given(TWIGS)
def test_a_part_is_written_as_if_it_were_all(twig: Twig) -> None:
    """Only the fields named are written, in the order of their names, defaults left out as ever."""
    named = {name: item for name in ("words", "leaf") for item in [plain(twig).get(name)] if item is not None}
    text = JsonPart(Twig, ["words", "leaf"]).text(twig)
    assert text == json.dumps(named, separators=(",", ":"), ensure_ascii=False)


def test_a_part_is_of_one_class() -> None:
    """A value of another class is refused, and so is the name of a field that there is not."""
    with pytest.raises(TypeError, match="expected Twig, got Leaf"):
        JsonPart(Twig, ["leaf"]).text(Leaf("a"))
    with pytest.raises(KeyError, match="bark"):
        JsonPart(Twig, ["bark"])


def test_long_texts_outgrow_the_first_room() -> None:
    """What is larger than the room on the stack is written whole."""
    value = ("x" * 700, "y" * 700, "z" * 100_000, *range(1000))
    assert json.loads(json_text(value)) == list(value)


@dataclass
class Slotless:
    """A dataclass whose fields lie in a dict."""

    x: int = 0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1.5, "float cannot be written"),
        ([1], "list cannot be written"),
        ({}, "dict cannot be written"),
        (Leaf, "type cannot be written"),
        ((1, (b"x",)), "bytes cannot be written"),
        (Slotless(), r"Slotless\.x is no slot"),
    ],
)
def test_anything_else_is_refused(value: Any, words: str) -> None:
    """The error names the class; a value is never written in part."""
    with pytest.raises(TypeError, match=words):
        json_text(value)


def test_half_a_pair_is_refused() -> None:
    """A text that UTF-8 cannot hold raises, after a long one too, whose memory is given back."""
    with pytest.raises(UnicodeEncodeError):
        json_text(("x" * 5000, "\ud800"))


def test_unset_field_is_named() -> None:
    """A value whose field was never set raises as reading the field would."""
    with pytest.raises(AttributeError, match=r"Leaf\.name is not set"):
        json_text(Leaf.__new__(Leaf))


def test_deep_nesting_is_refused() -> None:
    """200 levels are written, more raise RecursionError and do not end the process."""
    value: tuple[Any, ...] = ()
    for _ in range(199):
        value = (value,)
    assert json_text(value) == "[" * 200 + "]" * 200
    with pytest.raises(RecursionError, match="200 levels"):
        json_text((value,))


def test_nothing_is_kept() -> None:
    """Neither writing nor failing holds on to what was given."""
    leaf = Leaf("name", 10**6)
    values = ((leaf, 1.5), (leaf, leaf))
    before = sys.getrefcount(leaf)
    for value in values * 10:
        try:
            json_text(value)
        except TypeError:
            continue
    gc.collect()
    assert sys.getrefcount(leaf) == before


@given(st.lists(st.integers(-(2**63), 2**63 - 1)).map(tuple))
def test_numbers_as_bytes(numbers: tuple[int, ...]) -> None:
    """The bytes are those that struct packs, and unpack to the same numbers."""
    assert int64_bytes(numbers) == struct.pack(f"<{len(numbers)}q", *numbers)


@pytest.mark.parametrize(
    ("numbers", "error"),
    [
        ((2**63,), OverflowError),
        ((-(2**63) - 1,), OverflowError),
        ((1, "2"), TypeError),
        ((True,), TypeError),
        ((1.0,), TypeError),
        ([1], TypeError),
        (None, TypeError),
    ],
)
def test_numbers_that_do_not_fit(numbers: Any, error: type[Exception]) -> None:
    """Nothing is cut off or taken for a number."""
    with pytest.raises(error):
        int64_bytes(numbers)
