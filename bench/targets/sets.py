"""DigestSet and SeenWindow against sets."""

from __future__ import annotations

from collections import deque
from hashlib import md5
from typing import TYPE_CHECKING, Any, Final

from bench import loops, memory
from bench.measuring import Times, alternate, contender
from bench.targets.target import Effort, Outcome
from lplate_native import DigestSet, SeenWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

COUNT: Final = 50_000


def measure(effort: Effort) -> Iterator[Outcome]:
    """Yield the outcomes of both sets."""
    times = fill_digests(effort)
    yield compared("DigestSet", "add, one in five a duplicate / set", times, 0.5)
    yield from memory.outcomes("DigestSet", {"DigestSet": "digests", "set": "set of bytes"}, 45, effort)
    times = turn_window(effort)
    yield compared("SeenWindow", "add, all new / set and deque", times, 0.7)
    times = fill_window(effort)
    yield compared("SeenWindow", "add to an empty one / set that forgets nothing", times, None)
    yield from memory.outcomes("SeenWindow", {"SeenWindow": "window", "set": "set of int"}, 22, effort)


def compared(structure: str, name: str, times: Times, limit: float | None) -> Outcome:
    """Return the outcome of ours against the set."""
    detail = ", ".join(f"{each} {times.typical(each):.0f} ns" for each in times.by_name)
    return Outcome(structure, name, times.ratio(structure, "set"), "x", limit, detail)


def add_to_set(seen: set[Any], keys: Iterable[Any]) -> None:
    for key in keys:
        if key not in seen:
            seen.add(key)


def add_to_set_and_deque(held: tuple[set[int], deque[int]], keys: Iterable[int]) -> None:
    seen, order = held
    for key in keys:
        if key not in seen:
            seen.discard(order.popleft())
            seen.add(key)
            order.append(key)


def fill_digests(effort: Effort) -> Times:
    """Time an import's check for duplicates; every round has new objects, whose hash nobody knows yet."""
    count = effort.size(COUNT)
    digests = [md5(b"%d" % (number % (count * 4 // 5))).digest() for number in range(count)]

    def fresh(make: Callable[[], Any]) -> tuple[Any, list[bytes]]:
        return make(), [bytes(bytearray(digest)) for digest in digests]

    return alternate(
        [
            contender(
                "DigestSet", loops.call, lambda: fresh(lambda: DigestSet().add), digests, loops.nothing
            ),
            contender("set", add_to_set, lambda: fresh(set), digests, loops.nothing),
        ],
        effort.rounds,
    )


def turn_window(effort: Effort) -> Times:
    """Time a full window that forgets one key for each it meets; the set has a deque to know which."""
    capacity = effort.size(100_000)
    keys = list(range(10**9, 10**9 + 3 * capacity))
    window = SeenWindow(capacity)
    held = set(keys[-capacity:]), deque(keys[-capacity:])
    for key in keys[-capacity:]:
        window.add(key)
    return alternate(
        [
            contender("SeenWindow", loops.call, lambda: (window.add, keys), keys, loops.nothing),
            contender("set", add_to_set_and_deque, lambda: (held, keys), keys, loops.nothing),
        ],
        max(effort.rounds // 2, 3),
    )


def fill_window(effort: Effort) -> Times:
    """Time a window that fills up beside a set that grows."""
    keys = list(range(10**9, 10**9 + effort.size(COUNT)))
    return alternate(
        [
            contender(
                "SeenWindow", loops.call, lambda: (SeenWindow(len(keys)).add, keys), keys, loops.nothing
            ),
            contender("set", add_to_set, lambda: (set(), keys), keys, loops.nothing),
        ],
        effort.rounds,
    )
