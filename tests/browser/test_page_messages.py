"""The chat page shows messages as a messenger does: text, pictures, edits, long histories."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from browser.scripted_bot import ScriptedBot, keyboard, picture

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, Route

    from browser.conftest import Window
    from lplate_bot.playground.server import PlaygroundServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA = 1001

RENDER = """async ([text, entities]) => {
  const { renderText } = await import("/page/entities.js");
  const box = document.createElement("div");
  box.append(renderText(text, entities));
  return box.innerHTML;
}"""


@pytest.fixture
def anna(playground: PlaygroundServer) -> None:
    """Let Anna have started the bot."""
    playground.learner(ANNA).start()


async def box_of(locator: Locator) -> Any:
    """Return where an element is."""
    box = await locator.bounding_box()
    assert box is not None
    return box


async def at_end(page: Page) -> bool:
    """Return True if the newest message is in view."""
    script = "s => Math.abs(s.scrollHeight - s.scrollTop - s.clientHeight) < 2"
    return bool(await page.locator(".scroller").evaluate(script))


@pytest.mark.usefixtures("anna")
class TestText:
    async def test_entities_become_elements(self, window: Window, bot: ScriptedBot) -> None:
        """Every kind of formatting is shown by its own element, and emoji before it do not shift it."""
        page = await window.open()
        html = (
            "😀 <b>bold <i>both</i></b> <u>under</u> <s>gone</s> <code>code</code> "
            '<a href="https://example.org/">link</a> @anna #theory /exam\n'
            '<pre><code class="language-text">table</code></pre><blockquote>quoted</blockquote>'
        )
        card = page.locator(f'[data-message-id="{await bot.say(ANNA, html, parse_mode="HTML")}"]')
        expected = {
            "strong": "bold both",
            "em": "both",
            "u": "under",
            "s": "gone",
            "code >> nth=0": "code",
            'a[href="https://example.org/"]': "link",
            'a[href="https://t.me/anna"]': "@anna",
            ".tag": "#theory",
            ".command": "/exam",
            "pre[data-language=text]": "table",
            "blockquote": "quoted",
        }
        for selector, text in expected.items():
            await expect(card.locator(selector)).to_have_text(text)

    async def test_markup_in_text_stays_text(self, window: Window, bot: ScriptedBot) -> None:
        """HTML in a message, a caption, a button or a name is shown as it is and never runs."""
        page = await window.open()
        evil = "<img src=x onerror=\"document.title='owned'\">"
        await bot.say(ANNA, evil, reply_markup=keyboard([(evil[:40], "x")]))
        await bot.show(ANNA, picture(40, 30), caption=evil)
        await expect(page.locator(".text", has_text=evil)).to_have_count(2)
        await expect(page.locator(".bubble img[src=x]")).to_have_count(0)
        await expect(page).to_have_title("L-plate playground")

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("javascript:alert(1)", "<span>tap</span>"),
            ("data:text/html,x", "<span>tap</span>"),
            ("https://example.org/", 'href="https://example.org/"'),
            ("example.org", 'href="https://example.org/"'),
            ("tg://user?id=1", 'href="tg://user?id=1"'),
        ],
    )
    async def test_only_safe_addresses_are_links(self, window: Window, url: str, shown: str) -> None:
        """Addresses that could run a script are shown as plain text."""
        page = await window.open()
        entity = {"type": "text_link", "offset": 0, "length": 3, "url": url}
        assert shown in await page.evaluate(RENDER, ["tap", [entity]])

    async def test_overlapping_entities_are_split(self, window: Window) -> None:
        """Entities that overlap without nesting each keep their whole range."""
        page = await window.open()
        entities = [{"type": "bold", "offset": 0, "length": 4}, {"type": "italic", "offset": 2, "length": 4}]
        html = await page.evaluate(RENDER, ["abcdef", entities])
        assert html == "<strong>ab<em>cd</em></strong><em>ef</em>"

    async def test_spoiler_opens_and_stays_open(self, window: Window, bot: ScriptedBot) -> None:
        """A tap reveals a spoiler, and an edit around it does not hide it again."""
        page = await window.open()
        hidden = "<tg-spoiler>Wer muss warten?</tg-spoiler>"
        card = await bot.say(ANNA, f"Who must wait? {hidden}", parse_mode="HTML")
        await page.click(".spoiler")
        await expect(page.locator(".spoiler")).to_have_class("spoiler open")
        edit = {"chat_id": ANNA, "message_id": card, "text": f"Red must wait. {hidden}", "parse_mode": "HTML"}
        await bot.call("editMessageText", **edit)
        await expect(page.locator(".bubble.in")).to_contain_text("Red must wait.")
        await expect(page.locator(".spoiler")).to_have_class("spoiler open")

    async def test_long_quote_expands(self, window: Window, bot: ScriptedBot) -> None:
        """An expandable quote shows three lines until its button is pressed; a short one has no button."""
        page = await window.open()
        quotes = (
            f"<blockquote expandable>{'why ' * 200}</blockquote>\n<blockquote expandable>short</blockquote>"
        )
        await bot.say(ANNA, quotes, parse_mode="HTML")
        long, short = page.locator(".expandable").nth(0), page.locator(".expandable").nth(1)
        await expect(short.locator(".expand")).to_be_hidden()
        folded = await box_of(long)
        await long.locator(".expand").click()
        await expect(long.locator(".expand")).to_have_attribute("aria-expanded", "true")
        assert (await box_of(long))["height"] > 2 * folded["height"]

    async def test_moments_are_told_in_the_readers_zone(self, window: Window) -> None:
        """A date_time entity shows the reader's local time by the format the bot asked for."""
        page = await window.open(timezone_id="Europe/Berlin")
        entity = {"type": "date_time", "offset": 0, "length": 1, "unix_time": 1_790_000_000}
        for form, shown in (("t", "16:13"), ("wD", "Monday"), ("r", "ago|in ")):
            html = await page.evaluate(RENDER, ["x", [entity | {"date_time_format": form}]])
            assert any(words in html for words in shown.split("|")), html


@pytest.mark.usefixtures("anna")
class TestEdits:
    async def test_card_is_edited_in_place(self, window: Window, bot: ScriptedBot) -> None:
        """An edit changes words and buttons of the same bubble and keeps the button elements."""
        page = await window.open()
        asked = keyboard([("A", "a"), ("B", "b")])
        card = await bot.say(ANNA, "Who must wait?", reply_markup=asked)
        bubble = page.locator(f'[data-message-id="{card}"]')
        await bubble.locator('[data-callback-data="b"]').evaluate("button => { button.known = true }")
        answered = keyboard([("✅ A", "a2"), ("❌ B", "b2")], [("Next", "n")])
        await bot.call("editMessageText", chat_id=ANNA, message_id=card, text="Red.", reply_markup=answered)
        await expect(bubble).to_contain_text("Red.")
        assert await bubble.locator('[data-callback-data="b2"]').evaluate("button => button.known")
        await bot.call("editMessageReplyMarkup", chat_id=ANNA, message_id=card)
        await expect(bubble.locator(".key")).to_have_count(0)
        await expect(page.locator(".bubble.in")).to_have_count(1)

    async def test_picture_survives_a_new_caption(self, window: Window, bot: ScriptedBot) -> None:
        """Editing a caption leaves the picture alone; editing the media swaps it within the same frame."""
        page = await window.open()
        card = await bot.show(ANNA, picture(600, 400), caption="Before")
        image = page.locator(".photo img.ready")
        await image.evaluate("image => { image.known = true }")
        await bot.call("editMessageCaption", chat_id=ANNA, message_id=card, caption="After")
        await expect(page.locator(".bubble.in")).to_contain_text("After")
        assert await image.evaluate("image => image.known")

    async def test_edits_are_announced(self, window: Window, bot: ScriptedBot) -> None:
        """New words reach screen readers by a live region; a mere change of buttons does not."""
        page = await window.open()
        live = page.locator(".announcer[aria-live=polite]")
        await expect(page.locator(".bubble.out")).to_be_visible()
        card = await bot.say(ANNA, "Who must wait?")
        await expect(live).to_have_text("L-plate: Who must wait?")
        await bot.call("editMessageText", chat_id=ANNA, message_id=card, text="Red must wait.")
        await expect(live).to_have_text("L-plate: Red must wait.")


@pytest.mark.usefixtures("anna")
class TestPictures:
    @pytest.mark.parametrize(("width", "height"), [(1200, 800), (500, 500), (400, 1600), (2000, 200)])
    async def test_space_is_reserved(self, window: Window, bot: ScriptedBot, width: int, height: int) -> None:
        """A bubble has its final size before the picture's bytes arrive."""
        page = await window.open(viewport={"width": 390, "height": 844})
        gate = asyncio.Event()

        async def wait(route: Route) -> None:
            await gate.wait()
            await route.continue_()

        await page.route("**/playground/file/**", wait)
        await bot.show(ANNA, picture(width, height), caption="Caption")
        before = await box_of(page.locator(".bubble.in"))
        gate.set()
        await expect(page.locator(".photo img.ready")).to_be_visible()
        after = await box_of(page.locator(".bubble.in"))
        assert (after["width"], after["height"]) == pytest.approx(
            (before["width"], before["height"]), abs=0.1
        )

    async def test_picture_enlarges(self, window: Window, bot: ScriptedBot) -> None:
        """A tap shows the picture over the whole window, and another one closes it."""
        page = await window.open()
        await bot.show(ANNA, picture(600, 400))
        await page.locator(".photo img.ready").click()
        await expect(page.locator("dialog.lightbox img")).to_be_visible()
        await page.click("dialog.lightbox")
        await expect(page.locator("dialog")).to_have_count(0)


@pytest.mark.usefixtures("anna")
class TestHistory:
    async def test_reader_at_the_end_follows(self, window: Window, bot: ScriptedBot) -> None:
        """At the end of the chat, a burst of messages keeps the newest in view."""
        page = await window.open()
        for number in range(40):
            await bot.say(ANNA, f"Message {number}")
        await expect(page.locator(".bubble.in")).to_have_count(40)
        await expect(page.locator(".bubble.in").last).to_be_in_viewport()
        assert await at_end(page)

    async def test_reader_above_is_left_alone(self, window: Window, bot: ScriptedBot) -> None:
        """A reader who scrolled up stays there; a button counts the new messages and leads to them."""
        for number in range(40):
            await bot.say(ANNA, f"Message {number}")
        page = await window.open()
        await expect(page.locator(".bubble.in").last).to_be_in_viewport()
        await page.locator(".scroller").hover()
        await page.mouse.wheel(0, -900)
        await expect(page.locator(".jump")).to_be_visible()
        for number in range(3):
            await bot.say(ANNA, f"New {number}")
        await expect(page.locator(".badge")).to_have_text("3")
        assert not await at_end(page)
        await page.click(".jump")
        await expect(page.locator(".bubble.in").last).to_be_in_viewport()
        await expect(page.locator(".jump")).to_be_hidden()

    async def test_long_history_opens_lazily(self, window: Window, playground: PlaygroundServer) -> None:
        """Of 2,000 messages the last are drawn; scrolling up draws more and keeps the reader's place."""
        learner = playground.learner(ANNA)
        for number in range(2_000):
            learner.send_text(f"Message {number}")
        page = await window.open()
        last = page.locator(".bubble").last
        await expect(last).to_contain_text("Message 1999")
        await expect(last).to_be_in_viewport()
        drawn = await page.locator(".bubble").count()
        assert drawn <= 400
        first = page.locator(".bubble").first
        await first.evaluate("node => { node.id = 'mark'; node.scrollIntoView() }")
        await expect(page.locator(".bubble").nth(drawn)).to_be_attached()
        await expect(page.locator("#mark")).to_be_in_viewport()

    async def test_days_are_named(self, window: Window) -> None:
        """Messages are grouped by local day under Today, Yesterday or the date."""
        page = await window.open(timezone_id="Europe/Rome")
        await expect(page.locator(".day-label")).to_have_text("Today")
        script = "async ([then, now]) => (await import('/page/times.js')).dayName(then, now * 1000)"
        noon = 1_790_000_000
        cases = {0: "Today", 86_400: "Yesterday", 3 * 86_400: "18 September", 400 * 86_400: "17 August 2025"}
        for ago, name in cases.items():
            assert await page.evaluate(script, [noon - ago, noon]) == name
