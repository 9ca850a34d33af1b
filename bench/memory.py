"""Weigh containers: by how much a fresh process grows, per entry, keys included.

`sys.getsizeof` knows neither a dict's keys nor what an allocator rounds up; resident memory does. Every
container is built in a process of its own, at sizes below, near and above a power of two, and the worst
counts. Linux only: elsewhere there is a word on standard error and no outcome.

Run as a program: `python -m bench.memory NAME ENTRIES` prints the bytes one entry takes.
"""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.targets.target import Effort, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STATM = Path("/proc/self/statm")
SIZES = (700_000, 1_000_000, 1_100_000)


def outcomes(structure: str, builders: Mapping[str, str], limit: float, effort: Effort) -> Iterator[Outcome]:
    """Weigh *builders*, names for people to names in BUILDERS; the first is ours and must keep *limit*."""
    if not STATM.exists():
        print(f"NOT WEIGHED: {structure}, there is no {STATM} here", file=sys.stderr)
        return
    worst = {name: worst_bytes(builder, effort) for name, builder in builders.items()}
    ours = next(iter(worst))
    detail = ", ".join(f"{name} {weight:.0f} B" for name, weight in worst.items())
    yield Outcome(structure, "bytes per entry, key included", worst[ours], "B", limit, detail)


def worst_bytes(builder: str, effort: Effort) -> float:
    """Return the bytes per entry at the least favourable of SIZES."""
    return max(weighed(builder, effort.size(entries)) for entries in SIZES)


def weighed(builder: str, entries: int) -> float:
    """Return the bytes per entry as a process of its own finds them."""
    command = [sys.executable, "-m", "bench.memory", builder, str(entries)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(run.stdout)


def weigh(builder: str, entries: int) -> float:
    """Build in this process, which should be fresh, and return its growth per entry in bytes."""
    build = BUILDERS[builder]
    build(1000)  # imports and first blocks
    before = resident_bytes()
    held = build(entries)
    grown = resident_bytes() - before
    assert held is not None
    return grown / entries


def resident_bytes() -> int:
    """Return the memory this process occupies, what its allocator could give back left out."""
    gc.collect()
    with suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def int_id(number: int) -> int:
    return 10_000_000_000 + number * 7919


def build_mapping(make: Callable[[int], Any]) -> Callable[[int], object]:
    def build(entries: int) -> object:
        mapping = make(entries)
        for number in range(entries):
            mapping[int_id(number)] = None
        return mapping

    return build


def build_dict_of_str(entries: int) -> object:
    return {f"q{number:07}": number for number in range(entries)}


def build_dict_of_int(entries: int) -> object:
    return {int_id(number): number for number in range(entries)}


def build_lru(entries: int) -> object:
    from lplate_native import LruCache  # noqa: PLC0415 - a weighed process holds only what it weighs

    return build_mapping(LruCache)(entries)


def build_cachebox(entries: int) -> object:
    import cachebox  # noqa: PLC0415 - as above

    return build_mapping(cachebox.LRUCache)(entries)


def build_index(entries: int) -> object:
    from lplate_native import QuestionIndex  # noqa: PLC0415 - as above

    return QuestionIndex(int_id(number) for number in range(entries))


def build_buckets(entries: int) -> object:
    from lplate_native import TokenBuckets  # noqa: PLC0415 - as above

    limiter = TokenBuckets(1 / 6, 15)
    for number in range(entries):
        limiter.allow(int_id(number), 10**9)
    return limiter


def build_gcra_dict(entries: int) -> object:
    from bench.peers.gcra import DictBuckets  # noqa: PLC0415 - as above

    limiter = DictBuckets(1 / 6, 15)
    for number in range(entries):
        limiter.allow(int_id(number), 10**9)
    return limiter


def build_digests(entries: int) -> object:
    from lplate_native import DigestSet  # noqa: PLC0415 - as above

    digests = DigestSet()
    for number in range(entries):
        digests.add(digest(number))
    return digests


def build_set_of_digests(entries: int) -> object:
    return {digest(number) for number in range(entries)}


def digest(number: int) -> bytes:
    return (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(16, "little")


def build_window(entries: int) -> object:
    from lplate_native import SeenWindow  # noqa: PLC0415 - as above

    window = SeenWindow(entries)
    for number in range(entries):
        window.add(int_id(number))
    return window


def build_set_of_int(entries: int) -> object:
    return {int_id(number) for number in range(entries)}


BUILDERS: dict[str, Callable[[int], object]] = {
    "lru": build_lru,
    "cachebox": build_cachebox,
    "index": build_index,
    "dict of str": build_dict_of_str,
    "dict of int": build_dict_of_int,
    "buckets": build_buckets,
    "dict of buckets": build_gcra_dict,
    "digests": build_digests,
    "set of bytes": build_set_of_digests,
    "window": build_window,
    "set of int": build_set_of_int,
}


if __name__ == "__main__":
    print(weigh(sys.argv[1], int(sys.argv[2])))
