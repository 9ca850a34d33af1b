"""Compare the native core here with that of another revision: `python -m bench.compare REVISION`.

Both are built, and every operation is timed in alternating rounds of two processes, one for each core. A core
fails that takes 10 % longer, or 3 % more instructions. How memory happens to lie in a process can cost that
much, so what looks slower is timed again in fresh pairs of processes, and the median over the pairs decides.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from bench import instructions, trees
from bench.operations import OPERATIONS, Operation, make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TIME_LIMIT: Final = 1.10
INSTRUCTION_LIMIT: Final = 1.03
ROUNDS: Final = 31
PAIRS: Final = 7
"""How many pairs of processes time what looks slower, the first included."""
ROUND_NS: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """How an operation changed: the time and the instructions of head as shares of base's.

    Attributes:
        times: one ratio for each pair of processes.
        instructions: None if they were not counted.
    """

    name: str
    times: tuple[float, ...]
    instructions: float | None = None

    @property
    def time(self) -> float:
        """The ratio that counts."""
        return median(self.times)

    @property
    def is_slower(self) -> bool:
        """True if a limit is passed."""
        return self.time > TIME_LIMIT or (self.instructions or 0.0) > INSTRUCTION_LIMIT

    def __str__(self) -> str:
        counted = "  not counted" if self.instructions is None else f"{self.instructions:8.3f} instr"
        again = (
            f"  (pairs: {', '.join(f'{ratio:.2f}' for ratio in self.times)})" if len(self.times) > 1 else ""
        )
        return f"{self.name:32}{self.time:8.3f} time{counted}  {'SLOWER' if self.is_slower else 'ok'}{again}"


class Worker:
    """A process that times operations of one core on demand."""

    def __init__(self, path: Sequence[str]) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONHASHSEED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-m", "bench.compare", "--work"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def time(self, name: str) -> float | None:
        """Return the ns of one operation in one round, or None if the core cannot do it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        answer: float | None = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def pair(base: Sequence[str], head: Sequence[str]) -> Iterator[tuple[Worker, Worker]]:
    """Start two fresh workers and end them."""
    workers = Worker(base), Worker(head)
    try:
        yield workers
    finally:
        for worker in workers:
            worker.close()


def serve() -> None:
    """Be a worker: read names, time a round of each, and answer in JSON."""
    operations: dict[str, tuple[Operation, int] | None] = {}
    gc.disable()
    for line in sys.stdin:
        name = line.rstrip("\n")
        if name not in operations:
            made = make(name)
            operations[name] = None if made is None else (made, turns_of_a_round(made))
        timed = operations[name]
        print(json.dumps(None if timed is None else net_ns(*timed)), flush=True)


def turns_of_a_round(operation: Operation) -> int:
    """Return how many turns make a round of ROUND_NS."""
    return max(1, round(ROUND_NS / max(1, spent(operation.run, 1))))


def net_ns(operation: Operation, turns: int) -> float:
    """Return the ns of one operation, net of the empty loop."""
    net = spent(operation.run, turns) - spent(operation.run_empty, turns)
    return max(net, 1) / turns / operation.size


def spent(run: Callable[[int], None], turns: int) -> int:
    """Return the ns of *turns* turns."""
    before = perf_counter_ns()
    run(turns)
    return perf_counter_ns() - before


def time_ratio(name: str, base: Worker, head: Worker, rounds: int) -> float | None:
    """Return the median over the rounds of head's time as a share of base's; None if one cannot do it."""
    ratios = []
    for turn in range(rounds + 1):
        first, second = (base, head) if turn % 2 else (head, base)
        times = {worker: worker.time(name) for worker in (first, second)}
        base_ns, head_ns = times[base], times[head]
        if base_ns is None or head_ns is None:
            return None
        ratios.append(head_ns / base_ns)
    return median(ratios[1:])


def measure_in_fresh_pair(base: Sequence[str], head: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    """Return the ratios of *names* without those that one of the cores cannot do."""
    with pair(base, head) as workers:
        ratios = {name: time_ratio(name, *workers, ROUNDS) for name in names}
    return {name: ratio for name, ratio in ratios.items() if ratio is not None}


def time_changes(names: Sequence[str], measure: Callable[[Sequence[str]], dict[str, float]]) -> list[Change]:
    """Return the changes of *names* by *measure*, which times some of them in one fresh pair of processes."""
    ratios = {name: [ratio] for name, ratio in measure(names).items()}
    for _ in range(PAIRS - 1):
        suspects = [name for name, seen in ratios.items() if is_open(seen)]
        for name, ratio in (measure(suspects) if suspects else {}).items():
            ratios[name].append(ratio)
    return [Change(name, tuple(seen)) for name, seen in ratios.items()]


def is_open(ratios: Sequence[float]) -> bool:
    """Return True while more pairs could tell whether the operation is slower than it may be."""
    slower = sum(ratio > TIME_LIMIT for ratio in ratios)
    return slower > 0 and max(slower, len(ratios) - slower) <= PAIRS // 2


def with_instructions(changes: Sequence[Change], base: Sequence[str], head: Sequence[str]) -> list[Change]:
    """Return *changes* with their instructions, if they can be counted here."""
    names = [change.name for change in changes]
    before, after = instructions.count_all(names, base), instructions.count_all(names, head)
    return [
        replace(change, instructions=after[change.name] / before[change.name])
        if change.name in before and change.name in after
        else change
        for change in changes
    ]


def compare(base: Path, head: Path) -> list[Change]:
    """Return the changes of all operations between two built cores, by their import paths."""
    paths = [[str(trees.ROOT), str(core)] for core in (base, head)]
    changes = time_changes(list(OPERATIONS), partial(measure_in_fresh_pair, *paths))
    return with_instructions(changes, *paths)


def main(arguments: Sequence[str]) -> int:
    """Build, compare, print; return 1 if an operation is slower."""
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description="Compare native cores.")
    parser.add_argument("base", help="revision to compare with, as main or HEAD~1")
    parser.add_argument("--repository", type=Path, default=trees.ROOT, help="where head lies (default: here)")
    parser.add_argument("--repeat", type=int, default=1, help="compare so often (default: once)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lplate-compare-") as name:
        folder = Path(name)
        print(f"building {options.base} and the files at {options.repository}", flush=True)
        base = trees.build_revision(options.base, folder / "base", root=options.repository)
        head = trees.build_working_tree(folder / "head", root=options.repository)
        return max(report(compare(base, head), options.base) for _ in range(options.repeat))


def report(changes: Sequence[Change], base: str) -> int:
    """Print the changes and return the exit status."""
    slower = [change.name for change in changes if change.is_slower]
    print(*changes, sep="\n")
    for name in OPERATIONS.keys() - {change.name for change in changes}:
        print(f"{name:32} not compared: one of the two cannot do it")
    print(
        f"against {base}: {'SLOWER: ' + ', '.join(slower) if slower else 'no operation is slower'}",
        flush=True,
    )
    return 1 if slower else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--work"]:
        serve()
    else:
        sys.exit(main(sys.argv[1:]))
