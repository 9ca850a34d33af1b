"""A million operations on each structure leave no memory behind."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplate_native import (
    DigestSet,
    LruCache,
    QuestionIndex,
    SeenMap,
    SeenWindow,
    TokenBuckets,
    normalised_md5,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 10
OPERATIONS = 100_000
SLACK = 1_500_000
"""Bytes; a byte and a half for each operation, where the smallest object has sixteen."""

IS_SANITISED = "libasan" in os.environ.get("LD_PRELOAD", "")
"""Under sanitizers, which keep freed memory and find leaks themselves, only the operations are of use."""

STATM = Path("/proc/self/statm")


def churn_lru() -> None:
    cache: LruCache[int | str, object] = LruCache(100)
    for number in range(OPERATIONS // 4):
        cache[number] = [number]
        cache[f"key {number}"] = number
        cache.get(number)
        cache.pop(f"key {number - 20}", None)


def churn_lru_as_mapping() -> None:
    evicted: list[object] = []
    cache: LruCache[int | str, object] = LruCache(100, lambda key, _value: evicted.append(key))
    for number in range(OPERATIONS // 5):
        cache.setdefault(f"key {number}", [number])
        cache.update([(number, [number])], name=number)
        cache.popitem()
        evicted.clear()
    for capacity in range(1, OPERATIONS // 1000):
        cache.resize(capacity)
        assert cache == dict(cache.items())


def churn_buckets() -> None:
    limiter = TokenBuckets(100.0, 2.0)
    for number in range(OPERATIONS // 2):
        limiter.allow(number, 1_000_000 * number)
        limiter.retry_after(number, 1_000_000 * number)


def churn_window() -> None:
    window = SeenWindow(1000)
    for number in range(10**12, 10**12 + OPERATIONS):
        window.add(number)


def churn_digests() -> None:
    digests = DigestSet()
    for number in range(OPERATIONS // 2):
        digests.add(number.to_bytes(16, "big"))
        digests.discard((number - 10).to_bytes(16, "big") if number >= 10 else bytes(16))


def churn_index() -> None:
    index = QuestionIndex([f"q{number}" for number in range(1000)], range(0, 1000, 50))
    seen = SeenMap(1000)
    for number in range(OPERATIONS // 4):
        index.get(f"q{number}")
        index.pick_unseen(seen, number, (number % 20,), (number % 1000,))
        seen.add(number % 1000)
    for number in range(OPERATIONS // 1000):
        index.draw(40, number)
        seen = SeenMap.from_bytes(seen.copy().to_bytes(), 1000)


def churn_texts() -> None:
    for number in range(OPERATIONS // 10):
        normalised_md5(f"Was gilt an Ampel {number}?")
        normalised_md5(f"e\u0301tape {number} ﬁn")


def churn_errors() -> None:
    cache: LruCache[int, int] = LruCache(10)
    for _ in range(OPERATIONS // 40):
        with pytest.raises(KeyError):
            cache[1]
        with pytest.raises(TypeError):
            cache.get(1.5)  # type: ignore[call-overload]  # what is refused
        with pytest.raises(OverflowError):
            cache.put(2**70, 1)


@pytest.mark.skipif(not STATM.exists(), reason="no /proc: memory of the process is not known")
@pytest.mark.parametrize(
    "churn",
    [
        churn_lru,
        churn_lru_as_mapping,
        churn_buckets,
        churn_window,
        churn_digests,
        churn_index,
        churn_texts,
        churn_errors,
    ],
    ids=lambda churn: churn.__name__,
)
def test_memory_stays(churn: Callable[[], None]) -> None:
    """A process is no larger after a million operations than after the first hundred thousand."""
    for _ in range(2):
        churn()
    before = resident_bytes()
    for _ in range(ROUNDS - 2):
        churn()
    assert resident_bytes() - before < SLACK or IS_SANITISED


def resident_bytes() -> int:
    gc.collect()
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
