"""Fifty thousand presses through the whole bot leave nothing behind."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from torture.pressing import ForgetfulStore, PressedHouse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LEARNERS = 20
WARM_UP = 15_000
"""Presses until every learner has met every question, and every cache and free list is full."""
PRESSES = 50_000
TRACED = 4_000
MOST_BLOCKS = 1_000
"""A fiftieth of an object for each press."""
MOST_TRACED_BYTES = 100_000


@pytest.fixture
async def house() -> AsyncIterator[PressedHouse]:
    made = PressedHouse(ForgetfulStore(), LEARNERS, seed=7)
    await made.open()
    await made.begin_all()
    yield made
    await made.close()
    made.close_banks()


async def press(house: PressedHouse, presses: int) -> None:
    until = house.presses + presses
    while house.presses < until:
        await house.press_all()


def native_bytes(house: PressedHouse) -> int:
    return sum(sys.getsizeof(part) for part in house.native())


async def test_presses_leave_nothing(house: PressedHouse) -> None:
    """Python's objects, traced memory and the compiled containers stay as many and as large."""
    await press(house, WARM_UP)
    gc.collect()
    blocks, native = sys.getallocatedblocks(), native_bytes(house)
    await press(house, PRESSES)
    gc.collect()
    assert sys.getallocatedblocks() - blocks < MOST_BLOCKS
    assert native_bytes(house) == native
    assert await traced_growth(house) < MOST_TRACED_BYTES


async def traced_growth(house: PressedHouse) -> int:
    """Return by how many bytes traced memory grows from one span of presses to the next."""
    tracemalloc.start()
    try:
        await press(house, TRACED)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        await press(house, TRACED)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before
