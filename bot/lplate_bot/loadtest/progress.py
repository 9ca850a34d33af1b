"""What a person sees while a load test runs, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from lplate_bot.loadtest.ledger import MEANINGS, Fault
from lplate_bot.loadtest.plan import Loop

if TYPE_CHECKING:
    from lplate_bot.loadtest.plan import LoadPlan
    from lplate_bot.loadtest.result import Result, Second


class Progress:
    """Write one line a second."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, plan: LoadPlan) -> None:
        """Say what is going to happen."""
        pressing = (
            f"{plan.rate:g} presses/s"
            if plan.loop is Loop.OPEN
            else f"{plan.think_s:g} s of thought between presses"
        )
        self._say(
            f"{plan.learners} learners, {pressing}, {plan.shape}, by {plan.delivery}, "
            f"for {plan.seconds:g} s; they enter first, then it counts"
        )

    def second(self, second: Second) -> None:
        """Show one sample."""
        self._say(
            f"{second.at_s:6.1f} s  {second.answered_per_s:8.0f}/s  "
            f"p50 {second.p50_ms:7.1f}  p99 {second.p99_ms:7.1f} ms  "
            f"bot {second.bot_cpu:5.0%}  load {second.load_cpu:5.0%}  {second.rss_mb:5.0f} MB  "
            f"waiting {second.waiting}  faults {second.faults}"
        )

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def summary(result: Result) -> str:
    """Return the figures a person wants at the end."""
    stored = "" if result.answers_stored is None else f", {result.answers_stored} in the database"
    commits = (
        "" if result.commits is None else f"   commits {result.commits} of {result.group_size:.1f} changes"
    )
    r = result
    parts = f"user {r.cpu_user_us:.0f}, system {r.cpu_system_us:.0f}"
    lines = [
        f"answered  {r.updates_per_s:.0f}/s ({r.updates} updates, {r.answers} answers, {r.seconds:.1f} s)",
        f"time      p50 {r.p50_ms:.1f}  p90 {r.p90_ms:.1f}  p99 {r.p99_ms:.1f}  max {r.max_ms:.1f} ms",
        f"bot       {r.cpu_us:.0f} us of CPU an update ({parts}), {r.bot_cpu:.0%} of a core",
        f"memory    {r.rss_mb:.0f} MB   WAL {r.wal_mb:.1f} MB   connections {r.connections}{commits}",
        f"load      {r.load_cpu_us:.0f} us of CPU an update, {r.load_cpu:.0%} of a core",
        f"answers   {r.answers_given} given{stored}",
    ]
    if result.is_clean:
        lines.append("replies   all for the right learner, in order, exactly once")
    for kind, count in result.faults.items():
        lines.append(f"FAULT     {count} {kind}: {MEANINGS[Fault(kind)]}")
    lines += [f"          {example}" for example in result.examples]
    return "\n".join(lines)
