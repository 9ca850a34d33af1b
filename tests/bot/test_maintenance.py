"""Maintenance: presses are answered with a notice, nothing is applied, nothing is lost, operators pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from lplate_bot.ingress import Ack

if TYPE_CHECKING:
    from bot.conftest import OpenHouse

NOTICE = "🚧 I am being looked after and back in a moment. Nothing is lost: please try again then."


async def test_presses_are_answered_and_not_applied(house: BotHouse) -> None:
    """The card stays as it is; the same press counts once the bot is open again."""
    await house.begin()
    before = await house.learner()
    answer = await house.right_button()
    await house.bot.operators.office.set_maintenance(is_on=True)
    await house.press(answer)
    told = house.api.of("answerCallbackQuery")[-1].fields
    assert (told["text"], told["show_alert"]) == (NOTICE, True)
    assert (await house.learner(), house.attempts) == (before, [])
    await house.bot.operators.office.set_maintenance(is_on=False)
    await house.press(answer)
    assert len(house.attempts) == 1


async def test_messages_are_told_once_a_window(house: BotHouse) -> None:
    """Commands, typed answers and pictures get the notice; a flood of them is not amplified."""
    await house.begin()
    await house.bot.operators.office.set_maintenance(is_on=True)
    for words in ("/stats", "/help", "50", "/start b_mini_de", "/admin"):
        assert await house.say(words) == Ack()
    await house.submit(updates.photo(house.next_id(), ANNA))
    assert [shown.words for shown in house.shown()[1:]] == [NOTICE]
    assert (await house.learner()).language == "en"
    house.clock.tick(10)
    await house.say("/stats")
    assert [shown.words for shown in house.shown()[1:]] == [NOTICE] * 2


async def test_the_operators_own_words_are_said_instead(house: BotHouse) -> None:
    """As they are, whatever HTML they look like."""
    await house.begin()
    await house.bot.operators.office.set_maintenance(is_on=True, notice="Back at <12> & fresh")
    await house.press(await house.right_button())
    await house.say("/stats")
    assert house.api.of("answerCallbackQuery")[-1].fields["text"] == "Back at <12> & fresh"
    assert house.last().words == "Back at <12> & fresh"


async def test_it_lasts_over_a_restart(house: BotHouse) -> None:
    """From the first update on, until it is ended."""
    await house.begin()
    await house.bot.operators.office.set_maintenance(is_on=True)
    await house.crash()
    await house.press(await house.right_button())
    assert house.attempts == []
    await house.bot.operators.office.set_maintenance(is_on=False)
    await house.restart()
    await house.press(await house.right_button())
    assert len(house.attempts) == 1


async def test_operators_pass(open_house: OpenHouse) -> None:
    """They can try the bot before learners do."""
    async with open_house(admins=(BERT,)) as house:
        await house.begin(who=BERT)
        await house.bot.operators.office.set_maintenance(is_on=True)
        await house.press(await house.right_button(BERT), BERT)
        assert len(house.attempts) == 1


async def test_strangers_are_told_too(house: BotHouse) -> None:
    """Nobody becomes a learner meanwhile."""
    await house.bot.operators.office.set_maintenance(is_on=True)
    await house.say("/start")
    assert house.last().words == NOTICE
    assert await house.store.load(ANNA) is None


@pytest.mark.parametrize(("status", "is_blocked"), [("kicked", True), ("member", False)])
async def test_what_telegram_tells_is_taken(house: BotHouse, status: str, *, is_blocked: bool) -> None:
    """That a learner blocked the bot, or came back, is no press."""
    await house.begin()
    await house.bot.operators.office.set_maintenance(is_on=True)
    await house.submit(updates.membership(house.next_id(), ANNA, status))
    assert (await house.learner()).is_blocked is is_blocked


async def test_a_redelivered_press_shares_the_fate_of_the_first(house: BotHouse) -> None:
    """Turned away once, it is not applied when Telegram brings it again after the end."""
    await house.begin()
    raw = house.raw_press(await house.right_button())
    await house.bot.operators.office.set_maintenance(is_on=True)
    await house.submit(raw)
    await house.bot.operators.office.set_maintenance(is_on=False)
    await house.submit(raw)
    assert house.attempts == []
