"""Told to stop, the bot ends in seconds, whatever it is waiting for; what it took is not lost.

Service managers kill what does not end in time, so here the time is the promise.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.records import assert_exactly_once
from e2e.terminal import Terminal
from e2e.test_restart import UNDER_LOAD, play_until
from e2e.town import open_town
from lplate_bot.playground.faults import Fault
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playing import bot_environment, place, settings_of, wait_until

if TYPE_CHECKING:
    from pathlib import Path

STOP_S = 5.0
FOR_EVER = 1_000_000
HOUR_S = 3600.0

both_ways = pytest.mark.parametrize("delivery", ["polling", "webhook"])


@both_ways
async def test_stop_under_load(data: Path, delivery: str) -> None:
    """While many learners play the bot ends in time, with 0; nothing is lost or doubled."""
    async with open_town(data, settings_of(delivery)) as town:
        players = [town.player(f"Learner {number}") for number in range(UNDER_LOAD)]
        over = asyncio.Event()
        playing = [asyncio.create_task(play_until(over, player)) for player in players]
        await wait_until(lambda: all(len(player.ledger) > 2 for player in players))
        assert await town.bot.stop(within_s=STOP_S) == 0
        await town.bot.start()
        over.set()
        await asyncio.gather(*playing)
        assert await town.bot.stop(within_s=STOP_S) == 0
        assert_exactly_once(town.records, players)


@both_ways
async def test_stop_while_the_api_hangs(data: Path, delivery: str) -> None:
    """A Bot API that accepts calls and never answers keeps nobody from stopping; replies come after."""
    async with open_town(data, settings_of(delivery)) as town:
        players = [town.player(f"Learner {number}") for number in range(UNDER_LOAD)]
        cards = await asyncio.gather(*(player.start() for player in players))
        await wait_until(lambda: all(town.records.has_shown_card(player.learner.id) for player in players))
        town.server.order(Fault(delay_s=HOUR_S, times=FOR_EVER))
        await asyncio.gather(*(player.give(card) for player, card in zip(players, cards, strict=True)))
        if delivery == "webhook":
            await wait_until(lambda: town.records.count_attempts() == len(players))
        assert await town.bot.stop(within_s=STOP_S) == 0
        town.server.faults.clear()
        await town.bot.start()
        await asyncio.gather(
            *(player.feedback(place(card)) for player, card in zip(players, cards, strict=True))
        )
        assert await town.bot.stop(within_s=STOP_S) == 0
        assert_exactly_once(town.records, players)


async def test_stop_while_a_bank_is_compiled(tmp_path: Path) -> None:
    """The first start draws pictures for seconds; told to stop meanwhile it leaves nothing half done."""
    server = PlaygroundServer(PlaygroundConfig(port=0))
    await server.start()
    environment = bot_environment(server, tmp_path / "data", LPLATE_LOG_LEVEL="info")
    try:
        async with Terminal(tmp_path, environment).open("run") as running:
            await running.says("bank_compiling")
            async with asyncio.timeout(STOP_S):
                ended = await running.stop()
        assert ended.code == 0, ended.errors
        assert "bank_compiled" not in ended.errors
        assert list((tmp_path / "data" / "banks").iterdir()) == []
    finally:
        await server.stop()
