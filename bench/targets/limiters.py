"""TokenBuckets against the same algorithm on a dict and against limiters of other projects."""

from __future__ import annotations

import random
import time
from array import array
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from bench import loops, memory
from bench.measuring import Contender, Times, alternate, contender, no_collector
from bench.peers import limiters
from bench.peers.gcra import DictBuckets
from bench.targets.target import Effort, Outcome
from lplate_native import TokenBuckets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OURS: Final = "TokenBuckets"
ON_DICT: Final = "dict"
LIMITS: Final = {ON_DICT: 0.35, "limits": 0.02, "throttled-py": 0.02, "pyrate-limiter": 0.02}
TAKES: Final = 5  # of each learner; all of them allowed
GROWTHS: Final = 3
SECOND: Final = 10**9


def measure(effort: Effort) -> Iterator[Outcome]:
    """Yield the outcomes of TokenBuckets."""
    times = takes(effort)
    detail = ", ".join(f"{each} {times.typical(each):.0f} ns" for each in times.by_name)
    for peer in times.by_name:
        if peer != OURS:
            yield Outcome(OURS, f"take / {peer}", times.ratio(OURS, peer), "x", LIMITS.get(peer), detail)
            detail = ""
    yield from memory.outcomes(OURS, {OURS: "buckets", ON_DICT: "dict of buckets"}, 45, effort)
    yield growth_pause(effort)


def takes(effort: Effort) -> Times:
    """Time the first takes of many learners, by fresh limiters in every round."""
    learners = random.Random(1).sample(range(1 << 40), effort.size(2_000))
    numbers = [(learner, SECOND + 1000 * turn) for turn in range(TAKES) for learner in learners]
    names = [f"u{learner}" for learner, _ in numbers]
    contenders = [native(OURS, TokenBuckets, numbers), native(ON_DICT, DictBuckets, numbers)]
    contenders += [peer(name, make, names) for name, make in limiters.BY_NAME.items()]
    contenders.append(contender("aiolimiter", limiters.aiolimiter_run, lambda: (None, names), names))
    return alternate(contenders, max(effort.rounds // 2, 3))


def native(name: str, make: Callable[[float, float], Any], numbers: list[tuple[int, int]]) -> Contender:
    """Return a limiter that takes int keys and the time."""
    return contender(
        name, loops.call_pairs, lambda: (make(1 / 6, 15).allow, numbers), numbers, loops.nothing_with_pairs
    )


def peer(name: str, make: Callable[[], limiters.Take], names: list[str]) -> Contender:
    """Return a limiter that takes str keys."""
    return contender(name, loops.call, lambda: (make(), names), names, loops.nothing)


def growth_pause(effort: Effort) -> Outcome:
    """Return the pause that one take in 10,000 exceeds while a table grows to two million learners.

    Time is that of this thread's own work, page faults included: what neighbours on the machine take is not
    the table's. Where there is no such clock it is the wall's.
    """
    now = getattr(time, "thread_time_ns", time.perf_counter_ns)
    with no_collector():
        pauses = [sorted(take_times(effort.size(2_000_000), now)) for _ in range(GROWTHS)]
    exceeded = median(times[len(times) * 9999 // 10_000] for times in pauses) / 1e6
    longest = median(times[-1] for times in pauses) / 1e6
    return Outcome(OURS, "p99.99 pause, growing to 2M", exceeded, "ms", 0.5, f"longest {longest:.2g} ms")


def take_times(learners: int, now: Callable[[], int]) -> array[int]:
    """Return the ns of each of the first takes of *learners*."""
    times = array("q", bytes(8 * learners))
    allow = TokenBuckets(1 / 6, 15).allow
    for number in range(learners):
        before = now()
        allow(10_000_000_000 + number * 7919, SECOND)
        times[number] = now() - before
    return times
