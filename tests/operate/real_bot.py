"""A real bot in this process, at a playground, with a learner who has answered some questions."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from operate.samples import OPEN_METRICS, Samples
from playing import Player, bot_in_process, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def used_bot(data: Path, answers: int = 2) -> AsyncIterator[str]:
    """Run a bot whose learner has given so many answers; the value is the address it is operated at."""
    server = PlaygroundServer(PlaygroundConfig(port=0, patience_s=0.2))
    await server.start()
    address = f"127.0.0.1:{free_port()}"
    try:
        async with bot_in_process(server, data, operate_listen=address):
            player = Player(server.add_learner("Anna", language_code="en"))
            card = await player.start()
            for _ in range(answers):
                card = await player.next(await player.answer(card))
            yield f"http://{address}"
    finally:
        await server.stop()


async def scraped(url: str) -> Samples:
    """Return what a bot shows to Prometheus."""
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{url}/metrics", headers={"Accept": OPEN_METRICS})
        return Samples(await answer.text())
