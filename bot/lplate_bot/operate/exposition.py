"""Show the counts of a running bot as Prometheus and OpenMetrics read them; docs/metrics.md explains each."""

from __future__ import annotations

import asyncio
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from lplate_bot.operate.families import (
    PREFIX,
    counter,
    counters,
    gauge,
    gauges,
    histogram,
    histograms,
)
from lplate_native import LruStats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate_bot.assembly import Bot
    from lplate_bot.operate.facts import Facts
    from lplate_bot.operate.health import Health
    from lplate_bot.operate.pulse import Pulse

SAMPLES_AT_ONCE: Final = 64
_END: Final = b"# EOF\n"
_OPEN_METRICS: Final = "application/openmetrics-text"


class Exposition:
    """Write the metrics of one bot in the format asked for.

    That takes 10 to 25 ms of processor time, so it is done in pieces of a millisecond or two between which
    presses go on.
    """

    def __init__(self, bot: Bot, health: Health, pulse: Pulse, facts: Facts) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._registry.register(BotCollector(bot, health, pulse, facts))

    def families(self) -> Iterator[Metric]:
        """Yield all metrics, each read when its turn comes."""
        yield from self._registry.collect()

    async def write(self, accept: str) -> tuple[bytes, str]:
        """Return the text and its content type for an HTTP Accept header."""
        encode, content_type = choose_encoder(accept)
        pieces: list[bytes] = []
        for family in self.families():
            for piece in _pieces(family):
                text = encode(piece).removesuffix(_END)
                pieces.append(text if piece.has_head else _without_head(text))
                await asyncio.sleep(0)
        if content_type.startswith(_OPEN_METRICS):
            pieces.append(_END)
        return b"".join(pieces), content_type


class _Piece(Collector):
    """Hold some samples of a family, the first of them if it *has_head*."""

    def __init__(self, family: Metric, first: int) -> None:
        self.has_head = first == 0
        self._metric = Metric(family.name, family.documentation, family.type, family.unit)
        self._metric.samples = family.samples[first : first + SAMPLES_AT_ONCE]

    def collect(self) -> Iterator[Metric]:
        """Yield the piece as a family."""
        yield self._metric


def _pieces(family: Metric) -> Iterator[_Piece]:
    for first in range(0, max(len(family.samples), 1), SAMPLES_AT_ONCE):
        yield _Piece(family, first)


def _without_head(text: bytes) -> bytes:
    return b"".join(line for line in text.splitlines(keepends=True) if not line.startswith(b"#"))


class BotCollector(Collector):
    """Read the counts of one bot."""

    def __init__(self, bot: Bot, health: Health, pulse: Pulse, facts: Facts) -> None:
        self._bot = bot
        self._health = health
        self._pulse = pulse
        self._facts = facts
        self._version = version("lplate")  # read from a file

    def collect(self) -> Iterator[Metric]:
        """Yield all families."""
        yield from _updates(self._bot)
        yield from _queues(self._bot)
        yield from _commits(self._bot)
        yield from _store(self._bot)
        yield from _caches(self._bot)
        yield from _calls(self._bot)
        yield from self._whole()

    def describe(self) -> Iterator[Metric]:
        """Yield nothing: names are known when asked for, and registering must not read the bot."""
        yield from ()

    def _whole(self) -> Iterator[Metric]:
        bot, facts = self._bot, self._facts
        engine = bot.house.store.state().engine
        about = {"version": self._version, "python": platform.python_version(), "sqlite": engine}
        yield InfoMetricFamily("lplate", "What runs.", value={**about, "delivery": facts.delivery})
        yield gauge("start_time_seconds", "When the bot came up, in Unix time.", facts.started_at_s)
        yield gauge("ready", "1 if /readyz says so.", float(self._health.is_ready))
        is_closed = bot.operators.reception.is_closed
        yield gauge("maintenance", "1 while learners are asked to come back later.", float(is_closed))
        yield gauge("learners_active", "Learners who pressed within 5 minutes.", bot.traffic.active_learners)
        yield histogram("loop_lag_seconds", "How late a timer of the event loop was.", self._pulse.lag_s)
        yield histogram("gc_pause_seconds", "Runs of the garbage collector.", self._pulse.collection_s)


def _updates(bot: Bot) -> Iterator[Metric]:
    traffic = bot.traffic
    actions = traffic.actions
    received = {name: action.updates for name, action in actions.items()}
    yield counters("updates", "Updates read, duplicates included.", "kind", received)
    yield counter("updates_duplicate", "Updates that had come before.", traffic.duplicates)
    errors = {
        "malformed": traffic.malformed,
        "fault": traffic.faults,
        "store": traffic.unstored,
        "busy": traffic.busy,
    }
    yield counters("update_errors", "Updates not handled as they should be.", "reason", errors)
    yield counters("rate_limited", "Updates refused for coming too fast.", "tier", traffic.rate_limited)
    responses = {name: action.response_s for name, action in actions.items()}
    yield histograms("response_seconds", "From an update to the last call of its reply.", "action", responses)
    yield histogram("ack_seconds", "From an update to its acknowledgement.", traffic.ack_s)


def _queues(bot: Bot) -> Iterator[Metric]:
    yield gauge("updates_waiting", "Updates taken and not acknowledged.", bot.gate.waiting)
    yield gauge("lanes_busy", "Learners with work under way.", len(bot.lanes))
    yield gauge("calls_waiting", "Calls to the Bot API not done.", bot.outbox.waiting)
    yield gauge(
        "commit_waiting", "Changes and deferred rows not given to the store.", bot.house.commit.waiting
    )
    yield gauge("inbox_waiting", "Updates for the handlers of commands and menus.", bot.cold.waiting)


def _commits(bot: Bot) -> Iterator[Metric]:
    counts = bot.house.commit.counters
    yield counter("commit_groups", "Groups committed.", counts.groups)
    yield counter("commit_changes", "Changes in these groups.", counts.changes)
    yield counter("commit_failures", "Groups that the store did not take.", counts.store_failures)
    yield histogram("commit_seconds", "What the store took for a group.", counts.writing_s)
    yield histogram(
        "commit_wait_seconds", "How long a group's first change waited for the store.", counts.waiting_s
    )
    yield histogram("commit_group_size", "Changes in a group.", counts.group_sizes)


def _store(bot: Bot) -> Iterator[Metric]:
    store = bot.house.store
    state = store.state()
    copies, waits = store.metrics.checkpoint_s, store.metrics.connection_wait_s
    yield counter("checkpoints", "Copies of the write-ahead log into the database.", len(copies))
    yield histogram("checkpoint_seconds", "Such copies.", copies)
    yield histogram("connection_wait_seconds", "Waits of long reads for a database connection.", waits)
    in_use = {"in_use": state.connections_in_use, "idle": state.connections_idle}
    yield gauges("connections", "Database connections for long reads.", "state", in_use)
    yield gauge("wal_bytes", "Size of the write-ahead log.", state.log_bytes)
    yield gauge("database_bytes", "Size of the learners' database.", state.database_bytes)
    if state.free_bytes is not None:
        yield gauge("disk_free_bytes", "Room left on the database's disk.", state.free_bytes)


def _caches(bot: Bot) -> Iterator[Metric]:
    stats = {
        "learners": bot.desk.cache(),
        "questions": _sum(bank.cache() for bank in bot.house.banks),
        "fragments": bot.fragments.cache(),
        "seen_updates": _seen(bot),
    }
    for name, meaning in (
        ("hits", "Look-ups that found what they sought."),
        ("misses", "Look-ups that did not."),
        ("evictions", "Entries pushed out for want of room."),
    ):
        values = {cache: getattr(each, name) for cache, each in stats.items()}
        yield counters(f"cache_{name}", meaning, "cache", values)
    entries = {cache: each.size for cache, each in stats.items()}
    yield gauges("cache_entries", "Entries held.", "cache", entries)
    room = {cache: each.capacity for cache, each in stats.items()}
    yield gauges("cache_capacity", "Entries held at most.", "cache", room)


def _sum(stats: Iterator[LruStats]) -> LruStats:
    each = [(one.hits, one.misses, one.evictions, one.size, one.capacity) for one in stats]
    return LruStats(*map(sum, zip(*each, strict=True))) if each else LruStats(0, 0, 0, 0, 0)


def _seen(bot: Bot) -> LruStats:
    """Return the window of update ids as a cache: an acknowledged id enters, the oldest leaves."""
    traffic, window = bot.traffic, bot.gate.seen
    size = len(window)
    evictions = max(0, len(traffic.ack_s) - size)
    misses = traffic.updates - traffic.duplicates
    return LruStats(traffic.duplicates, misses, evictions, size, window.capacity)


def _calls(bot: Bot) -> Iterator[Metric]:
    calls = CounterMetricFamily(
        PREFIX + "api_calls", "Calls ended, by HTTP status.", labels=["method", "status"]
    )
    methods = bot.client.metrics.methods
    for method, each in methods.items():
        for status, count in each.statuses.items():
            calls.add_metric([method, str(status) if status else "none"], count)
    yield calls
    times = {method: each.seconds for method, each in methods.items()}
    yield histograms("api_seconds", "From a call to its answer.", "method", times)
    counts = bot.outbox.metrics
    yield counter("api_floods", "Calls that Telegram asked to repeat later (429).", counts.floods)
    yield counter("api_held_seconds", "Waits that Telegram asked for, added up.", counts.held_s)
    yield gauge("flood_wait_chats", "Chats that wait for that now.", counts.held_chats)
    yield counter("uploads", "Calls that bore a picture's bytes.", counts.uploads)
    yield counter("uploads_avoided", "Calls that named a picture by its file id.", counts.uploads_avoided)
