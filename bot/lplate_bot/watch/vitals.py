"""The numbers a person watches, worked out from the metrics of a stretch of time.

Rates are by second, times in seconds, shares from 0 to 1; None where nothing happened that could be measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lplate_bot.watch.span import quantile

if TYPE_CHECKING:
    from lplate_bot.watch.snapshot import Snapshot
    from lplate_bot.watch.span import Span

_OK = "2"
"""First digit of the HTTP status of a call that went well."""
_SEEN = "seen_updates"
"""In this one a hit is an update that came twice: there is no share to be proud of."""


@dataclass(frozen=True, slots=True)
class Action:
    """Hold how fast one kind of press was answered."""

    name: str
    per_s: float
    p50_s: float | None
    p99_s: float | None


@dataclass(frozen=True, slots=True)
class Promise:
    """Hold what learners notice; *p50_s* and *p99_s* are from an update's arrival to its reply."""

    learners: int
    updates_per_s: float
    replies_per_s: float
    p50_s: float | None
    p99_s: float | None
    error_share: float
    errors_per_s: float
    duplicates_per_s: float
    limited_per_s: float
    limited_share: float
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Queues:
    """Hold how much waits, and where; *rows* are for the disk, most of them such as may wait."""

    updates: int
    lanes_busy: int
    rows: int
    calls: int
    inbox: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Hold how the group commit and its database do."""

    groups_per_s: float
    changes_per_group: float | None
    p99_s: float | None
    wait_p99_s: float | None
    failures_per_s: float
    wal_bytes: int
    database_bytes: int
    disk_free_bytes: int | None
    readers_busy: int
    readers_idle: int
    reader_wait_p99_s: float | None


@dataclass(frozen=True, slots=True)
class Egress:
    """Hold how the Bot API takes our calls."""

    calls_per_s: float
    p99_s: float | None
    failed_per_s: float
    floods_per_s: float
    chats_held: int
    uploads_avoided_share: float | None


@dataclass(frozen=True, slots=True)
class Cache:
    """Hold how full a cache is and how often it helps."""

    name: str
    entries: int
    capacity: int
    hit_share: float | None


@dataclass(frozen=True, slots=True)
class Process:
    """Hold what the process takes from the machine; *cpu_share* is of one core."""

    rss_bytes: int
    cpu_share: float
    loop_lag_p99_s: float | None
    gc_pause_p99_s: float | None
    open_files: int
    most_files: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """Hold all of it for a stretch of *over_s* seconds that ends now."""

    over_s: float
    up_s: float
    is_ready: bool
    in_maintenance: bool
    version: str
    promise: Promise
    queues: Queues
    commit: Commit
    egress: Egress
    caches: tuple[Cache, ...]
    process: Process


def vitals(span: Span, wall_s: float) -> Vitals:
    """Return the vitals of *span*; *wall_s* is the wall clock at its end, for how long the bot is up."""
    now = span.now
    return Vitals(
        over_s=span.seconds,
        up_s=max(0.0, wall_s - now.total("lplate_start_time_seconds")),
        is_ready=now.total("lplate_ready") > 0,
        in_maintenance=now.total("lplate_maintenance") > 0,
        version=next(iter(now.by("lplate_info", "version")), ""),
        promise=_promise(span),
        queues=_queues(span),
        commit=_commit(span),
        egress=_egress(span),
        caches=_caches(span),
        process=_process(span),
    )


def _promise(span: Span) -> Promise:
    updates = span.per_s("lplate_updates_total")
    errors = span.per_s("lplate_update_errors_total")
    limited = span.per_s("lplate_rate_limited_total")
    times = span.buckets("lplate_response_seconds")
    return Promise(
        learners=int(span.now.total("lplate_learners_active")),
        updates_per_s=updates,
        replies_per_s=span.per_s("lplate_response_seconds_count"),
        p50_s=quantile(0.5, times),
        p99_s=quantile(0.99, times),
        error_share=_share(errors, updates),
        errors_per_s=errors,
        duplicates_per_s=span.per_s("lplate_updates_duplicate_total"),
        limited_per_s=limited,
        limited_share=_share(limited, updates),
        actions=_actions(span),
    )


def _actions(span: Span) -> tuple[Action, ...]:
    """Return the actions that happened, the most frequent first."""
    rates = span.per_s_by("lplate_response_seconds_count", "action")
    busy = sorted((pair for pair in rates.items() if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))
    return tuple(_action(span, name, rate) for name, rate in busy)


def _action(span: Span, name: str, per_s: float) -> Action:
    times = span.buckets("lplate_response_seconds", action=name)
    return Action(name, per_s, quantile(0.5, times), quantile(0.99, times))


def _queues(span: Span) -> Queues:
    now = span.now
    return Queues(
        updates=int(now.total("lplate_updates_waiting")),
        lanes_busy=int(now.total("lplate_lanes_busy")),
        rows=int(now.total("lplate_commit_waiting")),
        calls=int(now.total("lplate_calls_waiting")),
        inbox=int(now.total("lplate_inbox_waiting")),
    )


def _commit(span: Span) -> Commit:
    now = span.now
    return Commit(
        groups_per_s=span.per_s("lplate_commit_groups_total"),
        changes_per_group=span.mean("lplate_commit_group_size"),
        p99_s=span.quantile(0.99, "lplate_commit_seconds"),
        wait_p99_s=span.quantile(0.99, "lplate_commit_wait_seconds"),
        failures_per_s=span.per_s("lplate_commit_failures_total"),
        wal_bytes=int(now.total("lplate_wal_bytes")),
        database_bytes=int(now.total("lplate_database_bytes")),
        disk_free_bytes=_known(now, "lplate_disk_free_bytes"),
        readers_busy=int(now.total("lplate_connections", state="in_use")),
        readers_idle=int(now.total("lplate_connections", state="idle")),
        reader_wait_p99_s=span.quantile(0.99, "lplate_connection_wait_seconds"),
    )


def _egress(span: Span) -> Egress:
    by_status = span.per_s_by("lplate_api_calls_total", "status")
    avoided = span.grown("lplate_uploads_avoided_total")
    pictures = avoided + span.grown("lplate_uploads_total")
    return Egress(
        calls_per_s=sum(by_status.values()),
        p99_s=span.quantile(0.99, "lplate_api_seconds"),
        failed_per_s=sum(rate for status, rate in by_status.items() if not status.startswith(_OK)),
        floods_per_s=span.per_s("lplate_api_floods_total"),
        chats_held=int(span.now.total("lplate_flood_wait_chats")),
        uploads_avoided_share=avoided / pictures if pictures else None,
    )


def _caches(span: Span) -> tuple[Cache, ...]:
    capacities = span.now.by("lplate_cache_capacity", "cache")
    return tuple(_cache(span, name, int(capacities[name])) for name in sorted(capacities))


def _cache(span: Span, name: str, capacity: int) -> Cache:
    hits = span.grown("lplate_cache_hits_total", cache=name)
    looked_up = hits + span.grown("lplate_cache_misses_total", cache=name)
    entries = int(span.now.total("lplate_cache_entries", cache=name))
    is_known = bool(looked_up) and name != _SEEN
    return Cache(name, entries, capacity, hits / looked_up if is_known else None)


def _process(span: Span) -> Process:
    now = span.now
    return Process(
        rss_bytes=int(now.total("process_resident_memory_bytes")),
        cpu_share=span.per_s("process_cpu_seconds_total"),
        loop_lag_p99_s=span.quantile(0.99, "lplate_loop_lag_seconds"),
        gc_pause_p99_s=span.quantile(0.99, "lplate_gc_pause_seconds"),
        open_files=int(now.total("process_open_fds")),
        most_files=int(now.total("process_max_fds")),
    )


def _known(now: Snapshot, name: str) -> int | None:
    """Return a gauge, None if the bot does not show it."""
    return int(now.total(name)) if name in now.samples else None


def _share(part: float, whole: float) -> float:
    """Return *part* of *whole*; 1 if there is a part of nothing, as when all updates fail."""
    if whole > 0:
        return min(1.0, part / whole)
    return 1.0 if part > 0 else 0.0
