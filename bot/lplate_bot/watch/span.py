"""What happened between two snapshots: rates, shares, means and quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.watch.snapshot import Buckets, Snapshot


@dataclass(frozen=True, slots=True)
class Span:
    """Compare *now* with *before*; a counter that went back was reset by a restart and counts from 0."""

    before: Snapshot
    now: Snapshot

    @property
    def seconds(self) -> float:
        """Return the length, never 0."""
        return max(self.now.at_s - self.before.at_s, 1e-3)

    def grown(self, name: str, **labels: str) -> float:
        """Return by how much a counter grew."""
        return _grown(self.before.total(name, **labels), self.now.total(name, **labels))

    def per_s(self, name: str, **labels: str) -> float:
        """Return how much a counter grew each second."""
        return self.grown(name, **labels) / self.seconds

    def per_s_by(self, name: str, label: str) -> dict[str, float]:
        """Return the growth each second for each value of *label*."""
        before = self.before.by(name, label)
        return {
            value: _grown(before.get(value, 0.0), total) / self.seconds
            for value, total in self.now.by(name, label).items()
        }

    def mean(self, name: str) -> float | None:
        """Return the mean of what a histogram was given, None if that was nothing."""
        count = self.grown(f"{name}_count")
        return self.grown(f"{name}_sum") / count if count else None

    def buckets(self, name: str, **labels: str) -> Buckets:
        """Return what a histogram was given, by upper bound."""
        before = self.before.buckets(name, **labels)
        now = self.now.buckets(name, **labels)
        return {bound: _grown(before.get(bound, 0.0), count) for bound, count in now.items()}

    def quantile(self, share: float, name: str, **labels: str) -> float | None:
        """Return below what *share* of a histogram's values lies, None if it was given none."""
        return quantile(share, self.buckets(name, **labels))


def quantile(share: float, buckets: Mapping[float, float]) -> float | None:
    """Return the quantile of cumulative counts by rising upper bound, None if nothing was counted.

    Within a bucket values are taken as evenly spread, as Prometheus does; beyond the last bound the answer is
    that bound.
    """
    total = max(buckets.values(), default=0.0)
    if not total:
        return None
    wanted = share * total
    for (low, below), (high, up_to) in pairwise([(0.0, 0.0), *buckets.items()]):
        if up_to >= wanted and up_to > below:
            return low if high == float("inf") else low + (high - low) * (wanted - below) / (up_to - below)
    return None


def _grown(before: float, now: float) -> float:
    return now - before if now >= before else now
