"""Kill the bot again and again while learners play."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from e2e.town import open_town
from playing import add_compiled_banks, settings_of, wait_until
from torture.crowd import Crowd
from torture.verdict import Verdict, audit

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

LEARNERS = 12
LONGEST_LIFE_S = 1.5
"""From process start: about half of the kills come while it starts up or catches up, half under load."""


async def by_polling(scale: Scale, folder: Path) -> Verdict:
    """SIGKILL at random moments under load, updates by polling: every answer is stored exactly once."""
    return await _kill(scale, folder, "polling")


async def by_webhook(scale: Scale, folder: Path) -> Verdict:
    """SIGKILL at random moments under load, updates by webhook: every answer is stored exactly once."""
    return await _kill(scale, folder, "webhook")


async def _kill(scale: Scale, folder: Path, delivery: str) -> Verdict:
    chance = Random(f"{scale.seed} {delivery}")
    async with open_town(add_compiled_banks(folder / "data"), settings_of(delivery)) as town:
        crowd = Crowd(town, LEARNERS, scale.seed)
        crowd.play()
        for _ in range(scale.kills):
            await _live(crowd, chance)
            await town.bot.kill()
            await town.bot.start()
        unanswered = await crowd.end()
        await town.bot.stop()
        found = audit(town.records, crowd.players)
    return Verdict(scale.kills, found.acknowledged, found.lost, found.doubled, unanswered, found.complaints)


async def _live(crowd: Crowd, chance: Random) -> None:
    """Let the bot live for a random while; every second time at least until it took an answer."""
    given = crowd.answers
    if chance.random() < 0.5:
        await wait_until(lambda: crowd.answers > given or crowd.has_given_up)
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S / 3))
    else:
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S))
