"""The server beside a bot: what it answers, and when."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot.telegram import UNREACHABLE
from lplate.config import Settings
from lplate_bot.operate import operation as module
from lplate_bot.operate import pulse
from lplate_bot.operate.notify import Notifier
from lplate_bot.operate.operation import Operation, operating
from lplate_bot.operate.pulse import Pulse
from operate.samples import OPEN_METRICS, Samples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.bothouse import BotHouse

ANYWHERE = "127.0.0.1:0"


@asynccontextmanager
async def operated(
    house: BotHouse, stopping: asyncio.Event, listen: str = ANYWHERE, notifier: Notifier | None = None,
    successor: int | None = None,
) -> AsyncIterator[Operation]:  # fmt: skip
    settings = Settings(operate_listen=listen)
    async with operating(house.bot, settings, stopping, notifier or Notifier(), lambda: successor) as made:
        made.up()
        yield made


async def get(url: str, **headers: str) -> tuple[int, str]:
    """Return status and text."""
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text()


async def test_server_answers(house: BotHouse, stopping: asyncio.Event) -> None:
    """Metrics in the format asked for, a sign of life, and readiness as JSON."""
    async with operated(house, stopping) as operation:
        status, text = await get(operation.url + "/metrics", Accept=OPEN_METRICS)
        assert (status, Samples(text).value("ready")) == (200, 1)
        status, text = await get(operation.url + "/metrics")
        assert Samples(text, is_open=False).value("ready") == 1
        assert await get(operation.url + "/healthz") == (200, "ok\n")
        status, text = await get(operation.url + "/readyz")
        assert status == 200
        assert text.startswith('{"ready":true,"reasons":[],"checks":{"running":"ok"')
        assert (await get(operation.url + "/"))[0] == 404


async def test_stopping_bot_says_so_while_it_drains(house: BotHouse, stopping: asyncio.Event) -> None:
    """From the word to stop until the end, /readyz is 503 with the reason, and the rest goes on."""
    async with operated(house, stopping) as operation:
        stopping.set()
        status, text = await get(operation.url + "/readyz")
        assert status == 503
        assert '"reasons":["the bot is stopping"]' in text
        assert (await get(operation.url + "/healthz"))[0] == 200


async def test_taken_port_is_a_warning(
    house: BotHouse, stopping: asyncio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    """Where another program listens the bot goes on without; one warning names the setting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with operated(house, stopping, address) as operation:
            assert operation.url == ""
    (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert address in warning.getMessage()
    assert "LPLATE_OPERATE_LISTEN" in warning.getMessage()


async def test_without_an_address_nobody_listens(house: BotHouse, stopping: asyncio.Event) -> None:
    """Told to listen nowhere the bot only watches itself."""
    async with operated(house, stopping, "") as operation:
        assert operation.url == ""


async def test_silent_api_is_asked_until_it_answers(
    house: BotHouse, stopping: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No learner is needed for the bot to notice that the Bot API is back."""
    monkeypatch.setattr(module, "PROBE_S", 0)
    metrics, asked = house.api.metrics, asyncio.Event()
    metrics.of("sendMessage").ended(0, 0)

    async def call(method: str, **_: Any) -> None:
        assert method == "getMe"
        if asked.is_set():
            metrics.of(method).ended(0, 200)
        asked.set()
        raise UNREACHABLE

    monkeypatch.setattr(house.api, "call", call)
    async with operated(house, stopping):
        await asked.wait()
        while metrics.failing_since_s is not None:  # noqa: ASYNC110 - bounded: the second call answers
            await asyncio.sleep(0)


class Words(Notifier):
    """A notifier that keeps its words to itself."""

    def __init__(self) -> None:
        super().__init__("kept")
        self.said: list[str] = []
        self.is_over = asyncio.Event()

    def _tell(self, word: str) -> None:
        self.said.append(word)
        if word.startswith(("STOPPING", "MAINPID")):
            self.is_over.set()


@pytest.mark.parametrize(("successor", "word"), [(None, "STOPPING=1"), (77, "MAINPID=77")])
async def test_end_is_announced(
    house: BotHouse, stopping: asyncio.Event, successor: int | None, word: str
) -> None:
    """Told to stop the bot says so to the service manager, or names the bot that takes its place."""
    words = Words()
    async with operated(house, stopping, "", words, successor):
        stopping.set()
        await words.is_over.wait()
    assert [each for each in words.said if not each.startswith("STATUS")] == ["READY=1", word]


async def test_fault_of_the_watch_is_told(
    house: BotHouse,
    stopping: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """If watching fails by a fault of ours the log says so, and the bot goes on."""
    monkeypatch.setattr(pulse, "BEAT_S", 0)
    failed = asyncio.Event()

    def fail(_: Operation) -> None:
        failed.set()
        raise RuntimeError("a beat missed")

    monkeypatch.setattr(Operation, "_on_beat", fail)
    async with operated(house, stopping):
        await failed.wait()
        await house.begin()
    assert "operate_task_failed" in caplog.text
    assert "a beat missed" in caplog.text


async def test_lateness_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat that comes later than it was due counts by how much."""
    times = iter([0.0, 0.3, 1.0, 1.0])
    monkeypatch.setattr(pulse, "BEAT_S", 0)
    beats = 0

    def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            raise asyncio.CancelledError

    made = Pulse(beat, lambda: next(times))
    with pytest.raises(asyncio.CancelledError):
        await made.run()
    assert (made.lag_s.sum, len(made.lag_s)) == (0.3, 2)


async def test_collections_are_timed() -> None:
    """Each run of the garbage collector counts while the pulse is felt, none after."""
    made = Pulse(lambda: None)
    running = asyncio.create_task(made.run())
    await asyncio.sleep(0)
    gc.collect()
    running.cancel()
    await asyncio.wait((running,))
    count = len(made.collection_s)
    gc.collect()
    assert len(made.collection_s) == count > 0
