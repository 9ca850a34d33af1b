"""Cut the power under the real writer, simulated by a recording file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crash.power import ANSWERS, recording_vfs, survive
from torture.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

ROUNDS = 5
"""Each with pauses elsewhere, so that the log is cut at other moments."""


async def run(scale: Scale, folder: Path) -> Verdict:
    """Unsynced writes are kept, dropped or torn: the file is sound and holds all that was acknowledged."""
    cuts = lost = twice = corrupt = 0
    for number in range(ROUNDS):
        place = folder / str(number)
        place.mkdir()
        with recording_vfs() as vfs:
            found = await survive(vfs, place, scale.power_cuts // ROUNDS, scale.seed + number)
        cuts += found.cuts
        lost += found.lost
        twice += found.twice
        corrupt += found.corrupt
    complaints = (f"{corrupt} damaged files",) if corrupt else ()
    return Verdict(cuts, ROUNDS * ANSWERS, lost, twice, complaints=complaints)
