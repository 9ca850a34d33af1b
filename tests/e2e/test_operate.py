"""The real bot as its operator's programs see it: over HTTP, and by the words it sends a service manager."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from e2e.terminal import Terminal
from e2e.town import open_town
from lplate.domain.question import QuestionType
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.errors import ApiError
from lplate_bot.playground.faults import Fault
from operate.samples import OPEN_METRICS, Samples
from playing import PATIENCE_S, BotProcess, free_port, settings_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOD = ApiError(429, "Too Many Requests: retry after 0", 0)
FOR_EVER = 1_000_000


async def scraped(address: str) -> Samples:
    """Return all metrics of the bot at *address*."""
    url, headers = f"http://{address}/metrics", {"Accept": OPEN_METRICS}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return Samples(await response.text())


@contextmanager
def service_manager() -> Iterator[tuple[str, socket.socket]]:
    """Listen to what a service says, at an address for its environment."""
    with tempfile.TemporaryDirectory(prefix="n") as folder:
        address = str(Path(folder) / "s")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind(address)
            listening.settimeout(0)
            yield address, listening


async def hears(listening: socket.socket, word: str) -> list[str]:
    """Return all that was said, up to and with *word*."""
    words: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while word not in words:
            words.append((await asyncio.get_running_loop().sock_recv(listening, 4096)).decode())
    return words


@pytest.mark.parametrize("delivery", ["polling", "webhook"])
async def test_round_is_seen_in_the_metrics(data: Path, delivery: str) -> None:
    """Presses, calls, floods and uploads are exactly those of the round; nobody's id and no token is told."""
    address = f"127.0.0.1:{free_port()}"
    async with open_town(data, {**settings_of(delivery), "LPLATE_OPERATE_LISTEN": address}) as town:
        player = town.player()
        card = await player.skip_to(QuestionType.SINGLE, await player.start())
        before = await scraped(address)
        town.server.order(Fault(chat_id=player.learner.id, error=FLOOD))
        await player.next(await player.answer(card))
        await wait_until(lambda: town.records.attempts(player.learner.id) == player.ledger)
        after = await scraped(address)
        updates = after.labelled("updates_total")
        assert {
            kind for kind in updates if updates[kind] != before.labelled("updates_total").get(kind, 0)
        } == {
            ("answer",),
            ("next",),
        }
        assert (updates["answer",], updates["next",]) == (len(player.ledger), len(player.ledger))
        assert after.value("api_floods_total") == 1
        assert sum(n for (_, status), n in after.labelled("api_calls_total").items() if status == "429") == 1
        assert after.value("updates_duplicate_total") == 0
        assert after.labelled("update_errors_total") == {}
        assert after.value("uploads_total") == len(town.uploads())
        assert after.labelled("info").popitem()[0][0] == delivery
        assert after.value("ready") == 1
        names = {str(player.learner.id), PLAYGROUND_TOKEN, PLAYGROUND_TOKEN.partition(":")[2]}
        assert not [name for name in names if f'"{name}"' in after.text or f" {name}" in after.text]


async def test_service_manager_is_told(data: Path) -> None:
    """The bot says that it serves, pats the watchdog, and says that it stops."""
    with service_manager() as (address, listening):
        environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"}
        async with open_town(data, environment) as town:
            assert (await hears(listening, "READY=1"))[0] == "READY=1"
            await hears(listening, "WATCHDOG=1")
            assert await town.bot.stop() == 0
            words = await hears(listening, "STOPPING=1")
            assert not [word for word in words if word.startswith("MAINPID")]


async def test_successor_is_made_known(data: Path) -> None:
    """A bot that is replaced names its successor, not its own end; the successor serves the metrics."""
    served_at = f"127.0.0.1:{free_port()}"
    with service_manager() as (address, listening):
        environment = {"NOTIFY_SOCKET": address, "LPLATE_OPERATE_LISTEN": served_at}
        async with open_town(data, environment) as town:
            await hears(listening, "READY=1")
            started_at_s = (await scraped(served_at)).value("start_time_seconds")
            new = BotProcess(town.server, data, **environment)
            await new.start("--take-over")
            words = await hears(listening, "READY=1")
            assert await town.bot.ended() == 0
            assert f"MAINPID={new.pid}" in words
            assert "STOPPING=1" not in words
            assert (await scraped(served_at)).value("start_time_seconds") > started_at_s
            assert not [name for name in os.listdir(data) if name.endswith(".successor")]  # noqa: PTH208 - a few files, nobody waits
            assert await new.stop() == 0
            assert await hears(listening, "STOPPING=1")


async def test_draining_bot_is_not_ready(data: Path) -> None:
    """Told to stop while replies cannot go out, the bot answers 503 and why, and goes on draining."""
    address = f"127.0.0.1:{free_port()}"
    async with open_town(data, {"LPLATE_OPERATE_LISTEN": address}) as town:
        player = town.player()
        card = await player.start()
        town.server.order(Fault(chat_id=player.learner.id, delay_s=3600.0, times=FOR_EVER))
        await player.give(card)
        await wait_until(lambda: town.records.attempts(player.learner.id) == player.ledger)
        stopping = asyncio.create_task(town.bot.stop())
        said = ""
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as session:
            while "the bot is stopping" not in said:
                async with session.get(f"http://{address}/readyz") as response:
                    said = await response.text()
                    assert response.status == (503 if "stopping" in said else 200)
        assert await stopping == 0


async def test_playground_is_seen_too(data: Path) -> None:
    """The bot in the browser serves its metrics and health like any other."""
    address = f"127.0.0.1:{free_port()}"
    terminal = Terminal(data.parent).with_settings(operate_listen=address)
    async with terminal.open("run", "--data", "data", "--listen", "127.0.0.1:0") as running:
        await running.shows("http://")
        assert (await scraped(address)).value("ready") == 1
        assert (await running.stop()).code == 0


async def test_nobody_is_kept_from_running_by_a_taken_port(data: Path) -> None:
    """With the operate port taken the bot serves its learners all the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with open_town(data, {"LPLATE_OPERATE_LISTEN": address}) as town:
            await town.player().start()
            assert await town.bot.stop() == 0
