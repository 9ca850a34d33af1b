"""QuestionIndex: look-ups, draws, and picks with nine of ten questions seen. Pick times are of 20 picks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from bench import baselines
from lplate_native import QuestionIndex, SeenMap

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

    Pick = Callable[[int], object]
    Picker = Callable[["Bank", int], tuple[Pick, Pick]]

TOPIC_SIZE = 70
sizes = pytest.mark.parametrize("size", [3_000, 100_000])


class Bank:
    """A bank of topics of 70 questions, in its native and its plain shape."""

    def __init__(self, size: int) -> None:
        self.index = QuestionIndex(range(10**6, 10**6 + size), range(0, size, TOPIC_SIZE))
        self.seen_set = set(random.Random(1).sample(range(size), size * 9 // 10))
        self.seen = SeenMap(size)
        for ordinal in self.seen_set:
            self.seen.add(ordinal)
        self.topic = size // TOPIC_SIZE // 2
        self.span = self.index.topic_range(self.topic)
        self.topic_set = set(range(*self.span))


def pick_native(bank: Bank, size: int) -> tuple[Pick, Pick]:
    index, seen, topics = bank.index, bank.seen, (bank.topic,)
    return lambda seed: index.pick_unseen(seen, seed, topics), lambda seed: index.pick_unseen(seen, seed)


def pick_by_tries(bank: Bank, size: int) -> tuple[Pick, Pick]:
    pick, seen, span = baselines.RejectingPicker(size).pick_unseen, bank.seen_set, bank.span
    return lambda seed: pick(seen, seed, span), lambda seed: pick(seen, seed)


def pick_by_sets(bank: Bank, size: int) -> tuple[Pick, Pick]:
    pick, seen, topic = baselines.SetPicker(size).pick_unseen, bank.seen_set, bank.topic_set
    return lambda seed: pick(seen, seed, topic), lambda seed: pick(seen, seed)


pickers = pytest.mark.parametrize("picker", [pick_native, pick_by_tries, pick_by_sets])


@pytest.mark.benchmark(group="pick-20-unseen-of-topic")
@pickers
@sizes
def bench_pick_of_topic(benchmark: BenchmarkFixture, picker: Picker, size: int) -> None:
    pick, _ = picker(Bank(size), size)
    benchmark(lambda: [pick(seed) for seed in range(20)])


@pytest.mark.benchmark(group="pick-20-unseen-of-all")
@pickers
@sizes
def bench_pick_of_all(benchmark: BenchmarkFixture, picker: Picker, size: int) -> None:
    _, pick = picker(Bank(size), size)
    benchmark(lambda: [pick(seed) for seed in range(20)])


@pytest.mark.benchmark(group="draw-40")
@sizes
def bench_draw(benchmark: BenchmarkFixture, size: int) -> None:
    index = Bank(size).index
    seeds = iter(range(10**9))
    benchmark(lambda: index.draw(40, next(seeds)))


@pytest.mark.benchmark(group="index-1000-look-ups")
@pytest.mark.parametrize("make", [QuestionIndex, baselines.dict_index])
@pytest.mark.parametrize("make_id", [int, str])
@sizes
def bench_look_up(
    benchmark: BenchmarkFixture,
    make: Callable[[list[int | str]], Any],
    make_id: type[int | str],
    size: int,
) -> None:
    index = make([make_id(number) for number in range(10**6, 10**6 + size)])
    order = [make_id(random.Random(seed).randrange(10**6, 10**6 + size)) for seed in range(1000)]

    def run() -> None:
        get = index.get
        for name in order:
            get(name)

    benchmark(run)
