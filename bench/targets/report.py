"""What the benchmarks leave behind: lines on the screen, a page of the documentation, JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.targets.target import Outcome, shown
from bench.trees import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE: Final = ROOT / "docs" / "benchmarks.md"
RECORDS: Final = ROOT / ".benchmarks"
PEERS: Final = (
    "cachebox",
    "lru-dict",
    "cachetools",
    "limits",
    "throttled-py",
    "pyrate-limiter",
    "aiolimiter",
    "token-bucket",
    "pyroaring",
)
OPENING: Final = """\
# Benchmarks of the native core

`make bench` measures, rewrites this page and fails if a target is missed. All contenders run in one process,
one after the other in each round, with the garbage collector off and `PYTHONHASHSEED=0`; a ratio is the
median over the rounds of two times of the same round, less those of the empty loop. Every peer is used in its
fastest documented way, with the same keys. Times drift with the machine and its other work: trust ratios and
instructions. Bytes are the growth of a fresh process, at the worst of three sizes.

## What matters

A press, from Telegram's bytes to the committed answer, costs two hundred microseconds and waits for a disk.
No learner will ever notice whether an LRU look-up takes 20 or 60 ns of it, and no one should choose this core
for that. What does matter: a learner costs tens of bytes instead of hundreds, so millions fit; no table stops
the world while it grows; an unseen question is picked without a walk through the bank, which in plain Python
is the one cost here that grows to milliseconds. The other ratios only guard against carelessness.
"""
LIMITER_NOTE: Final = """\
The limiters of other projects do more than TokenBuckets: they lock, read a clock, can share a database. A bot
in one process needs none of it, so the comparison is fair to the task, not to them. `limits` guards a moving
window; `throttled-py` and `pyrate-limiter` run the same algorithm as here.
"""


def line(outcome: Outcome) -> str:
    """Return one line for the screen."""
    value, limit = shown(outcome.value, outcome.unit), shown(outcome.limit, outcome.unit)
    return f"{outcome.structure:16} {outcome.name:48} {value:>12} {limit:>10}  {outcome.verdict}"


def page(outcomes: Sequence[Outcome], counts: Mapping[str, float]) -> str:
    """Return the page of the documentation."""
    rows = [
        f"| {each.structure} | {each.name} | {shown(each.value, each.unit)} | "
        f"{shown(each.limit, each.unit)} | {each.verdict} | {each.detail} |"
        for each in outcomes
    ]
    counted = [f"| `{name}` | {instructions:.0f} |" for name, instructions in counts.items()]
    missed = [f"{each.structure}: {each.name}" for each in outcomes if not each.is_met]
    verdict = f"Missed: {'; '.join(missed)}." if missed else "All targets are met."
    sections = [
        OPENING,
        "## Targets\n",
        f"{verdict} A limit of - means the figure is only told.\n",
        "| structure | what | measured | target | | in figures |\n|---|---|---|---|---|---|",
        "\n".join(rows),
        f"\n{LIMITER_NOTE}",
        "## Instructions per operation\n",
        "Counted by callgrind, net of the loop. `dict.get` is the yardstick.\n"
        if counted
        else "Not counted: valgrind was missing.\n",
        *(["| operation | instructions |\n|---|---|", "\n".join(counted)] if counted else []),
        "\n## Where this was measured\n",
        "\n".join(f"- {name}: {value}" for name, value in surroundings().items()),
    ]
    return "\n".join(sections) + "\n"


def surroundings() -> dict[str, str]:
    """Return what one must know to compare figures."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "load when done": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "Python": f"{sys.implementation.name} {platform.python_version()}, {platform.python_compiler()}",
        "peers": ", ".join(f"{name} {version(name)}" for name in PEERS),
    }


def commit() -> str:
    """Return the commit, and whether files differ from it."""
    try:
        command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=, with changes", "--exclude=*"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [each.partition(":")[2].strip() for each in lines if each.startswith("model name")]
    return names[0] if names else platform.processor()


def record(outcomes: Sequence[Outcome], counts: Mapping[str, float]) -> Path:
    """Write all figures as JSON and return where."""
    RECORDS.mkdir(exist_ok=True)
    path = RECORDS / f"targets-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    figures = {
        "surroundings": {**surroundings(), "version": sys.version},
        "outcomes": [{**asdict(each), "verdict": each.verdict} for each in outcomes],
        "instructions": dict(counts),
    }
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False))
    return path
