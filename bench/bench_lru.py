"""LruCache: hits, evictions and a skewed mix, with int and str keys. Times are of 1000 operations."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

import pytest

from bench import baselines
from lplate_native import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

OPERATIONS = 1000


class Cache(Protocol):
    def get(self, key: int | str, default: object = None) -> object: ...
    def put(self, key: int | str, value: object) -> None: ...


def int_key(number: int) -> int:
    return 10_000_000_000 + number * 7919


def str_key(number: int) -> str:
    return f"question-{number}"


caches = pytest.mark.parametrize("cache_type", [LruCache, baselines.OrderedDictLru])
keys = pytest.mark.parametrize("make_key", [int_key, str_key])
capacities = pytest.mark.parametrize("capacity", [128, 10_000])


@pytest.mark.benchmark(group="lru-hit")
@caches
@keys
@capacities
def bench_lru_hit(
    benchmark: BenchmarkFixture,
    cache_type: Callable[[int], Cache],
    make_key: Callable[[int], int | str],
    capacity: int,
) -> None:
    cache = cache_type(capacity)
    for number in range(capacity):
        cache.put(make_key(number), number)
    order = [make_key(random.Random(seed).randrange(capacity)) for seed in range(OPERATIONS)]

    def run() -> None:
        get = cache.get
        for key in order:
            get(key)

    benchmark(run)


@pytest.mark.benchmark(group="lru-put-evict")
@caches
@keys
@capacities
def bench_lru_put_evict(
    benchmark: BenchmarkFixture,
    cache_type: Callable[[int], Cache],
    make_key: Callable[[int], int | str],
    capacity: int,
) -> None:
    cache = cache_type(capacity)
    for number in range(capacity):
        cache.put(make_key(number), number)
    rounds = [
        [make_key(capacity + number + 1000 * turn) for number in range(OPERATIONS)] for turn in range(100)
    ]
    turns = iter(range(10**9))

    def run() -> None:
        put = cache.put
        for key in rounds[next(turns) % 100]:
            put(key, key)

    benchmark(run)


@pytest.mark.benchmark(group="lru-zipf")
@caches
@keys
@capacities
def bench_lru_zipf(
    benchmark: BenchmarkFixture,
    cache_type: Callable[[int], Cache],
    make_key: Callable[[int], int | str],
    capacity: int,
) -> None:
    cache = cache_type(capacity)
    generator = random.Random(1)
    order = [make_key(min(int(generator.paretovariate(0.8)), capacity * 50)) for _ in range(OPERATIONS)]

    def run() -> None:
        get, put = cache.get, cache.put
        for key in order:
            if get(key) is None:
                put(key, key)

    benchmark(run)
