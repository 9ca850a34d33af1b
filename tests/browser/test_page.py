"""The chat page talks with a bot: what the learner does arrives, what the bot does shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from browser.scripted_bot import ScriptedBot, keyboard

if TYPE_CHECKING:
    from playwright.async_api import Page

    from browser.conftest import Window
    from lplate_bot.playground.server import PlaygroundServer

SUBMIT_ALL = """(form, texts) => {
  for (const text of texts) {
    form.querySelector("textarea").value = text;
    form.requestSubmit();
  }
}"""

REUSE = """async () => {
  const { showKeyboard } = await import("/page/keyboard.js");
  const keyboard = document.createElement("div");
  const show = (data) => showKeyboard(keyboard, { inline_keyboard: [[{ text: "A", callback_data: data }]] });
  show("first");
  const button = keyboard.querySelector("button");
  button.setAttribute("aria-busy", "true");
  show("first");
  const same = button.ariaBusy;
  show("second");
  return [same, button.ariaBusy, keyboard.querySelector("button") === button];
}"""

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNA = 1001
FIELD = ".composer textarea"


async def begin(window: Window, bot: ScriptedBot) -> Page:
    """Open Anna's chat and press Start."""
    page = await window.open()
    await page.click(".start-button")
    assert await bot.next_text() == "/start"
    return page


async def write(page: Page, text: str) -> None:
    """Type a message and send it by Enter."""
    await page.fill(FIELD, text)
    await page.press(FIELD, "Enter")


class TestStart:
    async def test_empty_chat_offers_start(self, window: Window, bot: ScriptedBot) -> None:
        """An empty chat shows the bot's description and Start, which gives way to the composer."""
        await bot.call("setMyDescription", description="Learn for your driving test.")
        page = await window.open()
        await expect(page.locator(".intro")).to_contain_text("Learn for your driving test.")
        await expect(page.locator(FIELD)).to_be_hidden()
        await page.click(".start-button")
        assert await bot.next_text() == "/start"
        await expect(page.locator(".bubble.out")).to_contain_text("/start")
        await expect(page.locator(".intro")).to_be_hidden()
        await expect(page.locator(FIELD)).to_be_focused()

    async def test_deep_link_is_offered_once(self, window: Window, bot: ScriptedBot) -> None:
        """A start parameter in the address is sent by Start, even in a used chat, and then forgotten."""
        await begin(window, bot)
        page = await window.open(f"?learner={ANNA}&start=b_core_en")
        await expect(page.locator(".bubble.out")).to_have_count(1)
        await page.click(".start-button")
        assert await bot.next_text() == "/start b_core_en"
        await expect(page.locator(".start-button")).to_be_hidden()
        await expect(page).to_have_url(re.compile(rf"\?learner={ANNA}$"))

    async def test_link_to_the_bot_starts_it(self, window: Window, bot: ScriptedBot) -> None:
        """A t.me link to this very bot is followed inside the chat."""
        page = await begin(window, bot)
        link = '<a href="https://t.me/lplate_playground_bot?start=b_core_de">Deutsch</a>'
        await bot.say(ANNA, link, parse_mode="HTML")
        await page.click("text=Deutsch")
        assert await bot.next_text() == "/start b_core_de"


class TestWriting:
    async def test_text_is_sent_and_ticked(self, window: Window, bot: ScriptedBot) -> None:
        """A written message shows one tick once the server has it, and two once the bot has fetched it."""
        page = await begin(window, bot)
        await write(page, "fifty")  # no digits: each bubble shows the time, too
        sent = page.locator(".days .bubble.out", has_text="fifty")
        await expect(sent.locator(".icon-tick")).to_be_visible()
        await expect(sent.locator(".icon-ticks")).to_be_hidden()
        assert await bot.next_text() == "fifty"
        await expect(sent.locator(".icon-ticks")).to_be_visible()
        await bot.say(ANNA, "Right.")
        await expect(page.locator(".bubble.in")).to_contain_text("Right.")

    async def test_shift_enter_makes_a_line(self, window: Window, bot: ScriptedBot) -> None:
        """Shift+Enter breaks the line, Enter sends both lines, and the field is empty again."""
        page = await begin(window, bot)
        await page.fill(FIELD, "one")
        await page.press(FIELD, "Shift+Enter")
        await page.keyboard.type("two")
        await page.press(FIELD, "Enter")
        assert await bot.next_text() == "one\ntwo"
        await expect(page.locator(FIELD)).to_have_value("")

    async def test_quick_texts_keep_their_order(self, window: Window, bot: ScriptedBot) -> None:
        """Texts written faster than the server confirms them arrive once each and in order."""
        page = await begin(window, bot)
        texts = [f"text {number}" for number in range(5)]
        await page.locator(".composer").evaluate(SUBMIT_ALL, texts)
        assert [await bot.next_text() for _ in texts] == texts
        await write(page, "end")
        assert await bot.next_text() == "end"

    async def test_too_long_text_is_held_back(self, window: Window, bot: ScriptedBot) -> None:
        """More than 4096 characters cannot be sent, and the page says by how many it is too long."""
        page = await begin(window, bot)
        await page.fill(FIELD, "x" * 4100)
        await expect(page.locator(".hint")).to_have_text("4 characters too many")
        await expect(page.locator(".send")).to_be_disabled()
        await page.fill(FIELD, "x" * 4096)
        await expect(page.locator(".send")).to_be_enabled()

    async def test_commands_are_offered(self, window: Window, bot: ScriptedBot) -> None:
        """A slash lists the bot's commands, typing narrows the list, and Enter sends the chosen one."""
        names = ("practice", "exam", "plan")
        await bot.call(
            "setMyCommands", commands=[{"command": name, "description": f"To {name}"} for name in names]
        )
        page = await begin(window, bot)
        await page.fill(FIELD, "/")
        await expect(page.locator(".commands [role=option]")).to_have_count(3)
        await page.fill(FIELD, "/p")
        await expect(page.locator(".commands [role=option]")).to_have_count(2)
        await page.press(FIELD, "ArrowDown")
        await page.press(FIELD, "Enter")
        assert await bot.next_text() == "/plan"

    async def test_command_in_a_message_is_sent(self, window: Window, bot: ScriptedBot) -> None:
        """A tap on a command in the bot's text sends it."""
        page = await begin(window, bot)
        await bot.say(ANNA, "See your /stats now")
        await page.click(".command >> text=/stats")
        assert await bot.next_text() == "/stats"

    async def test_forced_reply_opens(self, window: Window, bot: ScriptedBot) -> None:
        """ForceReply opens a reply with the bot's placeholder, and the answer quotes the question."""
        page = await begin(window, bot)
        markup = {"force_reply": True, "input_field_placeholder": "Type the number"}
        asked = await bot.say(ANNA, "How many metres?", reply_markup=markup)
        await expect(page.locator(".reply-words")).to_have_text("How many metres?")
        await expect(page.locator(FIELD)).to_have_attribute("placeholder", "Type the number")
        await write(page, "40")
        message = await bot.next_update("message")
        assert message["reply_to_message"]["message_id"] == asked
        await expect(page.locator(".bubble.out .quote").last).to_contain_text("How many metres?")
        await expect(page.locator(".reply-bar")).to_be_hidden()

    async def test_reply_keyboard_sends_its_labels(self, window: Window, bot: ScriptedBot) -> None:
        """The keys of a custom keyboard send their text, and its removal takes it away."""
        page = await begin(window, bot)
        await bot.say(ANNA, "Choose", reply_markup={"keyboard": [[{"text": "Yes"}, {"text": "No"}]]})
        await page.click(".panel >> text=No")
        assert await bot.next_text() == "No"
        await bot.say(ANNA, "Thanks", reply_markup={"remove_keyboard": True})
        await expect(page.locator(".panel")).to_be_hidden()


class TestPressing:
    async def test_button_waits_for_its_answer(self, window: Window, bot: ScriptedBot) -> None:
        """A pressed button is busy until the bot answers the query; the answer's text is a toast."""
        page = await begin(window, bot)
        await bot.say(ANNA, "Who must wait?", reply_markup=keyboard([("A", "a:1"), ("B", "b:1")]))
        button = page.locator('[data-callback-data="b:1"]')
        await button.click()
        query = await bot.next_update("callback_query")
        assert query["data"] == "b:1"
        await expect(button).to_have_attribute("aria-busy", "true")
        await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Right!")
        await expect(button).not_to_have_attribute("aria-busy", "true")
        await expect(page.locator(".toast")).to_have_text("Right!")

    async def test_alert_is_modal(self, window: Window, bot: ScriptedBot) -> None:
        """An answer with show_alert opens a dialog that Escape closes."""
        page = await begin(window, bot)
        await bot.say(ANNA, "Report?", reply_markup=keyboard([("Report", "r")]))
        await page.click('[data-callback-data="r"]')
        query = await bot.next_update("callback_query")
        words = "Thank you for the report."
        await bot.call("answerCallbackQuery", callback_query_id=query["id"], text=words, show_alert=True)
        await expect(page.locator("dialog.alert")).to_contain_text(words)
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)

    async def test_unanswered_press_ends(self, window: Window, bot: ScriptedBot) -> None:
        """A press that nobody answers stops waiting and says so."""
        page = await begin(window, bot)
        await bot.say(ANNA, "Silence", reply_markup=keyboard([("Press", "p")]))
        await page.click('[data-callback-data="p"]')
        await expect(page.locator(".toast")).to_have_text("The bot did not answer.")
        await expect(page.locator('[data-callback-data="p"]')).not_to_have_attribute("aria-busy", "true")

    async def test_new_action_is_not_busy(self, window: Window) -> None:
        """A button that an edit gives another action may be pressed at once, and is the same element."""
        page = await window.open()
        assert await page.evaluate(REUSE) == ["true", None, True]

    async def test_keyboard_alone_is_enough(self, window: Window, bot: ScriptedBot) -> None:
        """Shift+Tab from the field reaches the bot's buttons, Enter presses, an edit keeps the focus."""
        page = await begin(window, bot)
        card = await bot.say(ANNA, "Who must wait?", reply_markup=keyboard([("A", "a"), ("B", "b")]))
        await expect(page.locator('[data-callback-data="b"]')).to_be_visible()
        await page.focus(FIELD)
        await page.keyboard.press("Shift+Tab")
        while await page.locator(":focus").get_attribute("data-callback-data") != "b":
            await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await bot.next_update("callback_query")
        markup = keyboard([("A", "a2"), ("B", "b2")])
        await bot.call("editMessageReplyMarkup", chat_id=ANNA, message_id=card, reply_markup=markup)
        await expect(page.locator('[data-callback-data="b2"]')).to_be_focused()

    async def test_styles_and_disabled_keys_show(self, window: Window, bot: ScriptedBot) -> None:
        """A button carries its style, and one without an action is marked as disabled."""
        page = await begin(window, bot)
        right = {"text": "A", "callback_data": "a", "style": "success"}
        elsewhere = {"text": "Inline", "switch_inline_query": "283"}
        await bot.say(ANNA, "Marked", reply_markup={"inline_keyboard": [[right, elsewhere]]})
        await expect(page.locator(".key", has_text="A")).to_have_attribute("data-style", "success")
        await expect(page.locator(".key", has_text="Inline")).to_have_attribute("aria-disabled", "true")


class TestChat:
    async def test_typing_shows_until_the_message(self, window: Window, bot: ScriptedBot) -> None:
        """A chat action shows in the header and ends with the message."""
        page = await begin(window, bot)
        await bot.call("sendChatAction", chat_id=ANNA, action="typing")
        await expect(page.locator(".status")).to_have_text("typing…")
        await bot.say(ANNA, "Done.")
        await expect(page.locator(".status")).to_have_text("online")

    async def test_reaction_shows(self, window: Window, bot: ScriptedBot) -> None:
        """The bot's reaction appears on the learner's message and goes when it is taken back."""
        page = await begin(window, bot)
        await write(page, "50")
        target = {"chat_id": ANNA, "message_id": (await bot.next_update("message"))["message_id"]}
        await bot.call("setMessageReaction", **target, reaction=[{"type": "emoji", "emoji": "👍"}])
        await expect(page.locator(".bubble.out .reaction")).to_have_text("👍")
        await bot.call("setMessageReaction", **target, reaction=[])
        await expect(page.locator(".reaction")).to_have_count(0)

    async def test_blocking_tells_the_bot(self, window: Window, bot: ScriptedBot) -> None:
        """Blocking by the menu refuses the bot's messages until the learner unblocks it."""
        page = await begin(window, bot)
        await page.click(".more")
        await page.click(".menu-item >> text=Block the bot")
        await expect(page.locator(".status")).to_have_text("blocked")
        refused = await bot.try_call("sendMessage", chat_id=ANNA, text="Hello?")
        assert refused["error_code"] == 403
        await page.click(".unblock")
        await bot.say(ANNA, "Welcome back")
        await expect(page.locator(".bubble.in")).to_contain_text("Welcome back")

    async def test_clearing_asks_first(self, window: Window, bot: ScriptedBot) -> None:
        """Clear empties the chat after a confirmation, not before, and Start is offered again."""
        page = await begin(window, bot)
        for answer, left in (("Cancel", 1), ("Clear", 0)):
            await page.click(".more")
            await page.click(".menu-item.danger")
            await page.click(f".dialog-button >> text={answer}")
            await expect(page.locator(".bubble")).to_have_count(left)
        await expect(page.locator(".start-button")).to_be_visible()

    async def test_vote_reaches_the_bot(self, window: Window, bot: ScriptedBot) -> None:
        """A tap on a quiz option votes, marks right and wrong, and shows the explanation."""
        page = await begin(window, bot)
        options = [{"text": "Amber alone"}, {"text": "Red and amber"}]
        quiz = {"question": "Get ready?", "options": options, "type": "quiz", "correct_option_ids": [1]}
        await bot.call("sendPoll", chat_id=ANNA, is_anonymous=False, explanation="Both lamps.", **quiz)
        await page.click(".option >> text=Amber alone")
        assert (await bot.next_update("poll_answer"))["option_ids"] == [0]
        await expect(page.locator(".option").nth(0)).to_contain_text("❌")
        await expect(page.locator(".option").nth(1)).to_contain_text("✅")
        await expect(page.locator(".poll-explanation")).to_have_text("Both lamps.")

    async def test_deleted_message_goes(
        self, window: Window, playground: PlaygroundServer, bot: ScriptedBot
    ) -> None:
        """A message the bot deletes leaves the page."""
        page = await begin(window, bot)
        doomed = await bot.say(ANNA, "Soon gone")
        await expect(page.locator(f'[data-message-id="{doomed}"]')).to_be_visible()
        await bot.call("deleteMessage", chat_id=ANNA, message_id=doomed)
        await expect(page.locator(f'[data-message-id="{doomed}"]')).to_have_count(0)
        assert len(playground.learner(ANNA).messages) == 1

    async def test_double_click_replies(self, window: Window, bot: ScriptedBot) -> None:
        """A double click on a message begins a reply to it, and Escape gives it up."""
        page = await begin(window, bot)
        await bot.say(ANNA, "A note on this?")
        await page.locator(".bubble.in .text").dblclick()
        await expect(page.locator(".reply-words")).to_have_text("A note on this?")
        await page.press(FIELD, "Escape")
        await expect(page.locator(".reply-bar")).to_be_hidden()
