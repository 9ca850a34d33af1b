"""Measure the presets at their levels, and single settings under one load. `python -m bench.bots.presets`.

Prints tables and writes them into docs/tuning.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import uvloop

from bench.bots.scaling import THINK_S
from bench.targets.report import commit, processor
from bench.trees import ROOT
from lplate.config import PRESETS, Settings, knobs
from lplate.wiring import open_banks
from lplate_bot.loadtest.plan import LoadPlan
from lplate_bot.loadtest.run import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplate_bot.loadtest.result import Result

PAGE = ROOT / "docs" / "tuning.md"
LEVELS = {"small": 500, "medium": 1000, "large": 2000, "huge": 5000}
KNOBS = {
    "question_cache": (16, 128, 4096),
    "learner_cache": (100, 10_000),
    "commit_window_ms": (0, 2, 20),
    "confirm_delay_s": (0.1, 5),
    "sqlite_cache_mb": (1, 32),
    "sqlite_mmap_mb": (0, 256),
    "wal_mb": (1, 32, 256),
    "pool_size": (1, 4),
    "api_connections": (4, 64),
    "seen_updates": (65_536, 4_194_304),
}
LEARNERS = 500
KNOB_THINK_S = 1.0
BUSY = (
    "Other programs kept both cores busy meanwhile: trust sizes most, processor time less, reply times least."
)


@dataclass(frozen=True, slots=True)
class Row:
    """Several runs of one set of settings: best times, for neighbours only add to them, and median sizes."""

    results: tuple[Result, ...]

    def best(self, name: str) -> float:
        return float(min(getattr(result, name) for result in self.results))

    def median(self, name: str) -> float:
        return float(statistics.median(getattr(result, name) for result in self.results))

    def cells(self) -> str:
        return " | ".join(
            (
                f"{self.median('updates_per_s'):.0f}",
                f"{self.best('p50_ms'):.1f}",
                f"{self.best('p99_ms'):.1f}",
                f"{self.best('cpu_us'):.0f}",
                f"{self.median('rss_mb'):.0f}",
                f"{self.median('wal_mb'):.1f}",
            )
        )


def main(arguments: Sequence[str]) -> int:
    """Measure in alternating rounds, print and write; return 1 if a reply was at fault."""
    parser = argparse.ArgumentParser(prog="python -m bench.bots.presets", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each run (default: 8)")
    parser.add_argument("--rounds", type=int, default=2, help="of each set of settings (default: 2)")
    parser.add_argument("--only", choices=("presets", "single"), help="one of the two tables")
    options = parser.parse_args(arguments)
    rows: dict[str, Row] = {}
    if options.only != "single":
        rows |= measure(level_plans(options.seconds), options.rounds)
        replace("## Presets at their levels\n", level_table(rows))
    if options.only != "presets":
        rows |= measure(knob_plans(options.seconds), options.rounds)
        replace("## One setting at a time\n", knob_table(rows))
    faulty = [name for name, row in rows.items() if any(result.faults for result in row.results)]
    if faulty:
        print(f"replies at fault: {faulty}")
    return 1 if faulty else 0


def level_plans(seconds: float) -> dict[str, LoadPlan]:
    return {
        f"{level} {name}": LoadPlan(
            learners=learners, seconds=seconds, think_s=THINK_S, lead_in_s=THINK_S, settings=settings
        )
        for level, learners in LEVELS.items()
        for name, settings in (("defaults", ()), ("preset", (f"preset={level}",)))
    }


def knob_plans(seconds: float) -> dict[str, LoadPlan]:
    return {
        f"{name}={value}": LoadPlan(
            learners=LEARNERS,
            seconds=seconds,
            think_s=KNOB_THINK_S,
            lead_in_s=KNOB_THINK_S,
            settings=(f"{name}={value}",),
        )
        for name, values in KNOBS.items()
        for value in values
    }


def measure(plans: dict[str, LoadPlan], rounds: int) -> dict[str, Row]:
    """Run all plans in turn, *rounds* times."""
    found: dict[str, list[Result]] = {name: [] for name in plans}
    with TemporaryDirectory() as folder:
        compiled = Path(folder)
        for bank in open_banks(Settings(data=compiled)):
            bank.close()
        for name, plan in list(plans.items()) * rounds:
            result = uvloop.run(load(plan, compiled=compiled))
            found[name].append(result)
            print(f"{name}: p99 {result.p99_ms:.1f} ms, {result.cpu_us:.0f} us", file=sys.stderr, flush=True)
    return {name: Row(tuple(results)) for name, results in found.items()}


def level_table(rows: dict[str, Row]) -> str:
    lines = ["| people at once | settings | updates/s | p50 ms | p99 ms | CPU us | memory MB | WAL MB |"]
    lines.append("|---" * 8 + "|")
    for level, learners in LEVELS.items():
        for name in ("defaults", "preset"):
            what = f"`{level}`" if name == "preset" else "defaults"
            lines.append(f"| {learners:,} | {what} | {rows[f'{level} {name}'].cells()} |")
    return "\n".join(lines)


def knob_table(rows: dict[str, Row]) -> str:
    lines = ["| setting | updates/s | p50 ms | p99 ms | CPU us | memory MB | WAL MB |", "|---" * 7 + "|"]
    for name, values in KNOBS.items():
        for value in values:
            mark = " (default)" if value == knobs()[name].default else ""
            lines.append(
                f"| `{name} = {value:,}`{mark} | {rows[f'{name}={value}'].cells()} |".replace(",", "")
            )
    return "\n".join(lines)


def replace(heading: str, table: str) -> None:
    """Put *table* in the place of the one below *heading*; the words around it stay."""
    text = PAGE.read_text()
    at = text.index(heading)
    start = text.index("\n| ", at) + 1
    end = text.index("\n\n", start)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    where = f"Measured {day} at {commit()} on {processor()}, {os.cpu_count()} cores."
    rest = text[end:].removeprefix("\n\n")
    if rest.startswith("Measured "):
        rest = rest.partition("\n\n")[2]
    note = f"{where} {BUSY}" if os.getloadavg()[0] > 2 else where
    PAGE.write_text(f"{text[:start]}{table}\n\n{note}\n\n{rest}")
    print(table)


if __name__ == "__main__":
    assert set(LEVELS) == set(PRESETS)
    sys.exit(main(sys.argv[1:]))
