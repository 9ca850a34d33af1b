"""What one would write in plain Python instead of the native containers, written well."""

from __future__ import annotations

import hashlib
import random
import unicodedata
from bisect import bisect_left
from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class OrderedDictLru:
    """The recipe of the collections documentation."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.pairs: OrderedDict[int | str, object] = OrderedDict()

    def get(self, key: int | str, default: object = None) -> object:
        try:
            self.pairs.move_to_end(key)
        except KeyError:
            return default
        return self.pairs[key]

    def put(self, key: int | str, value: object) -> None:
        self.pairs[key] = value
        self.pairs.move_to_end(key)
        if len(self.pairs) > self.capacity:
            self.pairs.popitem(last=False)


class SetWindow:
    """A set and the order of its keys."""

    def __init__(self, capacity: int) -> None:
        self.keys: set[int] = set()
        self.order: deque[int] = deque()
        self.capacity = capacity

    def add(self, key: int) -> bool:
        if key in self.keys:
            return False
        if len(self.order) == self.capacity:
            self.keys.discard(self.order.popleft())
        self.keys.add(key)
        self.order.append(key)
        return True


class SetOfDigests(set[bytes]):
    """A set whose add() tells whether the digest was new."""

    def add(self, digest: bytes) -> bool:  # type: ignore[override]  # tells what set.add does not
        if digest in self:
            return False
        super().add(digest)
        return True


class DictBuckets:
    """The generic cell rate algorithm on a dict."""

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self.token_ns = 1e9 / rate_per_s
        self.burst_ns = burst * self.token_ns
        self.full_at: dict[int, float] = {}

    def allow(self, key: int, now_ns: int, cost: float = 1.0) -> bool:
        full_at = max(self.full_at.get(key, 0.0), now_ns) + cost * self.token_ns
        if full_at - now_ns > self.burst_ns:
            return False
        self.full_at[key] = full_at
        return True


class RejectingPicker:
    """Blind tries on a set of seen ordinals, then a list of what is left."""

    def __init__(self, size: int) -> None:
        self.size = size

    def pick_unseen(self, seen: set[int], seed: int, span: tuple[int, int] | None = None) -> int | None:
        start, stop = span or (0, self.size)
        generator = random.Random(seed)
        for _ in range(32):
            ordinal = generator.randrange(start, stop)
            if ordinal not in seen:
                return ordinal
        unseen = [ordinal for ordinal in range(start, stop) if ordinal not in seen]
        return generator.choice(unseen) if unseen else None


class SetPicker:
    """The difference of two sets."""

    def __init__(self, size: int) -> None:
        self.ordinals = set(range(size))

    def pick_unseen(self, seen: set[int], seed: int, topic: set[int] | None = None) -> int | None:
        unseen = list((self.ordinals if topic is None else topic) - seen)
        return unseen[seed % len(unseen)] if unseen else None


def dict_index(ids: Sequence[int | str]) -> dict[int | str, int]:
    """Return the ordinals by id."""
    return {name: ordinal for ordinal, name in enumerate(ids)}


def normalised_md5(text: str) -> bytes:
    """Digest as documented, with the C code of the standard library."""
    normal = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.md5(normal.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()


def normalised_md5_many(texts: Iterable[str]) -> list[bytes]:
    """Digest each of *texts*."""
    return [normalised_md5(text) for text in texts]


class ListHistogram:
    """Histogram on a list, the bucket found by bisection."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value
