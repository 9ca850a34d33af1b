"""The chat page holds several learners, keeps its choices, and comes back by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from browser.scripted_bot import ScriptedBot, keyboard, picture
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer

if TYPE_CHECKING:
    from playwright.async_api import Page, WebSocketRoute

    from browser.conftest import Window

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA, BEN, CHIARA = 1001, 1002, 1003
PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 568}

OVERFLOWING = """() => {
  const edge = document.querySelector(".column").getBoundingClientRect().right;
  const leaves = (node) => node.getBoundingClientRect().right > edge + 1;
  const scrolls = (node) => node.scrollWidth > node.clientWidth + 1;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const parts = all(".balloon, .key, .bar > *, .writing > *, .reply-to, .day-label span");
  const boxes = all("body, .scroller, .bar, .writing");
  const right = (node) => Math.round(node.getBoundingClientRect().right);
  const place = (node) => `${node.className} in ${node.parentElement.className}: ${right(node)} of ${edge}`;
  return [...parts.filter(leaves), ...boxes.filter(scrolls)].map(place);
}"""

AT_REST = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await Promise.all(document.getAnimations().map((animation) => animation.finished));
  await frame();
}"""


def column(learner: int) -> str:
    """Return the selector of a learner's chat."""
    return f'[data-learner-id="{learner}"]'


class TestLearners:
    async def test_learners_stand_side_by_side(self, window: Window, bot: ScriptedBot) -> None:
        """A second learner opens beside the first, and each sees their own chat only."""
        page = await window.open()
        await page.click("#add-learner")
        for learner in (ANNA, BEN):
            await page.click(f"{column(learner)} .start-button")
            assert (await bot.next_update("message"))["from"]["id"] == learner
        await bot.say(BEN, "For Ben")
        await expect(page.locator(f"{column(BEN)} .bubble.in")).to_contain_text("For Ben")
        await expect(page.locator(f"{column(ANNA)} .bubble.in")).to_have_count(0)

    async def test_open_learners_are_remembered(self, window: Window) -> None:
        """The address names the open learners, and a reload opens them again."""
        page = await window.open(f"?learner={CHIARA}&learner={ANNA}")
        await expect(page.locator("[data-learner-id]")).to_have_count(2)
        await page.click(f"{column(ANNA)} .more")
        await page.click(f"{column(ANNA)} .menu-item >> text=Close this column")
        await page.reload()
        await expect(page.locator("[data-learner-id]")).to_have_count(1)
        await expect(page.locator(column(CHIARA))).to_be_visible()

    async def test_phone_switches_by_menu(self, window: Window) -> None:
        """On a phone one chat fills the screen, and the learner menu changes it."""
        page = await window.open(viewport=PHONE, has_touch=True, is_mobile=True)
        await expect(page.locator("#add-learner")).to_be_hidden()
        await page.tap(".learner")
        await page.tap(".menu-item >> text=Ben")
        await expect(page.locator(column(BEN))).to_be_visible()
        await expect(page.locator(column(ANNA))).to_have_count(0)

    async def test_new_learner_is_made(self, window: Window, playground: PlaygroundServer) -> None:
        """The menu makes a further test learner with a name and a language."""
        page = await window.open()
        await page.click(".learner")
        await page.click(".menu-item >> text=New learner")
        await page.fill("dialog [name=first_name]", "Emma")
        await page.fill("dialog [name=language]", "fr")
        await page.press("dialog [name=language]", "Enter")
        await expect(page.locator(".learner-name")).to_have_text("Emma")
        made = [user for user in playground.messenger.learners.values() if user.first_name == "Emma"]
        assert [user.language_code for user in made] == ["fr"]

    async def test_unknown_learner_opens_the_first(self, window: Window) -> None:
        """An address that names nobody known opens the first learner."""
        page = await window.open("?learner=99")
        await expect(page.locator(column(ANNA))).to_be_visible()


class TestTheme:
    @pytest.mark.parametrize(("system", "other"), [("light", "dark"), ("dark", "light")])
    async def test_theme_follows_then_remembers(self, window: Window, system: str, other: str) -> None:
        """The theme is the system's until the learner chooses; the choice is kept, and can be undone."""
        page = await window.open(color_scheme=system)
        root = page.locator("html")
        await expect(root).to_have_css("color-scheme", "light dark")
        await page.click(".more")
        await page.click(f".menu-item >> text={other.title()} theme")
        await page.reload()
        await expect(root).to_have_css("color-scheme", other)
        await page.click(".more")
        await page.click(f".menu-item >> text={system.title()} theme")
        await expect(root).to_have_css("color-scheme", "light dark")


class TestSizes:
    @pytest.mark.parametrize("viewport", [SMALLEST, PHONE, {"width": 1280, "height": 800}])
    @pytest.mark.parametrize("font", [100, 200])
    async def test_nothing_overflows(
        self,
        window: Window,
        playground: PlaygroundServer,
        bot: ScriptedBot,
        viewport: dict[str, int],
        font: int,
    ) -> None:
        """From 320 pixels up, and with text twice as large, nothing needs sideways scrolling."""
        playground.learner(ANNA).start()
        page = await window.open(viewport=viewport)
        await page.evaluate(f"document.documentElement.style.fontSize = '{font}%'")
        await bot.say(ANNA, "Donaudampfschifffahrtsgesellschaftskapitän" * 3)
        await bot.show(ANNA, picture(1200, 300), caption="A sign")
        eight = [(str(number), f"q{number}") for number in range(8)]
        await bot.say(
            ANNA, "Map", reply_markup=keyboard(eight, [("A rather long label of a button", "long")] * 2)
        )
        await expect(page.locator(".key")).to_have_count(10)
        await page.evaluate(AT_REST)
        wide = await page.evaluate(OVERFLOWING)
        assert wide == []


class TestConnection:
    async def test_page_comes_back_with_what_it_missed(
        self, window: Window, playground: PlaygroundServer, bot: ScriptedBot
    ) -> None:
        """When the server is back the page reconnects, and sends what was written meanwhile once."""
        window.forgiven = ("WebSocket", "ERR_CONNECTION_REFUSED")
        playground.learner(ANNA).start()
        page = await window.open()
        await bot.say(ANNA, "Before")
        await expect(page.locator(".bubble.in")).to_have_count(1)
        port = int(playground.url.rpartition(":")[2])
        await playground.stop()
        await expect(page.locator(".status")).to_have_text("connecting…")
        await page.fill(".composer textarea", "Are you there?")
        await page.press(".composer textarea", "Enter")
        await expect(page.locator(".bubble.waiting .icon-waiting")).to_be_visible()
        back = PlaygroundServer(PlaygroundConfig(port=port, state_path=playground.config.state_path))
        await back.start()
        try:
            await expect(page.locator(".bubble.waiting")).to_have_count(0)
            await expect(page.locator(".bubble.out")).to_have_count(2)
            texts = [message.text for message in back.learner(ANNA).messages]
            assert texts == ["/start", "Before", "Are you there?"]
        finally:
            await back.stop()

    async def test_text_is_not_sent_twice(self, window: Window, playground: PlaygroundServer) -> None:
        """A text the server took just before the connection broke is found again, not sent again."""
        playground.learner(ANNA).start()
        page = await window.open("?learner=1002")
        broken = False

        def break_once(route: WebSocketRoute) -> None:
            """Swallow what the server says to the first text, and hang up."""
            server = route.connect_to_server()

            async def pass_on(frame: str | bytes) -> None:
                nonlocal broken
                server.send(frame)
                if not broken and "fifty" in str(frame):
                    broken = True
                    server.on_message(lambda _: None)
                    await playground.learner(ANNA).wait_for(lambda message: message.text == "fifty")
                    await route.close()

            route.on_message(pass_on)

        await page.route_web_socket("**/playground/ws*", break_once)
        await page.goto(f"{window.url}?learner={ANNA}")
        await page.fill(".composer textarea", "fifty")
        await page.press(".composer textarea", "Enter")
        await expect(page.locator(".days .bubble.out", has_text="fifty")).to_be_visible()
        await expect(page.locator(".bubble.waiting")).to_have_count(0)
        await page.fill(".composer textarea", "end")
        await page.press(".composer textarea", "Enter")
        await expect(page.locator(".days .bubble.out", has_text="end")).to_be_visible()
        texts = [message.text for message in playground.learner(ANNA).messages]
        assert texts == ["/start", "fifty", "end"]
        assert broken

    async def test_offline_bot_is_told(self, window: Window) -> None:
        """While no bot asks for updates, the header says offline."""
        page = await window.open()
        await expect(page.locator(".status")).to_have_text("offline")


async def scripts_of(page: Page) -> int:
    """Count what a strict content policy forbids: inline scripts, handlers and styles."""
    return await page.locator("script:not([src]), style, [onclick], [onload], [onerror]").count()


class TestPolicy:
    async def test_page_needs_no_inline_code(self, window: Window) -> None:
        """The page carries no inline script, handler or style sheet, and its own policy forbids them."""
        page = await window.open()
        await expect(page.locator(".start-button")).to_be_visible()
        assert await scripts_of(page) == 0
        policy = page.locator('meta[http-equiv="Content-Security-Policy"]')
        content = await policy.get_attribute("content")
        assert content is not None
        assert "unsafe" not in content
