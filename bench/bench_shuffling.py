"""Reproducible orders of four options from a seed: compiled, and by Python's own generator, 1,000 a round."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from lplate_native.shuffling import mixed, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture


def by_seed(number: int) -> tuple[int, ...]:
    return shuffled(4, mixed(number, 2, 3, 4))


def by_generator(number: int) -> tuple[int, ...]:
    return tuple(random.Random(number).sample(range(4), 4))


@pytest.mark.benchmark(group="shuffling-1k-orders")
@pytest.mark.parametrize("order", [by_seed, by_generator])
def bench_order(benchmark: BenchmarkFixture, order: Callable[[int], tuple[int, ...]]) -> None:
    def run() -> None:
        for number in range(1000):
            order(number)

    benchmark(run)
