"""The status page in a real browser, over a bot that is not there."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from browser.conftest import Window
from lplate_bot.watch.history import POINTS
from operate.pretend_bot import PretendBot
from operate.pretend_history import history_of, lived, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from playwright.async_api import Browser, Page

    from lplate_bot.watch.history import History

    Opened = Callable[..., AbstractAsyncContextManager[Page]]

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
SCREENS = [(PHONE, "light"), (PHONE, "dark"), ({"width": 1280, "height": 800}, "light")]


@pytest_asyncio.fixture(loop_scope="session")
async def open_status(browser: Browser) -> AsyncIterator[Callable[..., Any]]:
    """The way to a status page over a history of one's own; any complaint of its scripts fails the test."""
    async with AsyncExitStack() as stack:
        windows: list[Window] = []

        async def opened(history: History, **context: Any) -> Page:
            url = await stack.enter_async_context(served(history))
            windows.append(Window(browser, url, stack))
            return await windows[-1].open("/status", **context)

        yield opened
        assert [window.complaints for window in windows] == [[]] * len(windows)


@pytest.mark.parametrize(("viewport", "scheme"), SCREENS)
async def test_all_is_well(open_status: Any, viewport: dict[str, int], scheme: str) -> None:
    """A bot that is well is said to be, and nothing is wider than the screen."""
    page = await open_status(lived(PretendBot()), viewport=viewport, color_scheme=scheme)
    await expect(page.locator("#headline")).to_have_text("All is well")
    await expect(page.locator("#subline")).to_contain_text("lplate 0.1.0")
    await expect(page.locator("#findings")).to_be_empty()
    await expect(page.locator(".card")).to_have_count(8)
    assert await page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


async def test_trouble_is_told_in_words(open_status: Any) -> None:
    """What needs the operator stands in sentences, the worst first, and its figure is marked."""
    page = await open_status(lived(PretendBot(), is_troubled=True))
    await expect(page.locator("#headline")).to_have_text("Needs you now")
    await expect(page.locator("#findings li").first).to_have_attribute("data-level", "bad")
    await expect(page.locator("#findings")).to_contain_text("Presses wait to be dealt with.")
    waiting = page.locator(".card", has_text="Waiting")
    await expect(waiting).to_have_attribute("data-level", "bad")
    await expect(waiting.locator(".figure")).to_have_text("1,700")


async def test_a_chart_spans_the_quarter_of_an_hour(open_status: Any) -> None:
    """A full history is drawn from edge to edge; pointing at it tells a moment's value."""
    page = await open_status(lived(PretendBot()))
    chart = page.locator(".card", has_text="Memory").locator("svg")
    drawn = await chart.locator(".line").get_attribute("d")
    assert drawn is not None
    points = re.findall(r"([\d.]+) [\d.]+", drawn)
    assert len(points) == POINTS
    assert float(points[0]) < 3
    assert float(points[-1]) == 300
    await chart.hover()
    await expect(page.locator(".card", has_text="Memory").locator("figcaption")).to_have_text(
        re.compile(r"\d:\d\d.*: 98\sMB")
    )


async def test_a_young_bot_fills_the_page_by_itself(open_status: Any) -> None:
    """Right after a start the page says so; once there are numbers it shows them unasked."""
    bot = PretendBot()
    history = history_of(bot)
    history.add(bot.collect())
    page = await open_status(history)
    await expect(page.locator("#headline")).to_have_text("Just started")
    bot.now_s += 5
    bot.press("answer", 0.004, times=10)
    history.add(bot.collect())
    await expect(page.locator("#headline")).to_have_text("All is well")
    await expect(page.locator("#actions tbody")).to_contain_text("answer")


async def test_a_bot_that_went_away_is_missed(browser: Browser) -> None:
    """When the bot stops answering, the page says so instead of showing old numbers as new."""
    history = lived(PretendBot(), steps=5)
    async with AsyncExitStack() as stack:
        window = Window(browser, "", stack)
        window.forgiven = ("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE")
        async with served(history) as url:
            page = await window.open(f"{url}/status")
            await expect(page.locator("#headline")).to_have_text("All is well")
        await expect(page.locator("#headline")).to_have_text("The bot does not answer", timeout=15_000)
    assert window.complaints == []
