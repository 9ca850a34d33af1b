"""Digests and mixing against Python."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lplate_native import mix64, normalised_md5, normalised_md5_many
from models import normalised_md5 as reference
from models import split_mix

EXAMPLES = settings(max_examples=400, deadline=None)
SPACES = "".join(chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace())
WORDS = [
    "Ёлка",
    "ёлка",
    "e\u0301",
    "é",
    "ﬁne",
    "№ 5",
    "ß",
    "İ",
    "ΐ",
    "Ω",
    "가",
    "각",
    "กำ",
    "क़",
    "…",
    "½",
    "\ud800",
    "\U0001f6a6",
]


@given(st.text())
@EXAMPLES
def test_any_text_digests_as_defined(text: str) -> None:
    """The digest of any text is that of the Python definition."""
    assert normalised_md5(text) == reference(text)


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from([*SPACES, "  "]), st.text(max_size=3))))
@EXAMPLES
def test_words_and_spaces_digest_as_defined(parts: list[str]) -> None:
    """Texts of words that normalising changes, with every kind of white space, digest as defined."""
    text = "".join(parts)
    assert normalised_md5(text) == reference(text)


@pytest.mark.parametrize("length", [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_000])
def test_every_length_digests_as_md5(length: int) -> None:
    """Texts around the block length of MD5, and long ones, digest as hashlib does."""
    for letter in ("a", "я", "道"):
        text = letter * length
        assert normalised_md5(text) == hashlib.md5(text.encode(), usedforsecurity=False).digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("  ЩИТ\tи ключ ", "щит и ключ"),
        ("STRASSE", "straße"),
        ("ﬁne", "FINE"),
        ("e\u0301", "É"),
        ("\uff11\uff12", "12"),
        ("\u3000a\u00a0b\x1f", "a b"),
    ],
)
def test_form_case_and_spacing_do_not_matter(one: str, other: str) -> None:
    """Texts that differ in form, case or spacing only have one digest."""
    assert normalised_md5(one) == normalised_md5(other)


def test_content_matters() -> None:
    """Texts that differ in a letter, an accent or a word boundary have different digests."""
    texts = ["ab", "a b", "abc", "áb", "\u0430 b"]
    assert len(set(normalised_md5_many(texts))) == len(texts)


def test_many_is_each() -> None:
    """normalised_md5_many() takes any iterable and gives the digest of each."""
    assert normalised_md5_many(iter(WORDS)) == [reference(word) for word in WORDS]


def test_subclasses_count_as_their_text() -> None:
    """A str subclass digests as its text, whatever it says it is."""

    class Odd(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "other"

    assert normalised_md5(Odd("a\u0301")) == normalised_md5("á")
    assert normalised_md5(Odd("text")) == normalised_md5("text")


@pytest.mark.parametrize("text", [None, b"a", 5])
def test_other_types_are_refused(text: Any) -> None:
    """What is no str raises TypeError."""
    with pytest.raises(TypeError):
        normalised_md5(text)
    with pytest.raises(TypeError):
        normalised_md5_many([text])


@given(st.integers(-(2**63), 2**64 - 1))
@EXAMPLES
def test_mix64_is_the_published_function(key: int) -> None:
    """mix64() is the step of SplitMix64 without its increment, modulo 2**64."""
    expected = next(split_mix((key - 0x9E3779B97F4A7C15) % 2**64))
    assert mix64(key) == expected


@pytest.mark.parametrize("key", [2**64, -(2**63) - 1])
def test_mix64_takes_64_bits(key: int) -> None:
    """A key over 64 bits raises OverflowError, one that is no int TypeError."""
    with pytest.raises(OverflowError):
        mix64(key)
    not_an_int: Any = 1.5
    with pytest.raises(TypeError):
        mix64(not_an_int)
