"""One frame of ``lplate top``: all that matters on 80 by 24 characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lplate_bot.watch.findings import Level, findings
from lplate_bot.watch.words import age, count, duration, per_s, percent, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from lplate_bot.watch.vitals import Commit, Egress, Process, Promise, Queues, Vitals

STYLES: Final = {Level.FINE: "bold", Level.ODD: "bold yellow", Level.BAD: "bold red"}
_HEADLINES: Final = {Level.FINE: "all is well", Level.ODD: "worth a look", Level.BAD: "needs you now"}
_HEADLINE_STYLES: Final = {Level.FINE: "bold green", Level.ODD: "bold yellow", Level.BAD: "bold red"}
_NAME_WIDTH: Final = 10
_CELL_WIDTH: Final = 14
_MOST_FINDINGS: Final = 3
_FIXED_ROWS: Final = 13
"""Lines of a frame beside findings and rows of the tables."""


class Cell(NamedTuple):
    """Hold one number: what it is, how it reads, and the check that colours it."""

    label: str
    text: str
    key: str = ""


def frame(seen: Vitals, height: int, remark: str = "") -> RenderableType:
    """Return the screen for *seen* in at most *height* lines; *remark* is said in the first line."""
    found = findings(seen)
    levels = {finding.key: finding.level for finding in found}
    worst = max(levels.values(), default=Level.FINE)
    told = [Text(f" {it.sentence}", STYLES[it.level]) for it in found[:_MOST_FINDINGS]]
    if len(found) > _MOST_FINDINGS:
        told[-1] = Text(
            f" ... and {len(found) - _MOST_FINDINGS + 1} more", STYLES[found[_MOST_FINDINGS - 1].level]
        )
    lines = [_line(name, cells, levels) for name, cells in _lines(seen).items()]
    tables = _tables(seen, max(1, height - _FIXED_ROWS - len(told)))
    return Group(_head(seen, worst, remark), *told, Text(), *lines, Text(), tables)


def _head(seen: Vitals, worst: Level, remark: str) -> Text:
    head = Text(f" lplate {seen.version}  ", "bold", no_wrap=True, overflow="ellipsis")
    head.append(_HEADLINES[worst], _HEADLINE_STYLES[worst])
    head.append(f"   up {age(seen.up_s)}, over the last {age(seen.over_s)}   ", "dim")
    head.append(remark, "dim")
    return head


def _lines(seen: Vitals) -> dict[str, Sequence[Cell]]:
    return {
        "replies": _replies(seen.promise),
        "updates": _updates(seen.promise),
        "waiting": _waiting(seen.queues),
        "commit": _commit(seen.commit),
        "database": _database(seen.commit),
        "telegram": _telegram(seen.egress),
        "process": _process(seen.process),
    }


def _replies(promise: Promise) -> Sequence[Cell]:
    return (
        Cell("99 %", duration(promise.p99_s), "response"),
        Cell("half", duration(promise.p50_s)),
        Cell("", per_s(promise.replies_per_s)),
        Cell("learners", count(promise.learners)),
    )


def _updates(promise: Promise) -> Sequence[Cell]:
    return (
        Cell("", per_s(promise.updates_per_s)),
        Cell("fail", percent(promise.error_share), "errors"),
        Cell("refused", percent(promise.limited_share), "limited"),
        Cell("again", per_s(promise.duplicates_per_s)),
    )


def _waiting(queues: Queues) -> Sequence[Cell]:
    return (
        Cell("updates", count(queues.updates), "updates"),
        Cell("calls", count(queues.calls), "calls"),
        Cell("menus", count(queues.inbox), "inbox"),
        Cell("lanes", count(queues.lanes_busy)),
        Cell("rows", count(queues.rows)),
    )


def _commit(commit: Commit) -> Sequence[Cell]:
    return (
        Cell("99 %", duration(commit.p99_s), "commits"),
        Cell("waits", duration(commit.wait_p99_s)),
        Cell("", per_s(commit.groups_per_s)),
        Cell("changes", count(commit.changes_per_group)),
        Cell("fail", per_s(commit.failures_per_s), "failures"),
    )


def _database(commit: Commit) -> Sequence[Cell]:
    readers = f"{commit.readers_busy}/{commit.readers_busy + commit.readers_idle}"
    return (
        Cell("", size(commit.database_bytes)),
        Cell("log", size(commit.wal_bytes), "wal"),
        Cell("free", size(commit.disk_free_bytes), "disk"),
        Cell("readers", readers, "readers"),
        Cell("wait", duration(commit.reader_wait_p99_s), "reader_wait"),
    )


def _telegram(egress: Egress) -> Sequence[Cell]:
    return (
        Cell("99 %", duration(egress.p99_s)),
        Cell("", per_s(egress.calls_per_s)),
        Cell("fail", per_s(egress.failed_per_s)),
        Cell("429", per_s(egress.floods_per_s), "floods"),
        Cell("held", count(egress.chats_held)),
    )


def _process(process: Process) -> Sequence[Cell]:
    return (
        Cell("", size(process.rss_bytes)),
        Cell("cpu", percent(process.cpu_share), "cpu"),
        Cell("lag", duration(process.loop_lag_p99_s), "lag"),
        Cell("gc", duration(process.gc_pause_p99_s)),
        Cell("files", count(process.open_files), "files"),
    )


def _line(name: str, cells: Sequence[Cell], levels: Mapping[str, Level]) -> Text:
    line = Text(f" {name:<{_NAME_WIDTH}}", no_wrap=True, overflow="ellipsis")
    for cell in cells:
        label = f"{cell.label} " if cell.label else ""
        line.append(label, "dim")
        line.append(cell.text, STYLES[levels.get(cell.key, Level.FINE)])
        line.append(" " * max(2, _CELL_WIDTH - len(label) - len(cell.text)))
    line.rstrip()
    return line


def _tables(seen: Vitals, rows: int) -> Table:
    both = Table.grid(padding=(0, 3, 0, 0))
    both.add_row(_actions(seen, rows), _caches(seen, rows))
    return both


def _actions(seen: Vitals, rows: int) -> Table:
    table = _table(" press", "each s", "half", "99 %")
    for it in seen.promise.actions[:rows]:
        table.add_row(f" {it.name}", count(it.per_s), duration(it.p50_s), duration(it.p99_s))
    if not seen.promise.actions:
        table.add_row(" nothing yet", "", "", "")
    return table


def _caches(seen: Vitals, rows: int) -> Table:
    table = _table("cache", "holds", "full", "found")
    for it in seen.caches[:rows]:
        full = percent(it.entries / it.capacity if it.capacity else None)
        table.add_row(it.name, count(it.entries), full, percent(it.hit_share))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim", show_edge=False)
    table.add_column(first, no_wrap=True, min_width=11)
    for title in others:
        table.add_column(title, justify="right", no_wrap=True, min_width=7)
    return table
