"""Load the bot as the scaling guide counts: so many people at once. `python -m bench.bots.scaling`.

Prints a table and writes it into the section "Scaling table" of docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvloop

from bench.targets.report import commit, processor
from bench.trees import ROOT
from lplate_bot.loadtest.plan import LoadPlan
from lplate_bot.loadtest.run import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lplate_bot.loadtest.result import Result

PAGE = ROOT / "docs" / "performance.md"
HEADING = "## Scaling table\n"
THINK_S = 5.0
"""A learner reads a question or a verdict for about this long."""
INTRODUCTION = f"""
So many people practise at once, each pressing about every {THINK_S:g} seconds; some skip, tap twice, tick
several options, type numbers, leave. One process with its SQLite database, updates by webhook, a local
stand-in for the Bot API: what Telegram and the way there take comes on top. Times are from the press to the
moment when its callback is answered *and* the card is drawn anew, the commit to disk in between. Every reply
is checked: the right learner, in order, exactly once. `make bench-scaling` writes this section anew.

The scaling guide promises less than 100 ms for its smallest level, 100-500 people at once.
"""


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the guide, measured at both ends."""

    name: str
    learners: tuple[int, int]


LEVELS = (
    Level("100-500", (100, 500)),
    Level("500-1,000", (500, 1000)),
    Level("1,000-2,000", (1000, 2000)),
    Level("2,000-5,000", (2000, 5000)),
)


def main(arguments: Sequence[str]) -> int:
    """Measure each number of learners once, print and write; return 1 if a reply was at fault."""
    parser = argparse.ArgumentParser(prog="python -m bench.bots.scaling", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each level (default: 20)")
    options = parser.parse_args(arguments)
    results: dict[int, Result] = {}
    for learners in sorted({each for level in LEVELS for each in level.learners}):
        plan = LoadPlan(learners=learners, seconds=options.seconds, think_s=THINK_S, lead_in_s=THINK_S)
        results[learners] = uvloop.run(load(plan))
        print(f"{learners} learners: p99 {results[learners].p99_ms:.1f} ms", file=sys.stderr)
    written = table(results)
    print(written)
    write(PAGE, section(written))
    faulty = {learners: result.faults for learners, result in results.items() if not result.is_clean}
    if faulty:
        print(f"replies at fault: {faulty}")
    return 1 if faulty else 0


def table(results: dict[int, Result]) -> str:
    """Return the table: each level from its least to its greatest number."""
    rows = [
        "| people at once | updates/s | p50 ms | p99 ms | longest ms | memory MB | connections | of a core |"
    ]
    rows.append("|---|---|---|---|---|---|---|---|")
    for level in LEVELS:
        least, most = (results[learners] for learners in level.learners)
        cells = (
            f"{least.updates_per_s:.0f} - {most.updates_per_s:.0f}",
            f"{least.p50_ms:.1f} - {most.p50_ms:.1f}",
            f"{least.p99_ms:.1f} - {most.p99_ms:.1f}",
            f"{least.max_ms:.0f} - {most.max_ms:.0f}",
            f"{least.rss_mb:.0f} - {most.rss_mb:.0f}",
            f"{least.connections} - {most.connections}",
            f"{least.bot_cpu:.0%} - {most.bot_cpu:.0%}",
        )
        rows.append(f"| {level.name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def section(written: str) -> str:
    """Return the section with *written*, and where it was measured."""
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    where = f"Measured {day} at {commit()} on {processor()}, {os.cpu_count()} cores."
    return f"{HEADING}{INTRODUCTION}\n{written}\n\n{where}\n"


def write(page: Path, text: str) -> None:
    """Put *text* in the place of the section in *page*, or at its end; all else stays."""
    old = page.read_text() if page.exists() else "# Performance\n\n"
    start = old.find(HEADING)
    if start < 0:
        page.write_text(f"{old.rstrip()}\n\n{text}")
        return
    end = old.find("\n## ", start + len(HEADING))
    page.write_text(old[:start] + text + (old[end:] if end >= 0 else ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
