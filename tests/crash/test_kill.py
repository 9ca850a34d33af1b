"""Kill the bot again and again while learners play: nothing acknowledged is lost, nobody waits in vain.

KILLS sets how often it is killed by polling (two fifths of that by webhook), KILL_SEED the random moments.
"""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from e2e.records import assert_exactly_once
from e2e.town import open_town
from playing import Player, settings_of, wait_until

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("KILL_SEED", "0")) or Random().randrange(1, 1_000_000)
LEARNERS = 12
LONGEST_LIFE_S = 1.5
"""From process start: about half of the kills come while it starts up or catches up, half under load."""


@pytest.mark.parametrize(
    ("delivery", "kills"),
    [("polling", KILLS), ("webhook", max(1, KILLS * 2 // 5))],
    ids=["polling", "webhook"],
)
async def test_kill_at_random_moments(data: Path, delivery: str, kills: int) -> None:
    """Every answer given is stored exactly once, and every learner got the reply to their last press."""
    chance = Random(f"{SEED} {delivery}")
    async with open_town(data, settings_of(delivery)) as town:
        players = [town.player(f"Learner {number}") for number in range(LEARNERS)]
        over = asyncio.Event()
        playing = [
            asyncio.create_task(play_until(over, player, Random(player.learner.id))) for player in players
        ]
        for _ in range(kills):
            await live(players, playing, chance)
            await town.bot.kill()
            await town.bot.start()
        over.set()
        unanswered = await still_waiting(playing)
        report(delivery, kills, players, unanswered)
        assert unanswered == 0
        assert await town.bot.stop() == 0
        assert_exactly_once(town.records, players)


async def live(players: list[Player], playing: list[asyncio.Task[None]], chance: Random) -> None:
    """Let the bot live for a random while; every second time at least until it took an answer."""
    given = answers(players)
    if chance.random() < 0.5:
        await wait_until(lambda: answers(players) > given or any(task.done() for task in playing))
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S / 3))
    else:
        await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S))


def answers(players: list[Player]) -> int:
    """Return how many answers were given."""
    return sum(len(player.ledger) for player in players)


async def play_until(over: asyncio.Event, player: Player, chance: Random) -> None:
    """Answer without pause, right or wrong by chance, skip now and then; end once the last reply is there."""
    card = await player.start()
    while not over.is_set():
        if chance.random() < 0.1:
            card = await player.skip(card)
        else:
            card = await player.next(await player.answer(card, is_right=chance.random() < 0.7))


async def still_waiting(playing: list[asyncio.Task[None]]) -> int:
    """Return how many learners never got the reply to their last press."""
    ends = await asyncio.gather(*playing, return_exceptions=True)
    for end in ends:
        if end is not None and not isinstance(end, TimeoutError):
            raise end
    return sum(end is not None for end in ends)


def report(delivery: str, kills: int, players: list[Player], unanswered: int) -> None:
    """Print what is needed to judge or repeat the run."""
    print(  # noqa: T201 - shown when the test fails, or with -s
        f"kills={kills} by {delivery}, KILL_SEED={SEED}, learners={len(players)}, "
        f"answers={answers(players)}, unanswered={unanswered}"
    )
