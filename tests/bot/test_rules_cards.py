"""Rules 12 and 13: one card edited in place, and how a new one becomes theirs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.bothouse import ANNA, BotHouse
from bot.telegram import Shown
from lplate.domain.session import Phase
from trainer.banks import PICTURE, bank, multi, numeric, single, truefalse

if TYPE_CHECKING:
    from bot.conftest import OpenHouse

TWO = (single("a"), single("b"))


# -- 12


async def test_rule_12_practice_is_one_message(open_house: OpenHouse) -> None:
    """Ten questions, answered by button, right and wrong, are edits of the first message."""
    async with open_house(
        bank(*(single(f"q{n}") for n in range(5)), *(truefalse(f"t{n}") for n in range(5)))
    ) as house:
        await house.begin()
        for turn in range(10):
            await house.press(await house.right_button(is_right=turn % 3 > 0))
            await house.press(house.button("n"))
        assert len(house.shown()) == 1
        assert len(house.api.of("sendMessage", "sendPhoto")) == 1
        assert len(house.attempts) == 10


async def test_rule_12_an_answer_costs_two_calls(open_house: OpenHouse) -> None:
    """The callback is answered and the card edited, nothing else."""
    async with open_house(bank(*TWO)) as house:
        await house.begin()
        house.api.calls.clear()
        await house.press(await house.right_button())
        assert [sent.method for sent in house.api.calls] == ["answerCallbackQuery", "editMessageText"]


async def test_rule_12_feedback_tells_what_was_right_and_why(open_house: OpenHouse) -> None:
    """The card shows the marks, the verdict, the explanation with its source, and the way on."""
    async with open_house(bank(single("a", shuffle=False))) as house:
        await house.begin()
        await house.press("a:1:1:1")
        words = house.card().words
        assert "✅ A  option a\n❌ B  option b\n▫️ C  option c" in words
        assert "❌ Not right. Again tomorrow." in words
        assert "Because of a.\n📖 Vienna 1968" in words
        assert house.card().labels == ["Next ▶"]


async def test_rule_12_ticks_are_edits_until_submitted(open_house: OpenHouse) -> None:
    """Several answers are ticked in place and submitted once."""
    async with open_house(bank(multi("m", shuffle=False), single("s"))) as house:
        await house.begin()
        await house.ask_for("m")
        for choice in (0, 2):
            await house.press(next(data for data in house.card().data if data.endswith(f":{choice}:1")))
        assert house.card().labels[:3] == ["☑ A", "☐ B", "☑ C"]
        await house.press(house.button("u"))
        assert "Right!" in house.card().words
        assert len(house.shown()) == 1


async def test_rule_12_a_typed_answer_moves_the_card_below(open_house: OpenHouse) -> None:
    """The old card keeps the verdict without buttons, the new one has explanation and Next."""
    async with open_house(bank(numeric("n"))) as house:
        await house.begin()
        await house.say("51")
        old, new = house.shown()
        assert (old.rows, new.labels) == ([], ["Next ▶"])
        for shown in (old, new):
            assert "Your answer: 51\nRight answer: 50 m" in shown.words
        assert "Because of n." in new.words
        assert "Because of n." not in old.words


async def test_rule_12_fast_mode_toasts_and_goes_on(open_house: OpenHouse) -> None:
    """After a right answer the same card shows the next question, with a toast for the verdict."""
    async with open_house(bank(*TWO)) as house:
        await house.begin()
        await house.say("/settings")
        await house.press("f:1")
        asked = (await house.learner()).session.question_id
        await house.press(await house.right_button())
        assert house.api.of("answerCallbackQuery")[-1].fields["text"] == "✅ Right!"
        session = (await house.learner()).session
        assert (session.phase, session.question_id != asked) == (Phase.QUESTION, True)
        assert f"What about {session.question_id}?" in house.shown()[0].words


async def test_rule_12_separate_mode_sends_each_question(open_house: OpenHouse) -> None:
    """Every question is a message; the one before keeps its feedback and loses its buttons."""
    async with open_house(bank(*TWO)) as house:
        await house.begin()
        await house.say("/settings")
        await house.press("m:separate")
        first = house.shown()[0]
        await house.press(await house.right_button())
        await house.press(house.button("n"))
        old, new = house.api.messages[ANNA, first.message_id], house.last()
        assert "Right!" in old.words
        assert old.rows == []
        assert new.data[0].startswith("a:1:2")


# -- 13


async def test_rule_13_a_new_card_is_never_sent_inline(open_house: OpenHouse) -> None:
    """By webhook a question still goes out as a call: its message id is needed."""
    async with open_house(webhook_url="https://bot.test/hook", webhook_secret="s") as house:
        ack = await house.say("/start b_mini_en")
        assert ack.body == b""
        assert len(house.api.of("sendPhoto", "sendMessage")) == 1
        pressed = await house.press(house.button("k"))
        assert json.loads(pressed.body)["method"] == "answerCallbackQuery"


async def test_rule_13_the_result_of_the_send_is_the_card(open_house: OpenHouse) -> None:
    """Chat, message and kind are stored once Telegram has said them."""
    async with open_house(bank(single("a", media=PICTURE))) as house:
        card = await house.begin()
        stored = (await house.learner()).card
        assert stored is not None
        assert (stored.chat_id, stored.message_id, stored.is_photo) == (ANNA, card.message_id, True)
        assert (await house.learner()).owed == ()


async def test_rule_13_a_press_before_the_result_adopts_the_card(open_house: OpenHouse) -> None:
    """The learner is faster than Telegram's answer to the send; the feedback lands in the same message."""
    async with open_house(bank(*TWO)) as house:
        house.api.is_holding = True
        await house.say("/start b_mini_en")
        sent = house.api.of("sendMessage")[0]
        early = Shown(ANNA, 1, sent.fields["text"], sent.fields["reply_markup"]["inline_keyboard"])
        await house.press(await house.right_button(), message=early)
        stored = (await house.learner()).card
        assert stored is not None
        assert stored.message_id == 1
        house.api.release()
        await house.settle()
        assert len(house.shown()) == 1
        assert "Right!" in house.card().words
        await house.restart()
        assert await house.store.owing() == []


async def test_rule_13_a_crash_after_the_send_ends_with_one_live_card(open_house: OpenHouse) -> None:
    """The card is sent again after the restart; pressed there, the first one is out of play."""
    async with open_house(bank(*TWO)) as house:
        house.api.is_holding = True
        await house.say("/start b_mini_en")
        house.api.lose()
        await house.crash()
        first, second = house.shown()
        await house.press(await house.right_button(), message=second)
        assert "Right!" in house.last().words
        await house.press("n:1:1", message=second)
        await house.press("a:1:1:0", message=first)
        assert [shown for shown in house.shown() if shown.rows] == [house.last()]
        assert len(house.attempts) == 1


async def test_rule_13_after_such_a_crash_the_first_card_works_too(open_house: OpenHouse) -> None:
    """The learner may press either: what they press is their card."""
    async with open_house(bank(*TWO)) as house:
        house.api.is_holding = True
        await house.say("/start b_mini_en")
        house.api.lose()
        await house.crash()
        first = house.shown()[0]
        await house.press(await house.right_button(), message=first)
        stored = (await house.learner()).card
        assert stored is not None
        assert stored.message_id == first.message_id
        assert "Right!" in house.api.messages[ANNA, first.message_id].words


async def test_rule_13_an_answer_in_the_first_card_survives_the_second(open_house: OpenHouse) -> None:
    """Answered while the repeat was on its way: feedback and Next stay where the learner pressed."""
    async with open_house(bank(*TWO)) as house:
        first = await house.begin()
        house.api.is_holding = True
        await house.say("/resend")
        await house.press(await house.right_button(), message=first)
        house.api.release()
        await house.settle()
        learner = await house.learner()
        assert learner.card is not None
        live = [shown for shown in house.shown() if shown.rows]
        assert [shown.message_id for shown in live] == [learner.card.message_id]
        assert live[0].labels == ["Next ▶"]


@pytest.mark.parametrize("presses", [2, 5])
async def test_rule_13_many_resends_leave_one_card_with_buttons(house: BotHouse, presses: int) -> None:
    """However often a learner asks, only the lowest card can be pressed."""
    await house.begin()
    for _ in range(presses):
        await house.say("/resend")
    live = [shown for shown in house.shown() if shown.rows]
    assert live == [house.last()]


async def test_rule_13_resends_while_telegram_is_slow_leave_one_card(house: BotHouse) -> None:
    """Three cards on their way at once end as one."""
    await house.begin()
    house.api.is_holding = True
    for _ in range(3):
        await house.say("/resend")
    house.api.release()
    await house.settle()
    live = [shown for shown in house.shown() if shown.rows]
    assert live == [house.last()]


async def test_rule_13_a_card_sent_for_a_step_that_has_passed_loses_its_buttons(
    open_house: OpenHouse,
) -> None:
    """Skipped twice while Telegram was slow: both cards arrive, the newer one counts."""
    async with open_house(bank(*(single(f"q{n}") for n in range(4)))) as house:
        await house.begin()
        house.api.is_holding = True
        await house.say("/skip")
        await house.say("/skip")
        house.api.release()
        await house.settle()
        live = [shown for shown in house.shown() if shown.rows]
        assert live == [house.last()]
        assert live[0].data[0].startswith("a:1:3")
