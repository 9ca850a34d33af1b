"""Hold the bot against others: `python -m bench.bots`, usually by `make bench-peers`.

All bots run in one go, in alternating rounds at saturation, bot and load each on a core of its own. Then the
bot alone: replies at two rates, and memory. Exits with 1 if a target is missed or a reply was at fault.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import uvloop

from bench.bots.contenders import ALL, export_bank, export_questions, saturated
from bench.bots.targets import MOST_P99_MS, MOST_RSS_MB, Target, cpu_targets, typical_us
from bench.trees import ROOT
from lplate_bot.loadtest.plan import LoadPlan, Loop
from lplate_bot.loadtest.run import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.bots.targets import Rounds
    from lplate_bot.loadtest.result import Result

RECORDS = ROOT / ".benchmarks"
TIMED_LEARNERS = 5000
HELD_LEARNERS = 10_000
AT_LIMIT = 0.9
"""A process that had so much of its core was busy all the time."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.bots", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of all bots (default: 3)")
    parser.add_argument("--seconds", type=float, default=5, help="of each bot in each round (default: 5)")
    parser.add_argument("--only-cpu", action="store_true", help="leave out reply times and memory")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="lplate-bots-") as folder:
        rounds = alternate(options.rounds, options.seconds, Path(folder))
    own = [] if options.only_cpu else [*timed(options.seconds), held(options.seconds)]
    targets = cpu_targets(rounds) + [target for target, _ in own]
    results = [result for results in rounds.values() for result in results] + [result for _, result in own]
    print(table(rounds), *(target.line() for target in targets), sep="\n")
    faulty = [
        f"{result.bot}: {result.faults} {result.examples[:2]}" for result in results if not result.is_clean
    ]
    print(*faulty, f"written: {record(rounds, targets)}", sep="\n")
    return 0 if all(target.is_met for target in targets) and not faulty else 1


def alternate(rounds: int, seconds: float, folder: Path) -> dict[Any, list[Result]]:
    """Run all bots in each round, each round in another order."""
    exported = folder / "questions.json"
    export_questions(exported)
    export_bank(folder)
    results: dict[Any, list[Result]] = {contender: [] for contender in ALL}
    for turn in range(rounds):
        first = 2 * turn % len(ALL)
        for contender in (*ALL[first:], *ALL[:first]):
            result = uvloop.run(saturated(contender, seconds, exported))
            results[contender].append(replace(result, bot=contender.name))
            print(f"round {turn + 1}  {contender.name}: {figures(result)}", file=sys.stderr)
    return results


def timed(seconds: float) -> list[tuple[Target, Result]]:
    """Return the reply times of 5,000 learners at fixed rates, mixed habits, one card in place."""
    found = []
    for rate, most_ms in MOST_P99_MS.items():
        plan = LoadPlan(
            learners=TIMED_LEARNERS,
            seconds=2 * seconds,
            loop=Loop.OPEN,
            rate=rate,
            lead_in_s=2,
            patience_s=60,
        )
        result = uvloop.run(load(plan))
        print(f"{rate}/s of {TIMED_LEARNERS} learners: {figures(result)}", file=sys.stderr)
        name = f"p99 of {TIMED_LEARNERS} learners at {rate} updates/s, fsync included"
        found.append((Target(name, result.p99_ms, "ms", most_ms), result))
    return found


def held(seconds: float) -> tuple[Target, Result]:
    """Return the memory while 10,000 learners practise, each every ten seconds."""
    plan = LoadPlan(learners=HELD_LEARNERS, seconds=2 * seconds, think_s=10, lead_in_s=5)
    result = uvloop.run(load(plan))
    print(f"{HELD_LEARNERS} active learners: {figures(result)}", file=sys.stderr)
    return Target(f"memory with {HELD_LEARNERS} active learners", result.rss_mb, "MB", MOST_RSS_MB), result


def figures(result: Result) -> str:
    """Return one line about a run."""
    return (
        f"{result.cpu_us:.0f} us/update, {result.updates_per_s:.0f}/s, p50 {result.p50_ms:.1f} "
        f"p99 {result.p99_ms:.1f} ms, {result.rss_mb:.0f} MB, "
        f"bot {result.bot_cpu:.0%} load {result.load_cpu:.0%}"
    )


def table(rounds: Rounds) -> str:
    """Return the medians of all bots."""
    lines = [f"{'':55} {'CPU us':>8} {'answered':>9} {'p50 ms':>8} {'p99 ms':>8} {'MB':>5}"]
    for contender, results in rounds.items():
        middle = sorted(results, key=lambda each: each.cpu_us)[len(results) // 2]
        answered = middle.answers / middle.seconds
        lines.append(
            f"{contender.name:55} {typical_us(rounds, contender):8.0f} {answered:7.0f}/s "
            f"{middle.p50_ms:8.1f} {middle.p99_ms:8.1f} {middle.rss_mb:5.0f}{_limit(middle)}"
        )
    return "\n".join(lines)


def _limit(result: Result) -> str:
    """Say so where it was not the bot's core that set the limit."""
    if result.bot_cpu >= AT_LIMIT:
        return ""
    if result.load_cpu >= AT_LIMIT:
        return "  (the load test was the limit)"
    return f"  (not saturated: bot {result.bot_cpu:.0%}, load {result.load_cpu:.0%} of their cores)"


def record(rounds: Rounds, targets: Sequence[Target]) -> Path:
    """Write all figures as JSON and return where."""
    RECORDS.mkdir(exist_ok=True)
    path = RECORDS / f"bots-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    figures_ = {
        "targets": [{**asdict(target), "is_met": target.is_met} for target in targets],
        "rounds": {
            contender.name: [asdict(result) for result in results] for contender, results in rounds.items()
        },
    }
    path.write_text(json.dumps(figures_, indent=1, default=str))
    return path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
