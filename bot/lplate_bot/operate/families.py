"""Make Prometheus' families out of plain numbers."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.utils import floatToGoString

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prometheus_client.core import Metric

    from lplate_native import Histogram

PREFIX = "lplate_"


def counter(name: str, meaning: str, value: float) -> Metric:
    """Return a counter without labels; the exposition adds ``_total``."""
    return CounterMetricFamily(PREFIX + name, meaning, value=value)


def counters(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a counter for each value of a label."""
    return _labelled(CounterMetricFamily(PREFIX + name, meaning, labels=[label]), values)


def gauge(name: str, meaning: str, value: float) -> Metric:
    """Return a gauge without labels."""
    return GaugeMetricFamily(PREFIX + name, meaning, value=value)


def gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    """Return a gauge for each value of a label."""
    return _labelled(GaugeMetricFamily(PREFIX + name, meaning, labels=[label]), values)


def histogram(name: str, meaning: str, values: Histogram) -> Metric:
    """Return a histogram without labels."""
    family = HistogramMetricFamily(PREFIX + name, meaning)
    family.add_metric([], _buckets(values), values.sum)
    return family


def histograms(name: str, meaning: str, label: str, values: Mapping[str, Histogram]) -> Metric:
    """Return a histogram for each value of a label."""
    family = HistogramMetricFamily(PREFIX + name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], _buckets(value), value.sum)
    return family


def _labelled(family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[str, float]) -> Metric:
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _buckets(values: Histogram) -> list[tuple[str, float]]:
    """Return the bounds as the format spells them, each with the number of values up to it."""
    bounds = [*map(floatToGoString, values.bounds), "+Inf"]
    return list(zip(bounds, map(float, accumulate(values.counts)), strict=True))
