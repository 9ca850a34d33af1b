"""Rules 1 to 6: when an update may be forgotten by Telegram."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from telegram.error import Forbidden
from telegram.ext import TypeHandler

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.stores import FullStore
from lplate.domain.session import Phase
from lplate.errors import StoreError
from lplate.ports import InboxItem
from lplate_bot.ingress import ALLOWED_UPDATES, Ack, Busy
from trainer.banks import bank, multi, numeric

if TYPE_CHECKING:
    from bot.conftest import OpenHouse
    from lplate_bot.ingress import Word


# -- 1: duplicates


async def test_rule_01_update_enters_the_window_only_after_its_commit(open_house: OpenHouse) -> None:
    """After a failed commit the redelivery is processed, not taken for seen."""
    store = FullStore()
    async with open_house(store=store) as house:
        await house.begin()
        store.is_full = True
        raw = house.raw_press(await house.right_button())
        with pytest.raises(StoreError):
            await house.submit(raw)
        store.is_full = False
        assert house.attempts == []
        await house.submit(raw)
        assert len(house.attempts) == 1


async def test_rule_01_a_duplicate_in_flight_shares_the_outcome(house: BotHouse) -> None:
    """Both deliveries wait for one commit, and one attempt comes of it."""
    await house.begin()
    raw = house.raw_press(await house.right_button())
    first, second = house.take(raw), house.take(raw)
    await house.settle()
    assert (await first, await second) == (Ack(), Ack())
    assert len(house.attempts) == 1
    assert len(house.api.of("answerCallbackQuery")) == 1


async def test_rule_01_a_duplicate_in_flight_shares_the_failure(open_house: OpenHouse) -> None:
    """Neither delivery is acknowledged if the commit they share fails."""
    store = FullStore()
    async with open_house(store=store) as house:
        await house.begin()
        store.is_full = True
        raw = house.raw_press(await house.right_button())
        both = [house.take(raw), house.take(raw)]
        await house.settle()
        for future in both:
            with pytest.raises(StoreError):
                await future


async def test_rule_01_who_fails_to_take_the_word_is_alone_with_it(
    house: BotHouse, caplog: pytest.LogCaptureFixture
) -> None:
    """A receiver that raises keeps no duplicate's from its word, nor the learner from the next press."""
    await house.begin()
    raw = house.raw_press(await house.right_button())

    def stumble(_: Word) -> None:
        raise RuntimeError

    house.bot.gate.submit(raw, stumble)
    duplicate = house.take(raw)
    await house.settle()
    assert await duplicate == Ack()
    assert "word_not_taken" in caplog.text
    assert house.bot.gate.waiting == 0
    await house.press("n:1:1")
    assert (await house.learner()).session.step == 2


async def test_rule_01_a_duplicate_after_the_commit_is_answered_and_not_applied(house: BotHouse) -> None:
    """The client that waits gets its answer, the answer counts once."""
    await house.begin()
    await house.press(await house.right_button())
    before = await house.learner()
    await house.submit(house.last_raw)
    assert len(house.attempts) == 1
    assert await house.learner() == before
    assert len(house.api.of("answerCallbackQuery")) == 2


# -- 2: the learner's own memory


async def test_rule_02_fifty_redelivered_after_a_restart_does_not_answer_the_next_question(
    open_house: OpenHouse,
) -> None:
    """The window of the process is gone, the learner's row still knows the update."""
    async with open_house(bank(numeric("a"), numeric("b"))) as house:
        await house.begin()
        await house.say("50")
        typed = house.last_raw
        await house.press(house.button("n"))
        await house.crash()
        before = await house.learner()
        assert before.session.phase is Phase.QUESTION
        await house.submit(typed)
        assert (await house.learner()).session == before.session
        assert len(house.attempts) == 1


async def test_rule_02_a_button_redelivered_after_a_restart_is_answered_again(house: BotHouse) -> None:
    """Whoever waits for the answer to the press gets it."""
    await house.begin()
    await house.press(await house.right_button())
    pressed = house.last_raw
    await house.crash()
    house.api.calls.clear()
    await house.submit(pressed)
    assert [sent.method for sent in house.api.calls] == ["answerCallbackQuery"]
    assert len(house.attempts) == 1


# -- 3: toggles


async def test_rule_03_a_toggle_names_the_state_it_wants(open_house: OpenHouse) -> None:
    """The same tick in two updates leaves it ticked, on the step where it was."""
    async with open_house(bank(multi("m"))) as house:
        card = await house.begin()
        before = (await house.learner()).session
        for _ in range(2):
            await house.press("t:1:1:1:1", message=card)
        after = (await house.learner()).session
        assert (after.step, after.chosen) == (before.step, 0b010)
        assert sum(label.startswith("☑") for label in house.card().labels) == 1


# -- 4: cold updates


async def test_rule_04_a_cold_update_is_stored_before_it_is_acknowledged(house: BotHouse) -> None:
    """Its bytes are in the inbox while its handler still talks to Telegram, and gone when it is done."""
    await house.begin()
    house.api.is_holding = True
    await house.say("/help")
    (item,) = await house.store.inbox()
    assert (item.raw, item.lane) == (house.last_raw, ANNA)
    house.api.release()
    await house.settle()
    await house.commit.close()
    assert await house.store.inbox() == []


async def test_rule_04_a_cold_update_is_handled_after_a_crash(house: BotHouse) -> None:
    """What was acknowledged and not handled is handled by the next start."""
    await house.begin()
    house.api.is_holding = True
    await house.say("/help")
    await house.crash()
    assert "/topics" in house.last().words


async def test_rule_04_a_handler_that_fails_three_times_leaves_a_dead_letter(house: BotHouse) -> None:
    """process_update() swallows what handlers raise; it is seen, counted, and put aside."""
    tries: list[Any] = []

    async def fail(update: object, context: object) -> None:
        tries.append(update)
        raise RuntimeError("no good")

    _replace_all_handlers(house, fail)
    await house.say("/help")
    assert len(tries) == 3
    assert await house.store.inbox() == []
    (letter,) = await house.store.dead_letters()
    assert (letter.raw, letter.error) == (house.last_raw, "RuntimeError: no good")


async def test_rule_04_a_handler_may_fail_and_then_succeed(house: BotHouse) -> None:
    """Two failures and a success are a success."""
    tries: list[Any] = []

    async def fail_twice(update: object, context: object) -> None:
        tries.append(update)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    _replace_all_handlers(house, fail_twice)
    await house.say("/help")
    assert len(tries) == 3
    assert await house.store.dead_letters() == []


async def test_rule_04_tries_are_remembered_over_a_crash(house: BotHouse) -> None:
    """An update that brings the process down is not tried for ever."""
    tries: list[Any] = []

    async def fail(update: object, context: object) -> None:
        tries.append(update)
        raise RuntimeError("no good")

    raw = updates.text(house.next_id(), "/help", ANNA)
    _replace_all_handlers(house, fail)
    await house.store.write([(InboxItem(house.update_id, ANNA, raw, 0, tries=2),)])
    (item,) = await house.store.inbox()
    house.bot.cold.take(item)
    await house.settle()
    assert len(tries) == 1
    assert len(await house.store.dead_letters()) == 1


async def test_rule_04_what_ptb_cannot_read_leaves_a_dead_letter(house: BotHouse) -> None:
    """Update.de_json() raises on malformed input: counted like any failure, and acknowledged."""
    raw = json.dumps({"update_id": house.next_id(), "message": {"message_id": "x", "chat": 5}}).encode()
    assert await house.submit(raw) == Ack()
    (letter,) = await house.store.dead_letters()
    assert letter.raw == raw


async def test_rule_04_a_press_ptb_cannot_read_is_answered_all_the_same(house: BotHouse) -> None:
    """What became a dead letter is beyond help, but no client is left waiting for it."""
    await house.begin()
    raw = json.loads(house.raw_press("unknown"))
    raw["callback_query"]["message"]["sticker"] = {}
    await house.submit(json.dumps(raw).encode())
    assert len(await house.store.dead_letters()) == 1
    assert [sent.fields for sent in house.api.of("answerCallbackQuery")] == [
        {"callback_query_id": raw["callback_query"]["id"]}
    ]


async def test_rule_04_who_blocked_the_bot_is_not_tried_again(house: BotHouse) -> None:
    """A handler that cannot answer because of a block is done: no retry, no dead letter."""
    tries: list[Any] = []

    async def refused(update: object, context: object) -> None:
        tries.append(update)
        raise Forbidden("Forbidden: bot was blocked by the user")

    _replace_all_handlers(house, refused)
    await house.say("/help")
    assert len(tries) == 1
    assert await house.store.dead_letters() == []


async def test_rule_04_a_stop_while_a_handler_waits_is_no_failure(house: BotHouse) -> None:
    """What Telegram did not answer in time is handled by the next start, with all its tries left."""
    await house.begin()
    house.api.is_holding = True
    await house.say("/help")
    await house.close()
    await house.turns()
    (item,) = await house.store.inbox()
    assert (item.raw, item.tries) == (house.last_raw, 0)
    house.api.drop()
    await house.open()
    assert "/topics" in house.last().words


async def test_rule_04_nothing_of_ptb_runs_beside_the_inbox(house: BotHouse) -> None:
    """No job queue, no persistence, no handler that lets process_update() return early."""
    application = house.application
    assert application._job_queue is None
    assert application.persistence is None
    assert application.updater is None
    handlers = [handler for group in application.handlers.values() for handler in group]
    assert handlers
    assert all(handler.block is not False for handler in handlers)


async def test_rule_04_a_menu_press_is_applied_with_its_inbox_row(house: BotHouse) -> None:
    """The tick is durable once acknowledged, though its menu is drawn later by a handler."""
    await house.begin()
    await house.say("/topics")
    menu = house.last()
    house.api.is_holding = True
    await house.press("o:1:1")
    assert (await house.learner()).topics == ("speed",)
    assert house.last_raw in [item.raw for item in await house.store.inbox()]
    await house.crash()
    assert "☑ Speed (4)" in house.api.messages[ANNA, menu.message_id].labels


# -- 5: nobody waits for somebody else


async def test_rule_05_committing_does_not_wait_for_telegram(house: BotHouse) -> None:
    """A press is acknowledged while all calls hang."""
    await house.begin()
    house.api.is_holding = True
    await house.press(await house.right_button())
    assert len(house.attempts) == 1


async def test_rule_05_a_slow_handler_stalls_nobody(house: BotHouse) -> None:
    """While a handler waits for Telegram, presses of the same learner and of others are acknowledged."""
    await house.begin()
    await house.begin(who=BERT)
    house.api.is_holding = True
    for _ in range(3):
        await house.submit(updates.photo(house.next_id(), ANNA))
    await house.press(await house.right_button(ANNA), ANNA)
    await house.press(await house.right_button(BERT), BERT)
    assert {attempt.learner_id for attempt in house.attempts} == {ANNA, BERT}


async def test_rule_05_a_menu_press_keeps_its_place_before_later_presses(house: BotHouse) -> None:
    """Topic and Practise in one batch: the question is of the topic just ticked."""
    await house.begin()
    await house.say("/topics")
    menu = house.last()
    batch = [house.raw_press("o:1:1", message=menu), house.raw_press("g", message=menu)]
    for future in [house.take(raw) for raw in batch]:
        await future
    await house.settle()
    assert (await house.question()).topics == ("speed",)


def test_rule_05_all_kinds_of_updates_are_asked_for() -> None:
    """Kinds that Telegram leaves out by itself are named."""
    assert {"message", "callback_query", "poll_answer", "my_chat_member"} <= set(ALLOWED_UPDATES)


# -- 6: the webhook


async def test_rule_06_the_first_reply_rides_in_the_acknowledgement(open_house: OpenHouse) -> None:
    """By webhook the callback's answer costs no call."""
    async with open_house(webhook_url="https://bot.test/hook", webhook_secret="s") as house:
        await house.begin()
        house.api.calls.clear()
        ack = await house.press(await house.right_button())
        assert json.loads(ack.body) == {
            "method": "answerCallbackQuery",
            "callback_query_id": f"q{house.update_id}",
        }
        assert house.api.of("answerCallbackQuery") == []


async def test_rule_06_only_the_memory_bound_turns_updates_away(open_house: OpenHouse) -> None:
    """One more than *most_waiting* is Busy and may come again; nothing else is."""
    async with open_house(most_waiting=2) as house:
        waiting = [house.take(updates.text(house.next_id(), "/start", who)) for who in (1, 2, 3)]
        with pytest.raises(Busy):
            await waiting[2]
        await house.settle()
        assert [await future for future in waiting[:2]] == [Ack(), Ack()]
        await house.submit(house.last_raw)
        assert house.last(3).words


async def test_rule_06_cold_updates_count_until_they_are_handled(open_house: OpenHouse) -> None:
    """A backlog of handlers is bounded too."""
    async with open_house(most_waiting=2) as house:
        house.api.is_holding = True
        for who in (1, 2):
            await house.say("/help", who)
        with pytest.raises(Busy):
            await house.say("/help", 3)
        house.api.release()
        await house.settle()
        await house.say("/help", 3)


def _replace_all_handlers(house: BotHouse, callback: Any) -> None:
    house.application.handlers.clear()
    house.application.add_handler(TypeHandler(object, callback))
