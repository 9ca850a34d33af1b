"""LruCache against cachebox, the fastest peer, and against a look-up in a dict, which is no cache."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from bench import loops, memory
from bench.measuring import Contender, Times, alternate, contender
from bench.peers import caches
from bench.targets.target import Effort, Outcome
from lplate_native import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Keys = Sequence[int | str]

OURS = "LruCache"
FIRST_ID = 10_000_000_000
PEERS: dict[str, Callable[[int], Any]] = {OURS: LruCache, **caches.BY_NAME}
LIMITS: dict[str, dict[str, float | None]] = {
    "int": {"hit": 0.75, "put": 0.5, "zipf": 0.8},
    "str": {"hit": 0.9, "put": 1.0, "zipf": None},
}
CAPACITIES = {"int": (128, 10_000), "str": (128,)}


def int_key(number: int) -> int:
    """Return a key as large and as irregular as learners' ids are."""
    return FIRST_ID + random.Random(number).getrandbits(40)


def str_key(number: int) -> str:
    """Return a key as rendered questions have."""
    return f"question-{number}:en"


MAKERS: dict[str, Callable[[int], Any]] = {"int": int_key, "str": str_key}


def measure(effort: Effort) -> Iterator[Outcome]:
    """Yield the outcomes of LruCache."""
    for kind, capacities in CAPACITIES.items():
        for capacity in capacities:
            for what, limit in LIMITS[kind].items():
                times = MEASURES[what](MAKERS[kind], capacity, effort)
                yield compared(f"LRU {kind}", f"{what} at {capacity}", times, "cachebox", limit)
    times = hits_and_dict(128, effort)
    yield compared("LRU int", "hit at 128, get()", times, "dict.get", 1.25)
    yield from memory.outcomes("LRU int", {OURS: "lru", "cachebox": "cachebox"}, 40, effort)


def compared(structure: str, name: str, times: Times, peer: str, limit: float | None) -> Outcome:
    """Return the outcome of a comparison, with everybody's times as its detail."""
    detail = ", ".join(f"{each} {times.typical(each):.0f} ns" for each in times.by_name)
    ours = next(iter(times.by_name))
    return Outcome(structure, f"{name} / {peer}", times.ratio(ours, peer), "x", limit, detail)


def filled(make: Callable[[int], Any], capacity: int, make_key: Callable[[int], Any]) -> Any:
    """Return a cache at its capacity."""
    cache = make(capacity)
    for number in range(capacity):
        cache[make_key(number)] = number
    return cache


def hits(make_key: Callable[[int], Any], capacity: int, effort: Effort) -> Times:
    """Time look-ups of random keys, each there, by keys equal to those stored but not the same objects."""
    keys = random_keys(make_key, capacity, effort)

    def one(name: str, make: Callable[[int], Any]) -> Contender:
        cache = filled(make, capacity, make_key)
        return contender(name, loops.subscribe, lambda: (cache, keys), keys, loops.nothing)

    return alternate([one(*peer) for peer in PEERS.items()], effort.rounds)


def random_keys(make_key: Callable[[int], Any], capacity: int, effort: Effort) -> Keys:
    """Return keys of a full cache in random order."""
    generator = random.Random(1)
    return [make_key(generator.randrange(capacity)) for _ in range(effort.size(20_000))]


def hits_and_dict(capacity: int, effort: Effort) -> Times:
    """Time get() of the cache and of a dict with the same keys."""
    keys = random_keys(int_key, capacity, effort)
    cache = filled(LruCache, capacity, int_key)
    plain = {int_key(number): number for number in range(capacity)}
    return alternate(
        [
            contender(OURS, loops.call, lambda: (cache.get, keys), keys, loops.nothing),
            contender("dict.get", loops.call, lambda: (plain.get, keys), keys, loops.nothing),
        ],
        effort.rounds,
    )


def puts(make_key: Callable[[int], Any], capacity: int, effort: Effort) -> Times:
    """Time assignments of which each is of a key not there and pushes one out."""
    keys = [make_key(number) for number in range(max(2 * capacity, effort.size(20_000)))]

    def one(name: str, make: Callable[[int], Any]) -> Contender:
        cache = filled(make, capacity, make_key)
        return contender(name, loops.assign, lambda: (cache, keys), keys, loops.nothing)

    return alternate([one(*peer) for peer in PEERS.items()], effort.rounds)


def skewed(make_key: Callable[[int], Any], capacity: int, effort: Effort) -> Times:
    """Time a cache in use: get(), and assignment after a miss, of keys as popular as Zipf's law has it."""
    generator = random.Random(1)
    count = effort.size(20_000)
    keys = [make_key(min(int(generator.paretovariate(0.8)), capacity * 50)) for _ in range(count)]

    def one(name: str, make: Callable[[int], Any]) -> Contender:
        cache = filled(make, capacity, make_key)
        return contender(
            name, loops.get_or_assign, lambda: (cache.get, cache, keys), keys, loops.nothing_with_two
        )

    return alternate([one(*peer) for peer in PEERS.items()], effort.rounds)


MEASURES = {"hit": hits, "put": puts, "zipf": skewed}
