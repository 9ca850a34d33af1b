"""Write the C tables from which the core normalises text: `python native/unicode_tables.py`.

They are frozen at the version of CPython 3.11, the oldest that lplate runs on, so that a text has one digest
on every Python. Normal forms and case foldings of assigned characters never change again (Unicode's stability
policies); a character that is younger than the tables stays as it is.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

VERSION: Final = "14.0.0"
HEADER: Final = Path(__file__).parent / "lplate_native" / "unicode_tables.h"

SPACE, STARTS, NORMAL, JOINS, LONG = 1, 2, 4, 8, 16
"""Bits of a trait: the enum of characters.pxd explains them."""
TRAIT_BITS: Final = 7
FORM_BITS: Final = 6
SLOTS: Final = 2048
"""Of the hash table of compositions, which is then not half full."""
MULTIPLIER: Final = 0x9E3779B1
HANGUL: Final = range(0xAC00, 0xD7A4)
JOINING_JAMO: Final = (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))
WIDTH: Final = 110
PREAMBLE: Final = (
    f"/* Unicode {VERSION}, written by native/unicode_tables.py; characters.pxd explains it. */",
    f'#define LPLATE_UNICODE_VERSION "{VERSION}"',
    "",
)


class Trait(NamedTuple):
    """What the core must know of a character before it looks at its neighbours."""

    shift: int
    flags: int
    combining_class: int


PLAIN: Final = Trait(0, STARTS | NORMAL, 0)


class Unicode:
    """The running Python's database, turned into what the tables hold."""

    def __init__(self) -> None:
        self.forms = dict(decompositions())
        self.pairs = dict(compositions())
        self.joining = {second for _, second in self.pairs} | set(JOINING_JAMO)
        self.long_folds: list[str] = []

    def trait(self, code: int) -> Trait:
        """Return the trait of a character; a fold of several characters is noted."""
        char = chr(code)
        flags, combining_class = self._place(code), unicodedata.combining(char)
        fold = char.casefold()
        if unicodedata.normalize("NFKC", char).isspace():
            return Trait(0, flags | SPACE, 0)
        if not is_normal(code):
            return Trait(0, flags, combining_class)
        if len(fold) > 1:
            self.long_folds.append(fold)
            return Trait(len(self.long_folds) - 1 - code, flags | NORMAL | LONG, combining_class)
        return Trait(ord(fold) - code, flags | (0 if flags & JOINS else NORMAL), combining_class)

    def _place(self, code: int) -> int:
        first = ord(self.forms.get(code, chr(code))[0])
        joins = JOINS if code in self.joining else 0
        return joins | (0 if unicodedata.combining(chr(first)) or first in self.joining else STARTS)


def is_normal(code: int) -> bool:
    """Return True if NFKC leaves the character, alone, as it is."""
    return unicodedata.is_normalized("NFKC", chr(code))


def decompositions() -> Iterator[tuple[int, str]]:
    """Yield all characters that NFKD changes; of Hangul syllables the core knows without a table."""
    for code in range(sys.maxunicode + 1):
        form = unicodedata.normalize("NFKD", chr(code))
        if form != chr(code) and code not in HANGUL:
            yield code, form


def compositions() -> Iterator[tuple[tuple[int, int], int]]:
    """Yield two characters and what NFC makes of them; the exclusions are left out."""
    for code in range(sys.maxunicode + 1):
        match unicodedata.decomposition(chr(code)).split():
            case [first, second] if "<" not in first and is_normal(code):
                yield (int(first, 16), int(second, 16)), code


def folded_blocks(values: Sequence[int], bits: int) -> tuple[list[int], list[int]]:
    """Return a table of two stages: the block of each 2**bits *values*, and the different blocks in a row.

    The last entry of the first stage is a block of zeros, for what is beyond.
    """
    size = 1 << bits
    numbers: dict[tuple[int, ...], int] = {}
    used = max(index for index, value in enumerate(values) if value) + 1
    index = [
        numbers.setdefault(tuple(values[start : start + size]), len(numbers))
        for start in range(0, used + size, size)
    ]
    return index, [value for block in numbers for value in block]


def pool_of(forms: Mapping[int, str]) -> tuple[list[int], dict[str, int]]:
    """Return zero-terminated UTF-16 of all *forms*, long ones first, as short ones may be the end of them.

    The first unit is unused: place 0 means that there is no form.
    """
    pool = [0]
    places: dict[str, int] = {}
    for form in sorted(set(forms.values()), key=lambda form: (-len(form), form)):
        if form in places:
            continue
        for start in range(len(form)):
            before = len(form[:start].encode("utf-16-le")) // 2
            places.setdefault(form[start:], len(pool) + before)
        octets = form.encode("utf-16-le")
        pool += [int.from_bytes(octets[at : at + 2], "little") for at in range(0, len(octets), 2)]
        pool.append(0)
    return pool, places


def slots_of(pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Return the hash table: numbers of *pairs* from 1 on, each at its slot or the next free one."""
    slots = [0] * SLOTS
    for number, (first, second) in enumerate(pairs, 1):
        slot = ((first * MULTIPLIER + second) * MULTIPLIER % 2**32) >> 21
        while slots[slot]:
            slot = (slot + 1) % SLOTS
        slots[slot] = number
    return slots


def array(kind: str, name: str, values: Sequence[object]) -> Iterator[str]:
    """Yield the lines of a C array."""
    yield f"static const {kind} lplate_{name}[{len(values)}] = {{"
    line = " "
    for value in values:
        if len(line) + len(f" {value},") > WIDTH:
            yield line
            line = " "
        line += f" {value},"
    yield from (line, "};", "")


def braced(*numbers: int) -> str:
    """Return a C initialiser."""
    return f"{{{','.join(map(str, numbers))}}}"


def tables() -> Iterator[str]:
    """Yield the lines of all tables."""
    database = Unicode()
    numbers: dict[Trait, int] = {PLAIN: 0}
    traits = [numbers.setdefault(database.trait(code), len(numbers)) for code in range(sys.maxunicode + 1)]
    pool, places = pool_of(database.forms)
    forms = [
        places[database.forms[code]] if code in database.forms else 0
        for code in range(max(database.forms) + 1)
    ]
    trait_index, trait_blocks = folded_blocks(traits, TRAIT_BITS)
    form_index, form_blocks = folded_blocks([*forms, *[0] * (2 << FORM_BITS)], FORM_BITS)
    pairs = sorted(database.pairs)
    long_folds = [braced(*(ord(char) for char in fold.ljust(3, "\0"))) for fold in database.long_folds]
    yield from array("lplate_trait", "traits", [braced(*trait) for trait in numbers])
    yield from array("uint8_t", "trait_index", trait_index)
    yield from array("uint8_t", "trait_blocks", trait_blocks)
    yield from array("lplate_fold", "long_folds", long_folds)
    yield from array("uint8_t", "form_index", form_index)
    yield from array("uint16_t", "form_blocks", form_blocks)
    yield from array("uint16_t", "forms", pool)
    yield from array("uint16_t", "pair_slots", slots_of(pairs))
    yield from array("lplate_pair", "pairs", [braced(*pair, database.pairs[pair]) for pair in pairs])


def header() -> str:
    """Return the text of the header; only a Python with the frozen version of Unicode can."""
    if unicodedata.unidata_version != VERSION:
        raise SystemExit(
            f"this Python knows Unicode {unicodedata.unidata_version}, the tables are of {VERSION}: use 3.11"
        )
    return "\n".join((*PREAMBLE, *tables()))


if __name__ == "__main__":
    HEADER.write_text(header(), encoding="ascii")
