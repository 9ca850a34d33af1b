"""All metrics of one moment, as the collector gives them or as a scrape was read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client import Metric

Labels = frozenset[tuple[str, str]]
Buckets = dict[float, float]
"""Cumulative counts by rising upper bound."""
_BUCKET: Final = "_bucket"
_BOUND: Final = "le"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold what all metrics said at *at_s* of a monotonic clock, by name and labels.

    *histograms* has the buckets, under the histogram's name; all else is in *samples*.
    """

    at_s: float
    samples: Mapping[str, Mapping[Labels, float]]
    histograms: Mapping[str, Mapping[Labels, Buckets]]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of all samples of that name which bear *labels*; 0 if there is none."""
        wanted = labels.items()
        return sum(value for own, value in self.samples.get(name, {}).items() if wanted <= own)

    def by(self, name: str, label: str) -> dict[str, float]:
        """Return the sums of the samples of that name, one for each value of *label*."""
        sums: dict[str, float] = defaultdict(float)
        for own, value in self.samples.get(name, {}).items():
            sums[dict(own).get(label, "")] += value
        return dict(sums)

    def buckets(self, name: str, **labels: str) -> Buckets:
        """Return the buckets of a histogram, summed over all that bears *labels*."""
        wanted = labels.items()
        sums: Buckets = {}
        for own, buckets in self.histograms.get(name, {}).items():
            if wanted <= own:
                for bound, value in buckets.items():
                    sums[bound] = sums.get(bound, 0.0) + value
        return sums


def snapshot_of(families: Iterable[Metric], at_s: float) -> Snapshot:
    """Return what prometheus-client's *families* say, whether collected or parsed."""
    samples: dict[str, dict[Labels, float]] = defaultdict(dict)
    histograms: dict[str, dict[Labels, Buckets]] = defaultdict(lambda: defaultdict(dict))
    for family in families:
        for name, labels, value, *_ in family.samples:
            bound = labels.get(_BOUND) if name.endswith(_BUCKET) else None
            if bound is None:
                samples[name][frozenset(labels.items())] = value
            else:
                own = frozenset(pair for pair in labels.items() if pair[0] != _BOUND)
                histograms[name.removesuffix(_BUCKET)][own][float(bound)] = value
    return Snapshot(at_s, dict(samples), dict(histograms))
