"""An operator on the phone: the panels of the real bot in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from playing import bot_in_process

if TYPE_CHECKING:
    from playwright.async_api import Page

    from browser.conftest import Window
    from lplate_bot.playground.server import PlaygroundServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
SHOTS = Path(__file__).parents[2] / "shots"
ANNA, BEN = 1001, 1002


async def shoot(page: Page, name: str) -> None:
    """Keep what is seen for a person to look at."""
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"operator-{name}.png")


async def say(page: Page, words: str) -> None:
    """Write a message."""
    await page.locator(".composer textarea").fill(words)
    await page.keyboard.press("Enter")


async def tap(page: Page, data: str) -> None:
    """Press a button of the newest panel, once it is there."""
    await page.locator(".bubble.in").last.locator(f"[data-callback-data='{data}']").click()


async def test_an_operator_goes_through_the_panels(
    window: Window, playground: PlaygroundServer, data: Path
) -> None:
    """Overview, a learner's tier, an invitation and a broadcast, in German, each panel in its place."""
    async with bot_in_process(playground, data, admins=(ANNA,), broadcast_per_second=50):
        ben = await window.open(f"?learner={BEN}&start=b_core_en", viewport=PHONE, device_scale_factor=2)
        await ben.locator(".start-button").click()
        await expect(ben.locator("[data-callback-data^='k:']")).to_contain_text("Skip")
        page = await window.open(f"?learner={ANNA}&start=b_core_de", viewport=PHONE, device_scale_factor=2)
        await page.locator(".start-button").click()
        await expect(page.locator("[data-callback-data^='k:']")).to_contain_text("Überspringen")
        panel = page.locator(".bubble.in").last
        await say(page, "/admin")
        await expect(panel).to_contain_text("Heute (UTC)")
        await shoot(page, "overview")
        await say(page, f"/admin {BEN}")
        await expect(panel).to_contain_text("Stufe: free")
        await tap(page, f"x:t:{BEN}:school")
        await tap(page, f"x:s:{BEN}:school:365")
        await expect(panel).to_contain_text("Stufe: school bis")
        await shoot(page, "learner")
        await tap(page, "x:home")
        await tap(page, "x:inv")
        await tap(page, "x:it:school")
        await tap(page, "x:iu:school:50")
        await tap(page, "x:ic:school:50:365")
        await expect(panel).to_contain_text("Dieser Link gibt 50 Personen die Stufe school")
        await shoot(page, "invite")
        await tap(page, "x:inv")
        await expect(panel).to_contain_text("0 von 50 benutzt")
        await say(page, "/admin say Neue Fragen zum Kreisverkehr!\n[en]\nNew questions about roundabouts!")
        await expect(panel).to_contain_text("Wer bekommt es?")
        await shoot(page, "draft")
        await tap(page, "x:bs:1")
        done = page.locator(".bubble.in", has_text="fertig: 2 von 2 gesendet")
        await expect(done).to_be_visible()
        await shoot(page, "done")
        await expect(ben.locator(".bubble.in").last).to_contain_text("New questions about roundabouts!")


async def test_a_learner_meets_maintenance(window: Window, playground: PlaygroundServer, data: Path) -> None:
    """A press is answered with the notice, and the card stays for afterwards."""
    async with bot_in_process(playground, data, admins=(ANNA,)):
        ben = await window.open(f"?learner={BEN}&start=b_core_en", viewport=PHONE, device_scale_factor=2)
        await ben.locator(".start-button").click()
        await expect(ben.locator("[data-callback-data^='k:']")).to_contain_text("Skip")
        page = await window.open(f"?learner={ANNA}&start=b_core_de", viewport=PHONE)
        await page.locator(".start-button").click()
        await say(page, "/admin")
        await tap(page, "x:mt:1")
        await expect(page.locator(".bubble.in").last).to_contain_text("Wartung:")
        await ben.locator("[data-callback-data^='k:']").click()
        await expect(ben.get_by_text("I am being looked after").first).to_be_visible()
        await shoot(ben, "maintenance")
