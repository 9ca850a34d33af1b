"""Count the instructions of one operation with valgrind's callgrind, which no neighbour disturbs.

An operation is done a few times and many times; the difference, less that of the empty loop, belongs to the
operation. Counts are the same from run to run.

Run as a program, `python -m bench.instructions [NAME...]` counts and prints.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.operations import FEW, MANY, OPERATIONS, make

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECTIONS: Final = 5
TOTALS: Final = re.compile(r"^totals: (\d+)", re.MULTILINE)
MISSING: Final = "NOT COUNTED: valgrind is missing (Debian: apt install valgrind)"


def count_all(names: Iterable[str], path: Sequence[str]) -> dict[str, float]:
    """Return the instructions per operation of the core on *path*, without those it cannot do.

    Without valgrind there is a loud word on standard error and nothing is counted.
    """
    if shutil.which("valgrind") is None:
        print(MISSING, file=sys.stderr)
        return {}
    with tempfile.TemporaryDirectory() as folder:
        done = run_callgrind(list(names), path, Path(folder) / "out")
        totals = [section_total(Path(folder) / f"out.{number + 1}") for number in range(SECTIONS * len(done))]
    return {
        name: net_of_loop(totals[SECTIONS * place + 1 : SECTIONS * (place + 1)], turn_size(name))
        for place, name in enumerate(done)
    }


def run_callgrind(names: list[str], path: Sequence[str], out: Path) -> list[str]:
    """Have callgrind write OUT.1, OUT.2, ..., one for each section; return the names that were done."""
    command = ["valgrind", "--tool=callgrind", "--dump-before=getppid", f"--callgrind-out-file={out}"]
    command += [sys.executable, "-S", "-m", "bench.operations", *names]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONHASHSEED": "0"}
    run = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if run.returncode:
        raise RuntimeError(f"counting failed with {run.returncode}: {run.stderr[-2000:]}")
    return run.stdout.splitlines()


def section_total(dump: Path) -> int:
    """Return the instructions of one section."""
    total = TOTALS.search(dump.read_text())
    if total is None:
        raise RuntimeError(f"{dump.name} of callgrind has no totals; is valgrind older than 3.13?")
    return int(total[1])


def net_of_loop(totals: Sequence[int], size: int) -> float:
    """Return the instructions of one of *size* operations from the totals of the four runs."""
    loop_few, loop_many, empty_few, empty_many = totals
    return (loop_many - loop_few - empty_many + empty_few) / ((MANY - FEW) * size)


def turn_size(name: str) -> int:
    """Return how many operations one turn has."""
    made = make(name)
    assert made is not None
    return made.size


def core_path() -> list[str]:
    """Return the import path of this process's core and of this package."""
    core = sys.modules["lplate_native"].__file__
    assert core is not None
    return [str(Path(__file__).parents[1]), str(Path(core).parents[1])]


if __name__ == "__main__":
    print(json.dumps(count_all(sys.argv[1:] or OPERATIONS, core_path()), indent=1))
