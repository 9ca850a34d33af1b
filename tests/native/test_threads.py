"""The containers in the hands of many threads."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

import pytest

from lplate_native import DigestSet, Histogram, LruCache, QuestionIndex, SeenMap, SeenWindow, TokenBuckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")

THREADS = 8
STEPS = 3_000


@pytest.fixture(autouse=True)
def restless_interpreter() -> Iterator[None]:
    """Let the interpreter change threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], Result]) -> list[Result]:
    """Run *work* in THREADS threads that start together, each with its number, and return the results."""
    start = Barrier(THREADS)

    def run(number: int) -> Result:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_cache_keeps_pairs_and_counts() -> None:
    """No thread ever finds a value under another's key, and hits, misses, evictions and sizes add up."""
    evicted: list[int | str] = []
    cache: LruCache[int | str, list[int | str]] = LruCache(50, lambda key, _value: evicted.append(key))

    def use(number: int) -> int:
        generator = random.Random(number)
        removed = 0
        for _ in range(STEPS):
            key: int | str = generator.randrange(100)
            key = key if generator.random() < 0.5 else str(key)
            found = cache.get(key)
            if found is None:
                cache[key] = [key]
            else:
                assert found == [key]
            removed += cache.pop(generator.randrange(100), None) is not None
            assert len(cache) <= 50
        return removed

    removed = sum(in_threads(use))
    stats = cache.stats()
    assert stats.hits + stats.misses == THREADS * STEPS
    assert stats.evictions == len(evicted)
    assert stats.size == len(cache.items()) == len(set(cache)) <= 50
    assert removed > 0
    assert all(value == [key] for key, value in cache.items())


def test_cache_changes_size_under_way() -> None:
    """Threads that resize, clear and list a cache while others fill it leave it consistent."""
    cache: LruCache[int, int] = LruCache(20)

    def use(number: int) -> None:
        for step in range(STEPS // 10):
            cache.put(step % 37, -(step % 37))
            if number == 0:
                cache.resize(5 + step % 30)
            elif number == 1 and step % 50 == 0:
                cache.clear()
            assert all(value == -key for key, value in cache.items())

    in_threads(use)
    items = cache.items()
    assert len(items) == len(cache) == len(dict(items)) <= cache.capacity
    assert all(cache.peek(key) == value for key, value in items)


def test_every_key_is_new_to_one_thread() -> None:
    """Of threads that add the same keys, exactly one is told of each that it was new."""
    window, digests, seen = SeenWindow(STEPS), DigestSet(), SeenMap(STEPS)

    def use(_: int) -> tuple[int, int, int]:
        news = [
            (window.add(key), digests.add(key.to_bytes(16, "big")), seen.add(key)) for key in range(STEPS)
        ]
        return sum(new for new, _, _ in news), sum(new for _, new, _ in news), sum(new for _, _, new in news)

    totals = [sum(each) for each in zip(*in_threads(use), strict=True)]
    assert totals == [STEPS] * 3 == [len(window), len(digests), len(seen)]


def test_no_token_is_taken_twice() -> None:
    """Threads that empty the same buckets get their burst and no more, while others sweep and dump."""
    limiter = TokenBuckets(1.0, 40.0)

    def use(number: int) -> int:
        granted = sum(limiter.allow(key % 60, 10**9) for key in range(STEPS))
        if number % 2:
            limiter.sweep(10**9)
            assert len(limiter.dump(10**9)) == 8 + 16 * len(limiter)
        return granted

    assert sum(in_threads(use)) == 60 * 40


def test_index_picks_while_others_mark() -> None:
    """A pick is of the topic, whatever other threads mark as seen meanwhile."""
    index, seen = QuestionIndex(range(1000), range(0, 1000, 100)), SeenMap(1000)

    def use(number: int) -> None:
        for step in range(STEPS // 10):
            picked = index.pick_unseen(seen, step, (number,))
            if picked is not None:
                assert number * 100 <= picked < number * 100 + 100
                seen.add(picked)

    in_threads(use)
    assert [index.count_unseen(seen, (topic,)) for topic in range(10)] == [0] * THREADS + [100] * 2


def test_the_gil_is_on() -> None:
    """Once the core is imported, the GIL is on, in a Python built without it too."""
    is_gil_enabled: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)  # new in 3.13
    assert is_gil_enabled()


def test_histogram_loses_no_value() -> None:
    """What many threads observe at the same time is counted, all of it."""
    histogram = Histogram([1, 2, 4])

    def use(number: int) -> None:
        for _ in range(STEPS):
            histogram.observe(number)

    in_threads(use)
    assert histogram.counts == (2 * STEPS, STEPS, 2 * STEPS, 3 * STEPS)
    assert histogram.sum == sum(range(THREADS)) * STEPS
