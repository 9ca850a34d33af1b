"""The quarter of an hour that the bot keeps, and the routes that show it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from lplate_bot.watch.history import POINTS, STEP_S
from operate.pretend_bot import PretendBot
from operate.pretend_history import history_of, lived, served
from operate.real_bot import used_bot
from playing import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client import Metric


def test_it_never_grows_beyond_a_quarter_of_an_hour() -> None:
    """However long the bot runs, as many points are kept as the charts show, the latest ones."""
    bot = PretendBot()
    history = lived(bot, steps=POINTS + 40)
    points = history.points()
    assert len(points) == POINTS
    assert points[-1].at_s - points[0].at_s == pytest.approx((POINTS - 1) * STEP_S)
    assert len(history._recent) * STEP_S == pytest.approx(65)


def test_a_point_is_of_its_step_and_now_is_of_a_minute() -> None:
    """A burst shows in the charts as high as it was, in the numbers of now spread over the minute."""
    bot = PretendBot()
    history = history_of(bot)
    for presses in (0, 0, 0, 100):
        bot.now_s += STEP_S
        bot.press("answer", 0.004, times=presses)
        history.add(bot.collect())
    seen = history.now()
    assert seen is not None
    assert [point.replies_per_s for point in history.points()] == [0, 0, 20]
    assert seen.promise.replies_per_s == pytest.approx(100 / 15)
    assert [point.p99_s is None for point in history.points()] == [True, True, False]


def test_before_the_second_sample_there_is_nothing_to_say() -> None:
    """One sample alone has no rates."""
    bot = PretendBot()
    history = history_of(bot)
    history.add(bot.collect())
    assert history.now() is None
    assert history.points() == ()


async def test_it_samples_by_itself() -> None:
    """Left alone, it takes its first sample at once."""
    bot = PretendBot()
    history = history_of(bot)
    is_read = asyncio.Event()

    def collect() -> Iterator[Metric]:
        yield from bot.collect()
        is_read.set()

    keeping = asyncio.create_task(history.keep(collect))
    async with asyncio.timeout(PATIENCE_S):
        await is_read.wait()
    assert len(history._recent) == 1
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping


async def test_the_data_tell_now_findings_and_points() -> None:
    """What the page draws comes as JSON, each series as long as the times."""
    history = lived(PretendBot(), steps=30, is_troubled=True)
    async with served(history) as url, aiohttp.ClientSession() as session:
        told = await (await session.get(f"{url}/status/data")).json()
    assert told["step_s"] == STEP_S
    assert told["now"]["promise"]["p99_s"] > 1
    assert {finding["key"] for finding in told["findings"]} >= {"response", "errors", "updates"}
    assert {len(column) for column in told["points"].values()} == {30}


async def test_a_real_bot_has_the_page(data: Path) -> None:
    """A bot that runs serves the page and begins its history at once."""
    async with used_bot(data, answers=1) as url, aiohttp.ClientSession() as session:
        page = await (await session.get(f"{url}/status")).text()
        told = await (await session.get(f"{url}/status/data")).json()
    assert "<title>lplate: status</title>" in page
    assert told["step_s"] == STEP_S
    assert told["now"] is None or told["now"]["is_ready"]


@pytest.mark.parametrize(
    "path", ["", "/data", "/status.js", "/chart.js", "/words.js", "/status.css", "/l-plate.svg"]
)
async def test_every_answer_forbids_what_is_foreign(path: str) -> None:
    """No script, style or picture of another place may ever run in the page."""
    async with served(lived(PretendBot(), steps=3)) as url, aiohttp.ClientSession() as session:
        answer = await session.get(f"{url}/status{path}")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/nothing.js", "/..%2fstatus.py", "/%2e%2e/history.py", "/page"])
async def test_other_files_stay_where_they_are(path: str) -> None:
    """Only the page's own files are handed out."""
    async with served(lived(PretendBot(), steps=3)) as url, aiohttp.ClientSession() as session:
        answer = await session.get(f"{url}/status{path}")
    assert answer.status == 404
