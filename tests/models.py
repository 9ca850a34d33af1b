"""Slow and obviously right twins of the native containers, in plain Python."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import OrderedDict
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1


YOUNGER = re.compile(
    "[\u0558\u058b\u058c\u05c8\u05c9\u0897\u1acf-\u1af0\u1c89\u1c8a\u209d-\u209f\ua7cb-\ua7cf\ua7d2\ua7d4\ua7da-\ua7f1"
    "\uab6c\uab6d\U000105c9-\U000105e4\U000107bb-\U000107bf\U00010d50-\U00010d85\U00010ecb-\U00010eff"
    "\U00011382-\U000113d0\U00011f41\U00011f42\U0001611e-\U0001612f\U00016d63-\U00016d6a\U00016ea0-\U00016ed3"
    "\U0001b123-\U0001b126\U0001ccd6-\U0001ccf9\U0001d127\U0001d128\U0001d250-\U0001d281\U0001d6a6"
    "\U0001df1f-\U0001dfff\U0001e030-\U0001e08f\U0001e4ec-\U0001e6f5]"
)
"""All that Unicode 15 to 18 gave a form, a case or a class; unassigned in Unicode 14, as the core sees it."""


def normalised_md5(text: str) -> bytes:
    """Return the digest as documented; characters younger than that are hidden from the running Python."""
    younger = sorted(set(YOUNGER.findall(text)))
    private = (code for code in range(0xF0000, 0xFFFFE) if chr(code) not in text)
    hidden = {ord(char): code for char, code in zip(younger, private, strict=False)}
    normal = " ".join(unicodedata.normalize("NFKC", text.translate(hidden)).casefold().split())
    shown = normal.translate({code: char for char, code in hidden.items()})
    return hashlib.md5(shown.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()


def table_hash(word: int) -> int:
    """Return what the native table takes slots and tags from: a 64 x 64 bit product, its halves folded."""
    product = (word % 2**64) * 0x9E3779B97F4A7C15
    return (product ^ product >> 64) % 2**64


def colliding_keys(count: int, bits: int = 10) -> list[int]:
    """Return *count* keys whose home in every table of up to 2**bits slots is the last group."""
    keys = (key for key in range(2**62) if table_hash(key) % 2**bits == 2**bits - 1)
    return [next(keys) for _ in range(count)]


LOOKALIKES = (10931, 21424, 21401, 29141)
"""Two pairs of keys that the slots of no table can tell apart: one home and one tag."""


class LruModel:
    """Keep an OrderedDict, the least recent key first, and every pair that was pushed out."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.pairs: OrderedDict[int | str, object] = OrderedDict()
        self.evicted: list[tuple[int | str, object]] = []
        self.hits = 0
        self.misses = 0

    def get(self, key: int | str, default: object = None) -> object:
        if key not in self.pairs:
            self.misses += 1
            return default
        self.hits += 1
        self.pairs.move_to_end(key)
        return self.pairs[key]

    def put(self, key: int | str, value: object) -> None:
        self.pairs[key] = value
        self.pairs.move_to_end(key)
        self._shrink()

    def resize(self, capacity: int) -> None:
        self.capacity = capacity
        self._shrink()

    def pop_oldest(self) -> tuple[int | str, object]:
        return self.pairs.popitem(last=False)

    def _shrink(self) -> None:
        while len(self.pairs) > self.capacity:
            self.evicted.append(self.pairs.popitem(last=False))

    def items(self) -> list[tuple[int | str, object]]:
        return list(reversed(self.pairs.items()))


class WindowModel:
    """Keep the keys in a list, the oldest first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.keys: list[int] = []

    def add(self, key: int) -> bool:
        if key in self.keys:
            return False
        self.keys = [*self.keys, key][-self.capacity :]
        return True


class BucketModel:
    """Let every key owe time, exactly, and pay it back as time goes by."""

    def __init__(self, classes: Sequence[tuple[Fraction, Fraction]]) -> None:
        """Take (rate_per_s, burst) of each class."""
        self.token_ns = [10**9 / rate for rate, _ in classes]
        self.burst_ns = [burst * 10**9 / rate for rate, burst in classes]
        self.full_at: dict[int, Fraction] = {}

    def debt(self, key: int, now_ns: int) -> Fraction:
        latest = now_ns + max(self.burst_ns)
        if self.full_at.get(key, Fraction(0)) > latest:
            self.full_at[key] = latest
        return max(self.full_at.get(key, Fraction(0)) - now_ns, Fraction(0))

    def forget_full(self, now_ns: int) -> None:
        self.full_at = {key: at for key, at in self.full_at.items() if at > now_ns}

    def allow(self, key: int, now_ns: int, cost: Fraction, class_id: int) -> bool:
        debt = self.debt(key, now_ns) + cost * self.token_ns[class_id]
        if debt > self.burst_ns[class_id]:
            return False
        if debt:
            self.full_at[key] = now_ns + debt
        return True

    def wait_ns(self, key: int, now_ns: int, cost: Fraction, class_id: int) -> Fraction:
        debt = self.debt(key, now_ns) + cost * self.token_ns[class_id]
        return max(Fraction(0), debt - self.burst_ns[class_id])

    def tokens(self, key: int, now_ns: int, class_id: int) -> Fraction:
        return max(Fraction(0), self.burst_ns[class_id] - self.debt(key, now_ns)) / self.token_ns[class_id]


class IndexModel:
    """Hold ids in a list and the questions of each topic in a set."""

    def __init__(
        self, ids: Sequence[int | str], starts: Sequence[int], further: Mapping[int, Iterable[int]]
    ) -> None:
        self.ids = list(ids)
        ends = [*starts[1:], len(ids)]
        self.owned = list(zip(starts, ends, strict=False)) if starts else []
        self.topics = [set(range(start, end)) for start, end in self.owned]
        for topic, ordinals in further.items():
            self.topics[topic] |= set(ordinals)

    def pool(self, topics: Iterable[int] | None, avoid: Iterable[int]) -> set[int]:
        everything = set(range(len(self.ids)))
        chosen = everything if topics is None else set().union(*(self.topics[topic] for topic in topics))
        return chosen - set(avoid)


def random_below(words: Iterator[int], bound: int) -> int:
    """Scale the high half of a word to 0 to *bound* - 1; skip words that would favour some numbers."""
    while True:
        product = (next(words) >> 32) * bound
        if product % 2**32 >= 2**32 % bound:
            return product >> 32


def split_mix(seed: int) -> Iterator[int]:
    """Yield the words of SplitMix64."""
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        word = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
        yield word ^ word >> 31


def mixed(*parts: int) -> int:
    """Return the parts stirred into a word, one after the other: the sum with each starts SplitMix64 anew."""
    state = 0
    for part in parts:
        state = next(split_mix((state + part) % 2**64))
    return state


def shuffled(size: int, seed: int) -> tuple[int, ...]:
    """Return 0 to *size* - 1, each from the last on exchanged with one before: the next digit of the seed."""
    order = list(range(size))
    for last in range(size - 1, 0, -1):
        if last % 8 == 0:
            seed = mixed(seed, last)
        seed, other = divmod(seed, last + 1)
        order[last], order[other] = order[other], order[last]
    return tuple(order)
