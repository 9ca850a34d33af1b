"""A load test's figures as one HTML page that needs nothing from anywhere."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from lplate_bot.loadtest import charts
from lplate_bot.loadtest.ledger import MEANINGS, Fault

if TYPE_CHECKING:
    from lplate_bot.loadtest.result import Result


def page(result: Result) -> str:
    """Return the page."""
    style = (files("lplate_bot.loadtest") / "page.css").read_text()
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>lplate load: {result.updates_per_s:.0f}/s</title><style>{style}</style>"
        f"<h1>{escape(result.bot)} under load</h1>"
        f'<p class="plan">{escape(_plan(result))}</p>'
        f"{_tiles(result)}{_verdict(result)}{_charts(result)}</html>\n"
    )


def _plan(result: Result) -> str:
    plan = result.plan
    pressing = (
        f"{plan['rate']:g} presses a second"
        if plan["loop"] == "open"
        else f"{plan['think_s']:g} s of thought after each reply"
    )
    return (
        f"{result.learners} learners, {pressing}, {plan['shape']}, by {plan['delivery']}, "
        f"cards: {plan['flow']}, {result.seconds:.0f} s"
    )


def _tiles(result: Result) -> str:
    tiles = [
        (f"{result.updates_per_s:.0f}/s", "answered"),
        (f"{result.p50_ms:.1f} ms", "half of all replies within"),
        (f"{result.p90_ms:.1f} ms", "90 % within"),
        (f"{result.p99_ms:.1f} ms", "99 % within"),
        (f"{result.max_ms:.1f} ms", "longest"),
        (f"{result.cpu_us:.0f} µs", "bot's CPU for an update"),
        (f"{result.bot_cpu:.0%}", "of a core used by the bot"),
        (f"{result.rss_mb:.0f} MB", "bot's memory"),
        (f"{result.wal_mb:.1f} MB", "write-ahead log"),
        (f"{result.connections}", "connections of the bot"),
        (f"{result.load_cpu_us:.0f} µs", "load test's own CPU for an update"),
        (f"{result.answers_given}", "questions answered"),
    ]
    if result.commits is not None and result.group_size is not None:
        tiles += [(f"{result.commits}", "commits"), (f"{result.group_size:.1f}", "changes in each")]
    cells = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for value, name in tiles)
    return f'<div class="tiles">{cells}</div>'


def _verdict(result: Result) -> str:
    if result.is_clean:
        return '<p class="verdict">Every reply came to the right learner, in order, exactly once.</p>'
    items = [
        f"<li>{count} {escape(kind)}: {escape(MEANINGS[Fault(kind)])}</li>"
        for kind, count in result.faults.items()
    ]
    items += [f"<li><code>{escape(example)}</code></li>" for example in result.examples]
    return f'<div class="verdict bad">Faults:<ul>{"".join(items)}</ul></div>'


def _charts(result: Result) -> str:
    seconds = result.timeline
    at_s = [second.at_s for second in seconds]
    drawn = (
        charts.lines("Answered a second", "", at_s, [("answered", [s.answered_per_s for s in seconds])]),
        charts.lines(
            "Time to the reply", " ms", at_s,
            [("p50", [s.p50_ms for s in seconds]), ("p99", [s.p99_ms for s in seconds])],
        ),
        charts.lines(
            "Processor", " %", at_s,
            [("bot", [100 * s.bot_cpu for s in seconds]), ("load test", [100 * s.load_cpu for s in seconds])],
        ),
        charts.lines(
            "Memory", " MB", at_s,
            [("resident", [s.rss_mb for s in seconds]), ("write-ahead log", [s.wal_mb for s in seconds])],
        ),
        charts.lines("Presses waiting", "", at_s, [("waiting", [float(s.waiting) for s in seconds])]),
        charts.bars("Times to the reply, how often", "ms", result.histogram),
    )  # fmt: skip
    return f'<div class="charts">{"".join(drawn)}</div>'
