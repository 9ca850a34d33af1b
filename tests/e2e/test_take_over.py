"""A new bot takes the place of a running one while learners play; nobody notices but by a short pause."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.records import assert_exactly_once
from e2e.terminal import Terminal
from e2e.test_restart import UNDER_LOAD, play_until
from e2e.town import open_town
from lplate.adapters.sqlite import holder_pid
from lplate_bot.playground.faults import Fault
from playing import BotProcess, bot_environment, by_webhook, settings_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from playing import Player

TAKE_OVERS = 3
FOR_EVER = 1_000_000


@pytest.mark.parametrize("delivery", ["polling", "webhook"])
async def test_take_over_under_load(data: Path, delivery: str) -> None:
    """The old bot ends with 0, the new one serves, and every answer given is stored exactly once."""
    settings = settings_of(delivery)
    async with open_town(data, settings) as town:
        players = [town.player(f"Learner {number}") for number in range(UNDER_LOAD)]
        over = asyncio.Event()
        playing = [asyncio.create_task(play_until(over, player)) for player in players]
        old = town.bot
        for _ in range(TAKE_OVERS):
            await further_answers(players, playing)
            new = BotProcess(town.server, data, **settings)
            await new.start("--take-over")
            assert await old.ended() == 0
            old = new
        await further_answers(players, playing)
        over.set()
        await asyncio.gather(*playing)
        assert holder_pid(data / "learners-1.db") == old.pid
        assert await old.stop() == 0
        assert_exactly_once(town.records, players)


async def test_no_connection_is_refused(data: Path) -> None:
    """Who knocks at the webhook's port is let in or waits, also between the old bot and the new one."""
    settings = by_webhook()
    async with open_town(data, settings) as town:
        await town.player().start()
        refused, over = 0, asyncio.Event()

        async def knock() -> None:
            nonlocal refused
            host, _, port = settings["LPLATE_WEBHOOK_LISTEN"].rpartition(":")
            while not over.is_set():
                try:
                    _, writer = await asyncio.open_connection(host, int(port))
                except ConnectionRefusedError:
                    refused += 1
                else:
                    writer.close()
                await asyncio.sleep(0.001)

        knocking = asyncio.create_task(knock())
        new = BotProcess(town.server, data, **settings)
        await new.start("--take-over")
        assert await town.bot.ended() == 0
        await town.player().start()
        over.set()
        await knocking
        assert refused == 0
        assert await new.stop() == 0


async def further_answers(players: list[Player], playing: Sequence[asyncio.Task[object]]) -> None:
    """Return when everybody has given two further answers."""
    given = [len(player.ledger) for player in players]

    def has_gone_on() -> bool:
        gone_on = (len(player.ledger) > before + 1 for player, before in zip(players, given, strict=True))
        return any(task.done() for task in playing) or all(gone_on)

    await wait_until(has_gone_on)


async def test_take_over_of_nobody(data: Path) -> None:
    """Where no bot runs, --take-over starts one as usual."""
    async with open_town(data) as town:
        await town.player().start()
        assert await town.bot.stop() == 0
        await town.bot.start("--take-over")
        await town.player().start()
        assert await town.bot.stop() == 0


async def test_replies_under_way_are_not_lost(data: Path) -> None:
    """What the old bot could not say any more, its successor says."""
    async with open_town(data) as town:
        player = town.player()
        card = await player.start()
        await wait_until(lambda: town.records.has_shown_card(player.learner.id))
        town.server.order(Fault(chat_id=player.learner.id, drops=True, times=FOR_EVER))
        await player.give(card)
        await wait_until(lambda: town.records.attempts(player.learner.id) == player.ledger)
        async with BotProcess(town.server, data) as refused:
            assert await refused.ended() == 1
        new = BotProcess(town.server, data)
        await new.start("--take-over")
        assert await town.bot.ended() == 0
        town.server.faults.clear()
        await player.feedback(player.ledger[-1][:2])
        assert await new.stop() == 0


async def test_waiting_successor_can_be_stopped(data: Path) -> None:
    """A bot that waits for another to let go ends at once, and with 0, when it is told to."""
    async with open_town(data) as town:
        await town.player().start()
        terminal = Terminal(data, bot_environment(town.server, data, LPLATE_LOG_LEVEL="info"))
        town.bot.pause()
        async with terminal.open("run", "--take-over") as waiting:
            await waiting.says("take_over_asked")
            assert (await waiting.stop()).code == 0
        town.bot.resume()
        assert await town.bot.ended() == 0
