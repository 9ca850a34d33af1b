"""The frozen tables of Unicode, and normal forms made from them, against those of the running Python."""

from __future__ import annotations

import hashlib
import runpy
import sys
import unicodedata
from itertools import islice, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lplate_native import UNICODE_VERSION, normalised_md5, normalised_md5_many
from models import YOUNGER, split_mix
from models import normalised_md5 as reference

ROOT = Path(__file__).parents[2]
EVERY = range(sys.maxunicode + 1)
LEADING, VOWELS, TRAILING = range(0x1100, 0x1113), range(0x1161, 0x1176), range(0x11A8, 0x11C3)
MARKS = [chr(code) for code in EVERY if unicodedata.combining(chr(code)) and not YOUNGER.match(chr(code))]
APART = [form for code in EVERY if (form := unicodedata.normalize("NFKD", chr(code))) != chr(code)]
PIECES = sorted(
    {char for form in APART for char in form} | {chr(code) for code in (*LEADING, *VOWELS, *TRAILING)}
)
CHANGING = [chr(code) for code in EVERY if chr(code).casefold() != chr(code)] + [
    chr(code) for code in EVERY if not unicodedata.is_normalized("NFKC", chr(code))
]
CORPUS = "4e7773fec443405627355e0ac9cb9d2d"
"""MD5 of the digests of corpus(), on every Python."""


def differing(texts: list[str]) -> list[str]:
    """Return those *texts* that do not digest as the definition says."""
    return [text for text in texts if normalised_md5(text) != reference(text)]


def compositions() -> list[str]:
    """Return all pairs of characters that may compose, Hangul left out."""
    parts = (unicodedata.decomposition(chr(code)).split() for code in EVERY)
    pairs = (part for part in parts if len(part) == 2 and "<" not in part[0])
    return ["".join(chr(int(code, 16)) for code in pair) for pair in pairs]


def corpus() -> list[str]:
    """Return 20,000 texts of characters from all over, younger and unassigned ones too, the same for ever."""
    words = split_mix(14)
    limits = (0x80, 0x250, 0x3100, 0x3100, 0x10000, 0x20000, 0x30000, 0x110000)
    return [
        "".join(chr((word >> 8) % limits[word % len(limits)]) for word in islice(words, length % 40))
        for length in range(20_000)
    ]


@pytest.mark.parametrize("pattern", ["{}", "a{} b", "e{}\u0301", "A\u0323{}  \u0301"])
def test_every_character(pattern: str) -> None:
    """Each character digests as defined alone, and each that may matter between letters and marks."""
    codes = EVERY if pattern == "{}" else (*range(0x30000), *range(0xE0000, 0xE0200))
    assert differing([pattern.format(chr(code)) for code in codes]) == []


def test_every_composition() -> None:
    """Each pair that may compose does or does not as defined, also with a mark between that may block."""
    pairs = compositions()
    assert len(pairs) > 1_000
    between = ("", "\u0323", "\u0301", "\u0345", "\u093c", "a")
    assert differing([f"{pair[0]}{mark}{pair[1]}." for pair in pairs for mark in between]) == []


def test_every_decomposition() -> None:
    """Each decomposed character digests as the composed one, as defined, whatever follows."""
    texts = [form + end for form in APART for end in ("", " b", "\u0301", "\u1161")]
    assert len(texts) > 40_000
    assert differing(texts) == []


def test_every_two_marks() -> None:
    """Two marks on a letter are sorted as defined, whichever classes they have."""
    of_each_class = {unicodedata.combining(mark): mark for mark in MARKS}
    assert len(of_each_class) > 50
    joining = sorted({pair[1] for pair in compositions()})
    marks = [*of_each_class.values(), *joining]
    assert differing([f"u{one}{other}" for one, other in product(marks, marks)]) == []


def test_hangul() -> None:
    """Jamo compose to syllables as defined, in every order, with marks and syllables between."""
    some = "\u1100\u1112\u1113\u1160\u1161\u1175\u1176\u11a7\u11a8\u11c2\u11c3가각\u0301a"
    assert differing(["".join(jamo) for jamo in product(some, repeat=4)]) == []
    syllables = [chr(code) for code in range(0xAC00, 0xD7A4)]
    apart = [unicodedata.normalize("NFD", syllable) for syllable in syllables]
    assert normalised_md5_many(apart) == [reference(syllable) for syllable in syllables]


@given(st.text(st.sampled_from([*MARKS, *PIECES, *CHANGING, *" \t\u00a0\u2028a가\x00\ud800\U0001f6a6"])))
@settings(max_examples=1500, deadline=None)
def test_what_normalising_changes(text: str) -> None:
    """Texts of nothing but marks, pieces of decompositions and characters that change digest as defined."""
    assert normalised_md5(text) == reference(text)


@pytest.mark.parametrize("count", [31, 32, 33, 64, 65, 200])
def test_many_marks_on_a_letter(count: int) -> None:
    """Marks in any order on one letter are sorted as defined, also if there are more than the stack holds."""
    words = split_mix(count)
    marks = "".join(MARKS[word % len(MARKS)] for word in islice(words, count))
    texts = [f"x{marks}", f"u{marks}\u0308", f" {marks} {marks[::-1]}e", marks * 2]
    assert differing(texts) == []


def test_a_million_marks_on_a_letter() -> None:
    """A hostile run of marks, which quadratic sorting would need hours for, is sorted, stably."""
    marks = "\U0001d16d\u0315\u0302\u0323\u0334" * 200_000
    text = f"Q{marks}"
    expected = "q" + "".join(sorted(marks, key=unicodedata.combining))
    assert normalised_md5(text) == hashlib.md5(expected.encode(), usedforsecurity=False).digest()


@pytest.mark.parametrize(
    "piece", ["\u1161", "\u11a8", "\u0301", "\u0b3e\u0b57", "\ufdfa", "\u1e9e", "\u3099가"]
)
def test_long_runs(piece: str) -> None:
    """Long runs of what joins or grows digest as defined, over many blocks of MD5."""
    assert differing([f"{start}{piece * 400}" for start in ("", "\u1100", "a ", "\U0001f6a6")]) == []


def test_one_digest_on_every_python() -> None:
    """The digests of many strange texts are pinned: they are the same on every Python and for ever."""
    digests = b"".join(normalised_md5_many(corpus()))
    assert hashlib.md5(digests, usedforsecurity=False).hexdigest() == CORPUS


def test_younger_characters_stay() -> None:
    """A letter that Unicode 16 gave a small one is no letter in the frozen version, and no mark is a mark."""
    assert normalised_md5("\U00010d50") != normalised_md5("\U00010d70")
    blocked = "q\u0315\u0897\u0323"
    assert normalised_md5(blocked) == hashlib.md5(blocked.encode(), usedforsecurity=False).digest()


def test_tables_are_those_of_the_generator() -> None:
    """The committed tables are of the version told and, if this Python has it, as generated."""
    generator = ROOT / "native" / "unicode_tables.py"
    if not generator.exists():
        pytest.skip("no source tree")
    names = runpy.run_path(str(generator))
    tables = names["HEADER"].read_text(encoding="ascii")
    assert tables.startswith(f"/* Unicode {UNICODE_VERSION},")
    if unicodedata.unidata_version == UNICODE_VERSION:
        assert tables == names["header"]()
        assert {unicodedata.category(char) for char in map(chr, EVERY) if YOUNGER.match(char)} == {"Cn"}
