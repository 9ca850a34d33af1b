"""All metrics of one moment, as the collector gives them or as a scrape was read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from prometheus_client import Metric

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold the value of every sample, by name and labels, at *at_s* of a monotonic clock."""

    at_s: float
    samples: Mapping[str, Mapping[Labels, float]]

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

    def buckets(self, name: str, **labels: str) -> dict[float, float]:
        """Return the cumulative counts of a histogram by upper bound, summed over all that bears *labels*."""
        wanted = labels.items()
        sums: dict[float, float] = defaultdict(float)
        for own, value in self.samples.get(f"{name}_bucket", {}).items():
            if wanted <= own:
                sums[float(dict(own)["le"])] += value
        return dict(sorted(sums.items()))


def snapshot_of(families: Iterable[Metric], at_s: float) -> Snapshot:
    """Return what prometheus-client's *families* say, whether collected or parsed."""
    samples: dict[str, dict[Labels, float]] = defaultdict(dict)
    for family in families:
        for sample in family.samples:
            samples[sample.name][frozenset(sample.labels.items())] = sample.value
    return Snapshot(at_s, dict(samples))
