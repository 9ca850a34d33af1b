"""Histogram against a list of all values."""

from __future__ import annotations

import math
import sys
from bisect import bisect_left
from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplate_native import Histogram

BOUNDS = (0.001, 0.01, 0.1, 1.0, 10.0)
NUMBERS = st.one_of(
    st.sampled_from(BOUNDS), st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(-9, 99)
)


@given(st.lists(NUMBERS))
def test_counts_are_those_of_a_list(values: list[float]) -> None:
    """Each value falls into the first bucket whose bound is not below it, and count and sum are true."""
    histogram = Histogram(BOUNDS)
    expected = [0] * (len(BOUNDS) + 1)
    for value in values:
        histogram.observe(value)
        expected[bisect_left(BOUNDS, value)] += 1
    assert histogram.counts == tuple(expected)
    assert len(histogram) == len(values)
    assert histogram.sum == reduce(add, map(float, values), 0.0)  # not sum(), which 3.12 rounds less often


def test_bounds_are_kept() -> None:
    """The bounds come back as they were given, as floats."""
    assert Histogram(range(1, 33)).bounds == tuple(map(float, range(1, 33)))


def test_endless_values_are_counted() -> None:
    """Infinity is greater than every bound, its negative smaller."""
    histogram = Histogram(BOUNDS)
    histogram.observe(math.inf)
    assert (histogram.counts[-1], histogram.sum) == (1, math.inf)
    histogram.observe(-math.inf)
    assert histogram.counts[0] == 1


@pytest.mark.parametrize(
    "bounds",
    [(), (1, 1), (2, 1), (math.nan,), (1, math.nan), (math.inf,), (-math.inf, 0), range(33)],
    ids=repr,
)
def test_senseless_bounds_are_refused(bounds: Any) -> None:
    """Bounds that do not rise, are not finite, too many or none raise ValueError."""
    with pytest.raises(ValueError, match="bound"):
        Histogram(bounds)


def test_nan_is_refused() -> None:
    """What is no number is not counted and does not spoil the sum."""
    histogram = Histogram(BOUNDS)
    with pytest.raises(ValueError, match="no measurement"):
        histogram.observe(math.nan)
    assert (len(histogram), histogram.sum) == (0, 0.0)


@pytest.mark.parametrize("value", [None, "1", b"1", 1j], ids=repr)
def test_only_numbers_are_taken(value: Any) -> None:
    """Other objects raise TypeError and are not counted."""
    histogram = Histogram(BOUNDS)
    with pytest.raises(TypeError):
        histogram.observe(value)
    assert len(histogram) == 0


def test_memory_is_told() -> None:
    """sys.getsizeof() tells all of the memory, which no value adds to."""
    histogram = Histogram(BOUNDS)
    before = sys.getsizeof(histogram)
    histogram.observe(1)
    assert 500 < before == sys.getsizeof(histogram) < 700
