"""Presses without end: does the process grow with them, database and caches and all?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.adapters.sqlite import SqliteStore
from torture.pressing import PressedHouse, lasting_bytes
from torture.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torture.scale import Scale

LEARNERS: Final = 100
PAGE_CACHE_KIB: Final = 512
SAMPLES: Final = 40
WARM_UP: Final = 0.3
"""This share of the presses fills caches, SQLite's pages among them, before anything is measured."""
BYTES_A_PRESS: Final = 4.0
"""A quarter of the smallest object there is."""
SLACK_BYTES: Final = 3 << 20
"""What an allocator may take and give back meanwhile."""


async def run(scale: Scale, folder: Path) -> Verdict:
    """Press *leak_presses* times and fit a line to the memory in use after the first third."""
    store = SqliteStore.open(folder / "learners.db")
    # Page caches grow with the database, up to 32 and 2 MB, for a million presses: full from the start.
    for connection in (store._writer._connection, store._near):
        connection.pragma("cache_size", -PAGE_CACHE_KIB)
    house = PressedHouse(store, LEARNERS, scale.seed)
    await house.open()
    await house.begin_all()
    warm_up = round(scale.leak_presses * WARM_UP)
    await _press(house, warm_up)
    measured = scale.leak_presses - warm_up
    samples = [(house.presses, lasting_bytes())]
    for _ in range(SAMPLES):
        await _press(house, measured // SAMPLES)
        samples.append((house.presses, lasting_bytes()))
    await house.close()
    await store.close()
    house.close_banks()
    return _verdict(house, samples)


async def _press(house: PressedHouse, presses: int) -> None:
    until = house.presses + presses
    while house.presses < until:
        await house.press_all()


def _verdict(house: PressedHouse, samples: Sequence[tuple[int, int]]) -> Verdict:
    a_press = slope(samples)
    presses = samples[-1][0] - samples[0][0]
    grown = a_press * presses
    complaints = []
    if grown > BYTES_A_PRESS * presses + SLACK_BYTES:
        complaints.append(f"{grown / 1e6:.1f} MB more after {presses} presses, {a_press:.1f} bytes each")
    return Verdict(
        faults=house.presses,
        acknowledged=house.presses,
        complaints=tuple(complaints),
        figures=f"{samples[0][1] / 1e6:.1f} -> {samples[-1][1] / 1e6:.1f} MB over {presses} presses, "
        f"slope {a_press:+.2f} bytes a press",
    )


def slope(samples: Sequence[tuple[int, int]]) -> float:
    """Return by how much the second value grows with the first, by least squares."""
    number = len(samples)
    mean_x = sum(x for x, _ in samples) / number
    mean_y = sum(y for _, y in samples) / number
    over = sum((x - mean_x) * (y - mean_y) for x, y in samples)
    return over / sum((x - mean_x) ** 2 for x, _ in samples)
