"""Histogram against the same counts on a list."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from bench import baselines
from lplate.metrics import SECONDS
from lplate_native import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_benchmark.fixture import BenchmarkFixture


@pytest.mark.benchmark(group="histogram-observe-10k-times")
@pytest.mark.parametrize("histogram_type", [Histogram, baselines.ListHistogram])
def bench_observe(benchmark: BenchmarkFixture, histogram_type: Callable[[Sequence[float]], Any]) -> None:
    draw = random.Random(1)
    times = [draw.lognormvariate(-6, 1) for _ in range(10_000)]
    histogram = histogram_type(SECONDS)

    def run() -> None:
        observe = histogram.observe
        for time_s in times:
            observe(time_s)

    benchmark(run)
