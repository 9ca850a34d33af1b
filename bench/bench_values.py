"""Frozen dataclasses made and changed by the compiled core and by the standard library, 1,000 a round."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lplate_native.values import copied, prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture


@dataclass(frozen=True, slots=True)
class Plain:
    number: int
    step: int
    phase: str
    question: str
    order: tuple[int, ...] = ()
    chosen: int = 0
    was_right: bool = False
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    number: int
    step: int
    phase: str
    question: str
    order: tuple[int, ...] = ()
    chosen: int = 0
    was_right: bool = False
    recent: tuple[str, ...] = ()


prepare(Prepared)


@pytest.mark.benchmark(group="values-make-8-fields")
@pytest.mark.parametrize("kind", [Prepared, Plain])
def bench_values_make(benchmark: BenchmarkFixture, kind: Callable[..., Any]) -> None:
    def run() -> None:
        for number in range(1000):
            kind(number, 2, "question", "id", (0, 1, 2), 3)

    benchmark(run)


@pytest.mark.benchmark(group="values-change-3-of-8-fields")
@pytest.mark.parametrize("change", [copied, dataclasses.replace])
def bench_values_change(benchmark: BenchmarkFixture, change: Callable[..., Any]) -> None:
    value = Plain(1, 2, "question", "id", (0, 1, 2), 3)

    def run() -> None:
        for number in range(1000):
            change(value, step=number, phase="feedback", was_right=True)

    benchmark(run)
