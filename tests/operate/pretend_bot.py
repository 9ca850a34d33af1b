"""Metrics of a bot that is not there: the contract's names, with figures that a test sets."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client import Metric

    Labels = tuple[tuple[str, str], ...]

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, float("inf"))


class PretendBot:
    """Count what the test says happened, and tell it as the bot's collector would."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.started_s = 0.0
        self.counters: dict[tuple[str, Labels], float] = defaultdict(float)
        self.gauges: dict[tuple[str, Labels], float] = {}
        self.histograms: dict[tuple[str, Labels], list[float]] = defaultdict(lambda: [0.0] * len(BOUNDS))
        self.sums: dict[tuple[str, Labels], float] = defaultdict(float)
        self._rest()

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Add *amount* to a counter, named without ``_total``."""
        self.counters[name, tuple(labels.items())] += amount

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self.gauges[name, tuple(labels.items())] = value

    def readers(self, busy: int, idle: int) -> None:
        """Set how many reading connections are in use, and how many are not."""
        self.gauge("lplate_connections", busy, state="in_use")
        self.gauge("lplate_connections", idle, state="idle")

    def time(self, name: str, value: float, times: int = 1, **labels: str) -> None:
        """Give a histogram *value*, *times* times."""
        key = name, tuple(labels.items())
        self.sums[key] += value * times
        for place, bound in enumerate(BOUNDS):
            self.histograms[key][place] += times if value <= bound else 0

    def press(self, action: str, seconds: float, times: int = 1) -> None:
        """Take *times* presses, each answered after so many seconds, and all that goes with them."""
        self.count("lplate_updates", times, kind=action)
        self.time("lplate_response_seconds", seconds, times, action=action)
        self.count("lplate_commit_groups", times / 2)
        self.count("lplate_commit_changes", times)
        self.time("lplate_commit_group_size", 2, max(1, times // 2))
        self.time("lplate_commit_seconds", seconds / 5, times)
        self.time("lplate_commit_wait_seconds", seconds / 10, times)
        self.count("lplate_api_calls", times, method="editMessageText", status="200")
        self.time("lplate_api_seconds", seconds / 2, times, method="editMessageText")
        self.count("lplate_cache_hits", times, cache="learners")

    def collect(self) -> Iterator[Metric]:
        """Yield the families."""
        yield from self._families(CounterMetricFamily, self.counters)
        yield from self._families(GaugeMetricFamily, self.gauges)
        for name in sorted({name for name, _ in self.histograms}):
            family = HistogramMetricFamily(name, name, labels=self._label_names(name, self.histograms))
            for (own, labels), counts in self.histograms.items():
                if own == name:
                    buckets = [(_text(bound), count) for bound, count in zip(BOUNDS, counts, strict=True)]
                    family.add_metric([text for _, text in labels], buckets, self.sums[own, labels])
            yield family

    def _families(self, kind: type, figures: dict[tuple[str, Labels], float]) -> Iterator[Metric]:
        for name in sorted({name for name, _ in figures}):
            family = kind(name, name, labels=self._label_names(name, figures))
            for (own, labels), value in figures.items():
                if own == name:
                    family.add_metric([text for _, text in labels], value)
            yield family

    @staticmethod
    def _label_names(name: str, figures: Mapping[tuple[str, Labels], object]) -> list[str]:
        return next([label for label, _ in labels] for own, labels in figures if own == name)

    def _rest(self) -> None:
        """Set what a bot without learners shows."""
        for name in ("learners", "questions", "fragments", "seen_updates"):
            self.gauge("lplate_cache_entries", 120, cache=name)
            self.gauge("lplate_cache_capacity", 10_000, cache=name)
            self.count("lplate_cache_misses", 0, cache=name)
        for name in ("updates_waiting", "lanes_busy", "commit_waiting", "calls_waiting", "inbox_waiting"):
            self.gauge(f"lplate_{name}", 0)
        self.readers(busy=0, idle=4)
        self.gauge("lplate_ready", 1)
        self.gauge("lplate_maintenance", 0)
        self.gauge("lplate_start_time_seconds", self.started_s)
        self.gauge("lplate_info", 1, version="0.1.0", python="3.11", sqlite="3.51", delivery="webhook")
        self.gauge("lplate_learners_active", 1)
        self.gauge("lplate_flood_wait_chats", 0)
        self.gauge("lplate_wal_bytes", 4_000_000)
        self.gauge("lplate_database_bytes", 212_000_000)
        self.gauge("lplate_disk_free_bytes", 38_000_000_000)
        self.gauge("process_resident_memory_bytes", 96_000_000)
        self.gauge("process_open_fds", 41)
        self.gauge("process_max_fds", 65_536)
        self.count("process_cpu_seconds", 0)
        self.count("lplate_update_errors", 0, reason="store")
        self.count("lplate_rate_limited", 0, tier="free")
        self.count("lplate_api_floods", 0)
        self.time("lplate_loop_lag_seconds", 0.0004)


def _text(bound: float) -> str:
    return "+Inf" if bound == float("inf") else repr(bound)
