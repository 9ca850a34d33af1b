"""Measure the native core against its targets: `python -m bench.targets [AREA...]`, usually by `make bench`.

Exits with 1 if a target is missed. The page and the JSON are written if all areas are measured.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from bench import instructions
from bench.operations import OPERATIONS
from bench.targets import report
from bench.targets.target import Effort, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

AREAS: Final = ("caches", "limiters", "picking", "sets", "texts")
HASH_SEED: Final = "0"


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.targets", description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"one of {', '.join(AREAS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=41, help="of each comparison (default: 41)")
    options = parser.parse_args(arguments)
    if unknown := set(options.areas) - set(AREAS):
        parser.error(f"unknown areas: {', '.join(sorted(unknown))}")
    outcomes = measured(options.areas or AREAS, Effort(options.rounds))
    if not options.areas:
        counts = instructions.count_all(OPERATIONS, instructions.core_path())
        report.PAGE.write_text(report.page(outcomes, counts))
        print(f"written: {report.PAGE} and {report.record(outcomes, counts)}\n")
    print(*map(report.line, outcomes), sep="\n")
    return 0 if all(outcome.is_met for outcome in outcomes) else 1


def measured(areas: Sequence[str], effort: Effort) -> list[Outcome]:
    """Return the outcomes of *areas*, showing figures as they come."""
    outcomes = []
    for area in areas:
        for outcome in import_module(f"bench.targets.{area}").measure(effort):
            print(f"{outcome.structure}, {outcome.name}: {outcome.detail}", file=sys.stderr)
            outcomes.append(outcome)
    return outcomes


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        sys.exit(
            f"start it by `make bench`, or with PYTHONHASHSEED={HASH_SEED}: it places str keys in tables"
        )
    sys.exit(main(sys.argv[1:]))
