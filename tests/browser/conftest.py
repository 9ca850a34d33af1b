"""What the browser tests share: a playground, a scripted bot, a Chromium that forgives no script error."""

from __future__ import annotations

import os
import shutil
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from browser.scripted_bot import ScriptedBot
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, ConsoleMessage, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
PATIENCE_S = 0.4
DESKTOP = {"width": 1280, "height": 800}
WAIT_MS = 30_000
"""A slow machine is no fault of the page."""


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return the Chromium of this machine; without one skip, or fail if REQUIRE_BROWSER=1."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    missing = f"no browser: none of {', '.join(BROWSERS)} is installed"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser(browser_path: str) -> AsyncIterator[Browser]:
    """Run one Chromium for all tests."""
    expect.set_options(timeout=WAIT_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def playground(tmp_path: Path) -> AsyncIterator[PlaygroundServer]:
    """Serve a playground on a free port."""
    config = PlaygroundConfig(port=0, patience_s=PATIENCE_S, state_path=tmp_path / "playground.json")
    server = PlaygroundServer(config)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(playground: PlaygroundServer) -> AsyncIterator[ScriptedBot]:
    """Hold the playground's bot by its API."""
    async with aiohttp.ClientSession() as session:
        yield ScriptedBot(session, f"{playground.url}/bot{PLAYGROUND_TOKEN}")


class Window:
    """Open pages of one playground and keep what their scripts complain about."""

    def __init__(self, browser: Browser, url: str, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._stack = stack
        self.url = url
        self.complaints: list[str] = []
        self.forgiven: tuple[str, ...] = ()

    async def open(self, query: str = "?learner=1001", **context: Any) -> Page:
        """Open the page in a fresh profile; *context* is Playwright's, as viewport or color_scheme."""
        profile = await self._browser.new_context(
            **{"viewport": DESKTOP, "reduced_motion": "reduce", **context}
        )
        self._stack.push_async_callback(profile.close)
        page = await profile.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        await page.goto(self.url + query)
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(words in message.text for words in self.forgiven):
            self.complaints.append(message.text)


@pytest_asyncio.fixture(loop_scope="session")
async def window(browser: Browser, playground: PlaygroundServer) -> AsyncIterator[Window]:
    """Open pages; any script error or console error fails the test."""
    async with AsyncExitStack() as stack:
        opened = Window(browser, playground.url, stack)
        yield opened
    assert opened.complaints == []
