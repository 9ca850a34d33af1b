"""SeenWindow and DigestSet against sets. Times are of 10,000 operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench import baselines
from lplate_native import DigestSet, SeenMap, SeenWindow

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

OPERATIONS = 10_000


@pytest.mark.benchmark(group="window-add-new-of-100k")
@pytest.mark.parametrize("window_type", [SeenWindow, baselines.SetWindow])
def bench_window_add(benchmark: BenchmarkFixture, window_type: Callable[[int], Any]) -> None:
    window = window_type(100_000)
    for key in range(100_000):
        window.add(key)
    starts = iter(range(100_000, 10**12, OPERATIONS))

    def run() -> None:
        add = window.add
        start = next(starts)
        for key in range(start, start + OPERATIONS):
            add(key)

    benchmark(run)


@pytest.mark.benchmark(group="digests-fill-100k")
@pytest.mark.parametrize("set_type", [DigestSet, baselines.SetOfDigests])
def bench_digests_fill(benchmark: BenchmarkFixture, set_type: Callable[[], Any]) -> None:
    digests = [baselines.normalised_md5(str(number)) for number in range(100_000)]

    def run() -> None:
        add = set_type().add
        for digest in digests:
            add(digest)

    benchmark(run)


@pytest.mark.benchmark(group="map-3k-round-trip")
def bench_map_round_trip(benchmark: BenchmarkFixture) -> None:
    seen = SeenMap(3000)
    for ordinal in range(0, 3000, 3):
        seen.add(ordinal)
    benchmark(lambda: SeenMap.from_bytes(seen.to_bytes(), 3000))
