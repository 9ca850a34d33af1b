"""Seeds and orders against Python, and some that must never change."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import models
from lplate_native.shuffling import mixed, shuffled

WORDS = st.integers(0, 2**64 - 1)


@given(st.lists(st.integers(-(2**63), 2**64 - 1), max_size=6))
def test_seeds_are_those_of_the_model(parts: list[int]) -> None:
    """Any parts give what Python gives; negative ones count modulo 2**64."""
    assert mixed(*parts) == models.mixed(*parts)


@given(st.integers(0, 200), WORDS)
@example(64, 1)
@example(65, 1)
def test_orders_are_those_of_the_model(size: int, seed: int) -> None:
    """Any size and seed give the order that Python gives, on the stack or beyond."""
    assert shuffled(size, seed) == models.shuffled(size, seed)


def test_seeds_and_orders_never_change() -> None:
    """Learners in the middle of a card find its options where they were."""
    assert mixed(7, 1_767_268_800_000, 1, 0) == 0x_771E_70F9_5516_A9E8
    assert mixed() == 0
    assert shuffled(4, 123_456_789_123) == (1, 2, 0, 3)
    assert shuffled(12, 2**64 - 1) == (11, 10, 7, 8, 6, 4, 9, 2, 5, 0, 1, 3)


@pytest.mark.parametrize("part", [True, 1.5, "1", None])
def test_parts_are_ints(part: Any) -> None:
    """What is no int is refused, and so is bool."""
    with pytest.raises(TypeError):
        mixed(1, part)
    with pytest.raises(TypeError):
        shuffled(3, part)
    with pytest.raises(TypeError):
        shuffled(part, 3)


@pytest.mark.parametrize("part", [2**64, -(2**63) - 1])
def test_parts_have_64_bits(part: int) -> None:
    """Nothing is cut off silently."""
    with pytest.raises(OverflowError):
        mixed(part)
    with pytest.raises(OverflowError):
        shuffled(3, part)


@pytest.mark.parametrize("size", [-1, 2**31])
def test_sizes_have_bounds(size: int) -> None:
    """An order of less than nothing is refused, and one that no memory would hold."""
    with pytest.raises(ValueError, match="size must be from 0"):
        shuffled(size, 1)
