"""Read an exposition as Prometheus would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_plain

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PLAIN = "text/plain"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


class Samples:
    """Hold the samples of one scrape."""

    def __init__(self, text: str, *, is_open: bool = True) -> None:
        self.text = text
        self.families: list[Metric] = list((read_open if is_open else read_plain)(text))
        self._values = {
            (sample.name, frozenset(sample.labels.items())): float(sample.value)
            for family in self.families
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return the value of one sample, by its name without our prefix."""
        return self._values[f"lplate_{name}", frozenset(labels.items())]

    def labelled(self, name: str) -> dict[tuple[str, ...], float]:
        """Return all values of a name above 0, by the values of their labels in the order of their names."""
        return {
            tuple(value for _, value in sorted(labels)): number
            for (sample, labels), number in self._values.items()
            if sample == f"lplate_{name}" and number
        }
