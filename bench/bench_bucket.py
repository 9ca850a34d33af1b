"""TokenBuckets against the same algorithm on a dict."""

from __future__ import annotations

import random
import sys
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import pytest

from bench import baselines
from lplate_native import TokenBuckets

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

SECOND = 10**9
buckets = pytest.mark.parametrize("bucket_type", [TokenBuckets, baselines.DictBuckets])


def run_few(benchmark: BenchmarkFixture, run: Callable[[], None]) -> None:
    """Run what takes long in itself a few times."""
    benchmark.pedantic(run, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="bucket-hot-1000-takes")
@buckets
def bench_hot(benchmark: BenchmarkFixture, bucket_type: Callable[[float, float], Any]) -> None:
    limiter = bucket_type(1, 15)
    times = iter(range(SECOND, 10**18, SECOND))

    def run() -> None:
        allow = limiter.allow
        now = next(times)
        for _ in range(1000):
            allow(77, now, 0.01)

    benchmark(run)


@pytest.mark.benchmark(group="bucket-insert-300k-learners")
@buckets
def bench_insert(benchmark: BenchmarkFixture, bucket_type: Callable[[float, float], Any]) -> None:
    learners = random.Random(1).sample(range(1 << 40), 300_000)

    def run() -> None:
        allow = bucket_type(1 / 6, 15).allow
        for learner in learners:
            allow(learner, 0)

    run_few(benchmark, run)


@pytest.mark.benchmark(group="bucket-revisit-300k-learners")
@buckets
def bench_revisit(benchmark: BenchmarkFixture, bucket_type: Callable[[float, float], Any]) -> None:
    learners = random.Random(1).sample(range(1 << 40), 300_000)
    limiter = bucket_type(1 / 6, 15)
    for learner in learners:
        limiter.allow(learner, 0)
    random.Random(2).shuffle(learners)

    def run() -> None:
        allow = limiter.allow
        for learner in learners:
            allow(learner, SECOND, 0.25)

    run_few(benchmark, run)


@pytest.mark.benchmark(group="bucket-grow-to-500k-learners")
def bench_growth_pauses(benchmark: BenchmarkFixture) -> None:
    """Note the longest takes while growing, as extra_info."""
    pauses: list[int] = []
    limiter = TokenBuckets(1 / 6, 15)

    def run() -> None:
        for learner in range(500_000):
            before = perf_counter_ns()
            limiter.allow(learner * 7919, 0)
            pauses.append(perf_counter_ns() - before)

    benchmark.pedantic(run, rounds=1)
    pauses.sort()
    benchmark.extra_info["p99.99_ns"] = pauses[len(pauses) * 9999 // 10_000]
    benchmark.extra_info["longest_ns"] = pauses[-1]
    benchmark.extra_info["bytes_per_learner"] = sys.getsizeof(limiter) / len(limiter)
