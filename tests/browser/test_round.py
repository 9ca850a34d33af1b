"""A learner's round with the real bot in a real browser, as after `make run`."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser.conftest import Window
from lplate_bot.playground.server import PlaygroundServer
from playing import bot_in_process

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
SHOTS = Path(__file__).parents[2] / "shots"
QUESTIONS = 8


async def answered(page: Page) -> None:
    """Answer the question on the open card by whatever it offers."""
    buttons = page.locator("[data-callback-data]")
    options = page.locator("[data-callback-data^='a:']")
    ticks = page.locator("[data-callback-data^='t:']")
    if await options.count():
        await options.first.click()
    elif await ticks.count():
        await ticks.first.click()
        await expect(page.locator("[data-callback-data$=':0'][data-callback-data^='t:']")).to_have_count(1)
        await page.locator("[data-callback-data^='u:']").click()
    else:
        await page.locator(".composer textarea").fill("50 m")
        await page.keyboard.press("Enter")
    await expect(buttons.last).to_contain_text("Next")


async def test_a_newcomer_plays_a_round(window: Window, playground: PlaygroundServer, data: Path) -> None:
    """From an empty page by taps alone: Start, a language, a question with a picture, its verdict."""
    async with bot_in_process(playground, data):
        page = await window.open("?learner=1002", viewport=PHONE, device_scale_factor=2)
        await page.locator(".start-button").click()
        await page.locator("[data-callback-data='l:en']").click()
        card = page.locator(".bubble.in").last
        await expect(card.locator("img")).to_be_visible()
        SHOTS.mkdir(exist_ok=True)
        for number in range(QUESTIONS):
            await answered(page)
            feedback = page.locator(".bubble.in").last
            await expect(feedback).to_contain_text("gain")  # "Again in 2 days.", "Again tomorrow."
            if number == 0:
                await page.screenshot(path=SHOTS / "round.png")
            step = await page.locator("[data-callback-data^='n:']").get_attribute("data-callback-data")
            await page.locator("[data-callback-data^='n:']").click()
            await expect(page.locator(f"[data-callback-data='{step}']")).to_have_count(0)
            await expect(page.locator("[data-callback-data^='k:']")).to_have_count(1)
        await page.locator(".composer textarea").fill("/stats")
        await page.keyboard.press("Enter")
        await expect(page.locator(".bubble.in").last).to_contain_text(f"Today: {QUESTIONS}")


async def test_two_learners_side_by_side_do_not_meet(
    window: Window, playground: PlaygroundServer, data: Path
) -> None:
    """Two columns, two languages: each learner gets their own questions and answers."""
    async with bot_in_process(playground, data):
        anna = await window.open("?learner=1001&start=b_core_de", viewport=PHONE)
        ben = await window.open("?learner=1002&start=b_core_en", viewport=PHONE)
        for page in (anna, ben):
            await page.locator(".start-button").click()
        await expect(anna.locator("[data-callback-data^='k:']")).to_contain_text("Überspringen")
        await expect(ben.locator("[data-callback-data^='k:']")).to_contain_text("Skip")
