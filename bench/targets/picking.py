"""Picking an unseen question and finding one by its id, against bitmaps, sets and dicts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from pyroaring import BitMap

from bench import loops, memory
from bench.measuring import Times, alternate, contender
from bench.targets.target import Effort, Outcome
from lplate_native import QuestionIndex, SeenMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OURS: Final = "QuestionIndex"
SIZE: Final = 3_000
TOPIC_SIZE: Final = 70
TOPIC: Final = 20
MOST_LOOK_UPS: Final = 4.0
"""100 ns are promised where a look-up in a dict takes 25; time alone tells of the machine, too."""
PICKS: Final = 2_000
LOOK_UPS: Final = 100_000


def measure(effort: Effort) -> Iterator[Outcome]:
    """Yield the outcomes of picking and of look-ups."""
    for where, topic in (("topic of 70 in 3k", TOPIC), ("all of 3k", None)):
        times = picks(topic, effort)
        detail = ", ".join(f"{each} {times.typical(each):.0f} ns" for each in times.by_name)
        if topic is not None:
            yield Outcome("Pick unseen", where, times.typical(OURS), "ns", None, detail)
            ratio = times.ratio(OURS, "dict.get")
            yield Outcome("Pick unseen", f"{where} / dict.get", ratio, "x", MOST_LOOK_UPS)
        yield Outcome("Pick unseen", f"{where} / roaring", times.ratio(OURS, "roaring"), "x", 0.15, detail)
        limit = 0.02 if topic is None else None
        yield Outcome("Pick unseen", f"{where} / set difference", times.ratio(OURS, "set"), "x", limit)
    yield from look_up_outcomes(look_ups(effort))
    builders = {OURS: "index", "dict[str]": "dict of str", "dict[int]": "dict of int"}
    yield from memory.outcomes(OURS, builders, 40, effort)


def pick(function: Any, seen: SeenMap, topics: tuple[int, ...] | None, seeds: Iterable[int]) -> None:
    for seed in seeds:
        function(seen, seed, topics)


def pick_by_difference(every: BitMap, seen: BitMap, _: None, seeds: Iterable[int]) -> None:
    for seed in seeds:
        unseen = every - seen
        unseen[seed % len(unseen)]  # the question picked


def pick_by_sets(every: set[int], seen: set[int], _: None, seeds: Iterable[int]) -> None:
    for seed in seeds:
        unseen = list(every - seen)
        unseen[seed % len(unseen)]  # the question picked


def pick_nothing(_: object, __: object, ___: object, seeds: Iterable[int]) -> None:
    for _seed in seeds:
        pass


def picks(topic: int | None, effort: Effort) -> Times:
    """Time picks of a question with nine of ten seen; dict.get beside them is the yardstick."""
    index = QuestionIndex(range(10**6, 10**6 + SIZE), range(0, SIZE, TOPIC_SIZE))
    seen = random.Random(1).sample(range(SIZE), SIZE * 9 // 10)
    every = range(SIZE) if topic is None else range(*index.topic_range(topic))
    bits = SeenMap(SIZE)
    for ordinal in seen:
        bits.add(ordinal)
    seeds = [random.Random(seed).getrandbits(62) for seed in range(effort.size(PICKS))]
    topics = None if topic is None else (topic,)
    plain = dict.fromkeys(seeds)
    ours = (index.pick_unseen, bits, topics, seeds)
    roaring = (BitMap(every), BitMap(seen), None, seeds)
    sets = (set(every), set(seen), None, seeds)
    return alternate(
        [
            contender(OURS, pick, lambda: ours, seeds, pick_nothing),
            contender("roaring", pick_by_difference, lambda: roaring, seeds, pick_nothing),
            contender("set", pick_by_sets, lambda: sets, seeds, pick_nothing),
            contender("dict.get", loops.call, lambda: (plain.get, seeds), seeds, loops.nothing),
        ],
        effort.rounds,
    )


def look_ups(effort: Effort) -> Times:
    """Time look-ups of all ids of a large bank in random order, by objects that are not those stored."""
    count = effort.size(LOOK_UPS)
    order = random.Random(1).sample(range(count), count)
    numbers, names = [number_of(each) for each in order], [name_of(each) for each in order]
    by_number = QuestionIndex(number_of(each) for each in range(count))
    by_name = QuestionIndex(name_of(each) for each in range(count))
    dict_by_number = {number_of(each): each for each in range(count)}
    dict_by_name = {name_of(each): each for each in range(count)}
    return alternate(
        [
            contender("int ids", loops.subscribe, lambda: (by_number, numbers), numbers, loops.nothing),
            contender("str ids", loops.subscribe, lambda: (by_name, names), names, loops.nothing),
            contender("dict[str]", loops.subscribe, lambda: (dict_by_name, names), names, loops.nothing),
            contender(
                "dict[int]", loops.subscribe, lambda: (dict_by_number, numbers), numbers, loops.nothing
            ),
        ],
        effort.rounds,
    )


def look_up_outcomes(times: Times) -> Iterator[Outcome]:
    """Yield what is promised of int ids, and the rest to be told."""
    detail = ", ".join(f"{each} {times.typical(each):.0f} ns" for each in times.by_name)
    yield Outcome(OURS, "int ids / dict[str]", times.ratio("int ids", "dict[str]"), "x", 0.9, detail)
    yield Outcome(OURS, "int ids / dict[int]", times.ratio("int ids", "dict[int]"), "x", None)
    yield Outcome(OURS, "str ids / dict[str]", times.ratio("str ids", "dict[str]"), "x", None)


def number_of(ordinal: int) -> int:
    """Return an id of a bank with numbers, here random ones."""
    return random.Random(ordinal).getrandbits(40)


def name_of(ordinal: int) -> str:
    """Return an id of a bank with names, here random ones."""
    return f"q{number_of(ordinal)}"
