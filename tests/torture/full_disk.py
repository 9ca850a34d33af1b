"""Fill the disk under the bot, and make room again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from e2e.disk import SmallDisk, can_mount, fill, free
from e2e.records import Records
from e2e.town import open_town
from playing import compiled_data, settings_of, wait_until
from torture.crowd import Crowd
from torture.verdict import Verdict, audit

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

ROOM_KIB = 65_536
LEARNERS = 8
FULL_S = 3.0
"""Longer than the bot's pauses between two tries."""


async def run(scale: Scale, folder: Path) -> Verdict:
    """The disk fills up under load again and again: nothing is lost, and all goes on once there is room."""
    if not can_mount():
        return Verdict(0, 0, complaints=("this machine does not allow small disks of one's own",))
    disk = SmallDisk.with_room(folder, compiled_data(), ROOM_KIB)
    async with open_town(folder, settings_of("polling"), disk.command) as town:
        crowd = Crowd(town, LEARNERS, scale.seed)
        crowd.play()
        taken = 0
        for _ in range(scale.full_disks):
            await _answers_come(crowd)
            seen = disk.seen_from(town.bot.pid)
            fill(seen)
            await asyncio.sleep(FULL_S)
            before = crowd.answers
            await asyncio.sleep(FULL_S)
            taken += crowd.answers - before
            free(seen)
        await _answers_come(crowd)
        unanswered = await crowd.end()
        found = audit(Records(folder, within=town.bot.pid), crowd.players)
    stalled = f"answers given while the disk was full {taken}"
    return Verdict(
        scale.full_disks, found.acknowledged, found.lost, found.doubled, unanswered, found.complaints, stalled
    )


async def _answers_come(crowd: Crowd) -> None:
    after = crowd.answers + 10 * LEARNERS
    await wait_until(lambda: crowd.answers > after or crowd.has_given_up)
