"""From metrics to the numbers a person watches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from lplate_bot.watch.findings import CHECKS, Level, findings
from lplate_bot.watch.snapshot import Snapshot, snapshot_of
from lplate_bot.watch.span import Span, quantile
from lplate_bot.watch.vitals import Vitals, vitals
from operate.pretend_bot import PretendBot

if TYPE_CHECKING:
    from collections.abc import Callable

INFINITY = float("inf")


def taken(bot: PretendBot) -> Snapshot:
    """Return the bot's metrics as they are now."""
    return snapshot_of(bot.collect(), bot.now_s)


def after(bot: PretendBot, before: Snapshot, seconds: float = 10.0) -> Vitals:
    """Return the vitals of the stretch since *before*, which took *seconds*."""
    bot.now_s = before.at_s + seconds
    return vitals(Span(before, taken(bot)), wall_s=bot.started_s + 3_600)


def test_a_scrape_says_what_the_collector_said() -> None:
    """Read from text, the metrics are those that were collected."""
    bot = PretendBot()
    bot.press("answer", 0.004, times=3)
    registry = CollectorRegistry()
    registry.register(bot)
    text = generate_latest(registry).decode()
    assert snapshot_of(text_string_to_metric_families(text), bot.now_s) == taken(bot)


def test_rates_and_times_are_of_the_stretch_alone() -> None:
    """What happened before the stretch does not count."""
    bot = PretendBot()
    bot.press("answer", 4.0, times=500)
    before = taken(bot)
    bot.press("answer", 0.004, times=90)
    bot.press("start", 0.2, times=10)
    seen = after(bot, before)
    assert seen.promise.updates_per_s == pytest.approx(10)
    assert [(it.name, it.per_s) for it in seen.promise.actions] == [("answer", 9.0), ("start", 1.0)]
    assert seen.promise.p50_s == pytest.approx(0.0025 + 0.0025 * 50 / 90)
    assert seen.promise.p99_s is not None
    assert 0.1 < seen.promise.p99_s <= 0.25
    assert seen.commit.changes_per_group == pytest.approx(2)
    assert seen.up_s == pytest.approx(3_600)


def test_a_restart_counts_from_zero() -> None:
    """A counter that went back was begun anew: nothing is negative."""
    bot = PretendBot()
    bot.press("answer", 0.004, times=500)
    before = taken(bot)
    newborn = PretendBot()
    newborn.press("answer", 0.004, times=20)
    assert after(newborn, before).promise.updates_per_s == pytest.approx(2)


def test_nothing_happened() -> None:
    """Where nothing happened there is no time to tell, no share and no finding."""
    bot = PretendBot()
    seen = after(bot, taken(bot))
    assert (seen.promise.p99_s, seen.commit.p99_s, seen.egress.uploads_avoided_share) == (None, None, None)
    assert seen.promise.actions == ()
    assert seen.promise.error_share == 0
    assert findings(seen) == ()


def test_a_disk_that_cannot_be_measured_is_not_full() -> None:
    """Where the bot does not know how much is free, nothing is said about it."""
    bot = PretendBot()
    del bot.gauges["lplate_disk_free_bytes", ()]
    seen = after(bot, taken(bot))
    assert seen.commit.disk_free_bytes is None
    assert findings(seen) == ()


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ({0.1: 10.0, INFINITY: 10.0}, 0.5, 0.05),
        ({0.1: 0.0, 0.2: 10.0, INFINITY: 10.0}, 0.9, 0.19),
        ({0.1: 5.0, INFINITY: 10.0}, 0.99, 0.1),
        ({0.1: 0.0, INFINITY: 0.0}, 0.5, None),
        ({}, 0.5, None),
    ],
)
def test_quantiles_are_those_of_prometheus(
    buckets: dict[float, float], share: float, expected: float | None
) -> None:
    """A quantile is read off its bucket as Prometheus reads it."""
    found = quantile(share, buckets)
    assert found == (None if expected is None else pytest.approx(expected))


def test_failing_updates_are_a_bad_finding() -> None:
    """Two failures in a hundred are bad, also when nothing else was counted."""
    bot = PretendBot()
    before = taken(bot)
    bot.count("lplate_update_errors", 2, reason="store")
    assert [it.level for it in findings(after(bot, before)) if it.key == "errors"] == [Level.BAD]
    bot.count("lplate_updates", 100, kind="answer")
    assert [it.level for it in findings(after(bot, before)) if it.key == "errors"] == [Level.BAD]


TROUBLES: dict[str, tuple[str, float]] = {
    "ready": ("lplate_ready", 0),
    "updates": ("lplate_updates_waiting", 5_000),
    "calls": ("lplate_calls_waiting", 5_000),
    "inbox": ("lplate_inbox_waiting", 5_000),
    "wal": ("lplate_wal_bytes", 300 * 1024 * 1024),
    "disk": ("lplate_disk_free_bytes", 1_000_000),
    "maintenance": ("lplate_maintenance", 1),
    "files": ("process_open_fds", 65_000),
}


@pytest.mark.parametrize("key", TROUBLES)
def test_a_troubled_gauge_is_found(key: str) -> None:
    """Each gauge out of its bounds is one finding, that one."""
    bot = PretendBot()
    before = taken(bot)
    name, value = TROUBLES[key]
    bot.gauge(name, value)
    assert [it.key for it in findings(after(bot, before))] == [key]


BUSY: dict[str, Callable[[PretendBot], object]] = {
    "response": lambda bot: bot.time("lplate_response_seconds", 3.0, 10, action="answer"),
    "limited": lambda bot: bot.count("lplate_rate_limited", 50, tier="free"),
    "commits": lambda bot: bot.time("lplate_commit_seconds", 0.9, 10),
    "failures": lambda bot: bot.count("lplate_commit_failures", 1),
    "reader_wait": lambda bot: bot.time("lplate_connection_wait_seconds", 0.9),
    "floods": lambda bot: bot.count("lplate_api_floods", 30),
    "lag": lambda bot: bot.time("lplate_loop_lag_seconds", 0.9, 10),
    "cpu": lambda bot: bot.count("process_cpu_seconds", 9.5),
    "readers": lambda bot: bot.readers(busy=4, idle=0),
    "errors": lambda bot: bot.count("lplate_update_errors", 20, reason="fault"),
}


@pytest.mark.parametrize("key", BUSY)
def test_trouble_in_the_stretch_is_found(key: str) -> None:
    """Each kind of trouble among honest presses is one finding, that one."""
    bot = PretendBot()
    before = taken(bot)
    bot.count("lplate_updates", 500, kind="answer")
    BUSY[key](bot)
    assert [it.key for it in findings(after(bot, before))] == [key]


def test_every_check_has_a_case() -> None:
    """No check stands here unproven."""
    assert {check.key for check in CHECKS} == TROUBLES.keys() | BUSY.keys()


def test_rows_that_may_wait_are_no_trouble() -> None:
    """Rows that are put off on purpose, and update ids that came once, worry nobody."""
    bot = PretendBot()
    before = taken(bot)
    bot.gauge("lplate_commit_waiting", 20_000)
    bot.count("lplate_cache_misses", 500, cache="seen_updates")
    seen = after(bot, before)
    assert findings(seen) == ()
    assert [it.hit_share for it in seen.caches if it.name == "seen_updates"] == [None]


def test_the_worst_comes_first() -> None:
    """Of two findings the bad one is told before the odd one."""
    bot = PretendBot()
    before = taken(bot)
    bot.gauge("lplate_updates_waiting", 600)
    bot.gauge("lplate_disk_free_bytes", 1_000)
    assert [it.key for it in findings(after(bot, before))] == ["disk", "updates"]
