"""Time contenders against each other in alternating rounds of one process.

The machine's speed drifts by more than what is to be seen, so absolute times say little. In each round every
contender runs once, and a comparison is the median over the rounds of the ratio of two times of one round.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from bench.loops import unshared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WARM_UPS = 2


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do a job.

    Attributes:
        name: what reports call it.
        loop: does all operations of a round; gets what *prepare* returned.
        prepare: makes, outside the time, what one round needs.
        empty: *loop* without the operation, or None if *loop* is no loop.
        operations: how many operations a round has.
    """

    name: str
    loop: Callable[..., object]
    prepare: Callable[[], tuple[Any, ...]]
    operations: int
    empty: Callable[..., object] | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """What the rounds of several contenders took, net of the empty loop, in ns per operation."""

    by_name: dict[str, list[float]] = field(default_factory=dict)

    def typical(self, name: str) -> float:
        """Return the median time of one operation."""
        return median(self.by_name[name])

    def ratio(self, ours: str, peer: str) -> float:
        """Return the median of *ours* as a share of *peer*, round by round."""
        return median(a / b for a, b in zip(self.by_name[ours], self.by_name[peer], strict=True))


def contender(
    name: str,
    loop: Callable[..., object],
    prepare: Callable[[], tuple[Any, ...]],
    keys: Sequence[Any],
    empty: Callable[..., object] | None = None,
) -> Contender:
    """Return a contender whose *loop*, a plain function, makes one operation for each of *keys*."""
    own_empty = None if empty is None else unshared(empty)
    return Contender(name, unshared(loop), prepare, len(keys), own_empty)


def alternate(contenders: Sequence[Contender], rounds: int) -> Times:
    """Run all *contenders* in each round, each round in another order, and return their times."""
    times = Times({each.name: [] for each in contenders})
    with no_collector():
        for each in contenders:
            for _ in range(WARM_UPS):
                each.loop(*each.prepare())
        for turn in range(rounds):
            first = turn % len(contenders)
            for each in (*contenders[first:], *contenders[:first]):
                times.by_name[each.name].append(net_time(each))
    return times


def net_time(each: Contender) -> float:
    """Return the ns of one operation of *each* in one round, less those of its empty loop."""
    spent = timed(each.loop, each.prepare())
    if each.empty is not None:
        spent -= timed(each.empty, each.prepare())
    return max(spent, 1) / each.operations


def timed(loop: Callable[..., object], arguments: tuple[Any, ...]) -> int:
    """Return how many ns one run of *loop* takes."""
    before = perf_counter_ns()
    loop(*arguments)
    return perf_counter_ns() - before


@contextmanager
def no_collector() -> Iterator[None]:
    """Keep the garbage collector still."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
