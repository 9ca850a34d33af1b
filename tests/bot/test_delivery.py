from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import updates
from bot.bothouse import ANNA, BotHouse
from bot.stores import FullStore
from bot.telegram import Shown, refusal
from lplate.domain.session import Address, Owed, OwedKind
from trainer.banks import PICTURE, bank, multi, numeric, single

if TYPE_CHECKING:
    import pytest

    from bot.conftest import OpenHouse


async def test_a_redelivery_draws_the_same(open_house: OpenHouse) -> None:
    """What a crash left unsent is shown as it would have been, from stored state alone."""
    shown: list[list[tuple[str, list[str]]]] = []
    for is_crashing in (False, True):
        async with open_house(bank(multi("m"), numeric("n"), single("s", media=PICTURE))) as house:
            await house.begin("en-de")
            house.api.is_holding = is_crashing
            await house.say("/skip")
            if is_crashing:
                await house.crash()
            shown.append([(one.html, one.labels) for one in house.shown()])
    assert shown[0] == shown[1]


async def test_everything_owed_is_redelivered_in_order(house: BotHouse) -> None:
    """Statistics asked for before a skip come before the next card."""
    await house.begin()
    house.api.is_holding = True
    await house.say("/stats")
    await house.say("words")
    await house.say("/skip")
    await house.crash()
    words = [shown.words for shown in house.shown()[1:]]
    assert ["No answers yet" in words[0], "buttons below" in words[1], "What about" in words[2]] == [True] * 3
    await house.restart()
    assert len(house.shown()) == 4


async def test_what_arrived_is_not_owed_with_the_next_reply(house: BotHouse) -> None:
    """Statistics that Telegram took are out of the next state that is written."""
    await house.begin()
    await house.say("/stats")
    house.api.is_holding = True
    await house.say("/skip")
    assert {item.kind.value for item in (await house.learner()).owed} == {"no-buttons", "new-card"}


async def test_a_redelivered_verdict_on_a_typed_answer_stands_on_both_cards(open_house: OpenHouse) -> None:
    """Closed card and new card are both owed until Telegram has both."""
    async with open_house(bank(numeric("n"))) as house:
        await house.begin()
        house.api.is_holding = True
        await house.say("50")
        await house.crash()
        old, new = house.shown()
        assert "Right!" in old.words
        assert "Right!" in new.words
        assert (old.rows, new.labels) == ([], ["Next ▶"])


async def test_toggles_faster_than_telegram_end_in_the_last_state(open_house: OpenHouse) -> None:
    """Edits of the same card that wait are replaced by the newest; none is lost."""
    async with open_house(bank(multi("m", shuffle=False))) as house:
        card = await house.begin()
        house.api.is_holding = True
        for choice in (0, 1, 2):
            await house.press(f"t:1:1:{choice}:1", message=card)
        house.api.release()
        await house.settle()
        assert house.card().labels[:3] == ["☑ A", "☑ B", "☑ C"]
        assert len(house.api.of("editMessageText")) == 2
        await house.restart()
        assert await house.store.owing() == []


async def test_a_confirmation_that_cannot_be_stored_only_repeats_the_reply(open_house: OpenHouse) -> None:
    """With a full disk the card's address is lost for now; the card comes again after the next start."""
    store = FullStore()
    async with open_house(bank(single("a")), store=store) as house:
        house.api.is_holding = True
        await house.say("/start b_mini_en")
        store.is_full = True
        house.api.release()
        await house.settle()
        assert (await house.learner()).card is None
        store.is_full = False
        await house.restart()
        assert (await house.learner()).card is not None
        await house.press(await house.right_button())
        assert len(house.attempts) == 1


async def test_a_stale_press_draws_the_card_again_without_owing_it(house: BotHouse) -> None:
    """It heals a card that shows something old, and writes nothing."""
    card = await house.begin()
    before = await house.learner()
    groups = house.store.groups
    old = replace(card, html="something old")
    house.api.messages[ANNA, card.message_id] = old
    await house.press("n:1:0", message=old)
    assert house.api.messages[ANNA, card.message_id].html == card.html
    assert await house.learner() == before
    assert house.store.groups == groups


async def test_a_card_drawn_again_does_not_repeat_what_followed_it(open_house: OpenHouse) -> None:
    """An answer tapped twice shows its long explanation once."""
    long = dict.fromkeys(("en", "de"), "word " * 300)
    async with open_house(bank(single("a", media=PICTURE, explanation=long))) as house:
        card = await house.begin()
        for _ in range(3):
            await house.press("a:1:1:0", message=card)
        assert len(house.shown()) == 2


async def test_a_press_that_shows_nothing_confirms_nothing(house: BotHouse) -> None:
    """Settings changed while statistics are on their way leave them owed."""
    card = await house.begin()
    house.api.is_holding = True
    await house.say("/stats")
    for data in ("f:1", "f:0"):
        await house.press(data, message=card)
    await house.crash()
    assert any("No answers yet" in shown.words for shown in house.shown())


async def test_taking_buttons_away_is_not_waited_for(house: BotHouse) -> None:
    """A reply whose calls nobody hears of is confirmed as soon as they are on their way."""
    card = await house.begin()
    learner = (await house.learner()).owing(Owed(OwedKind.NO_BUTTONS, Address(ANNA, card.message_id)))
    await house.bot.desk.keep(learner)
    house.api.is_holding = True
    await house.bot.delivery.show(learner, learner.owed)
    found = await house.bot.desk.learner(ANNA)
    assert found is not None
    assert found.owed == ()


async def test_a_stale_press_on_an_old_message_strips_it(house: BotHouse) -> None:
    """Its buttons go, the live card is not touched."""
    first = await house.begin()
    await house.say("/resend")
    house.api.messages[ANNA, first.message_id] = first
    await house.press("n:1:0", message=first)
    assert house.api.messages[ANNA, first.message_id].rows == []
    assert house.card() == house.last()


async def test_a_confirmed_card_that_is_older_than_the_known_one_is_stripped(house: BotHouse) -> None:
    """However late the answer to a send comes, the lower card stays the one to press."""
    await house.begin()
    house.api.is_holding = True
    await house.say("/resend")
    learner = await house.learner()
    lower = Address(ANNA, 900)
    house.api.messages[ANNA, 900] = Shown(ANNA, 900, "lower", [])
    await house.bot.gate._desk.keep(replace(learner, card=lower))
    house.api.release()
    await house.settle()
    assert (await house.learner()).card == lower
    assert [shown.message_id for shown in house.shown() if shown.rows] == []


async def test_replies_to_several_learners_are_not_mixed_up(house: BotHouse) -> None:
    """Cards of ten learners at once are each their own."""
    for who in range(40, 50):
        house.take(_start(house, who))
    await house.settle()
    for who in range(40, 50):
        stored = (await house.learner(who)).card
        assert stored is not None
        assert stored.message_id == house.card(who).message_id
        assert f"What about {(await house.learner(who)).session.question_id}?" in house.card(who).words


async def test_a_rejected_text_is_logged_and_not_repeated(
    house: BotHouse, caplog: pytest.LogCaptureFixture
) -> None:
    """A message that Telegram will never take must not come back with every start."""
    await house.begin()
    house.api.refuse("sendMessage", refusal("Bad Request: message is too long"))
    await house.say("/stats")
    assert "call_rejected description=Bad Request: message is too long" in caplog.messages
    await house.restart()
    assert await house.store.owing() == []


def _start(house: BotHouse, who: int) -> bytes:
    return updates.text(house.next_id(), "/start b_mini_en", who)
