"""Rules 8 to 11: what happens between a press and its being safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.stores import FullStore, PickyStore, SlowStore
from lplate.domain.learner import Learner
from lplate.errors import StoreError
from lplate.ports import Attempt, InboxItem
from lplate_bot.ingress import Ack
from trainer.banks import bank, multi

if TYPE_CHECKING:
    from bot.conftest import OpenHouse
    from lplate.ports import Row

# -- 8


async def test_rule_08_presses_that_come_together_share_a_commit(house: BotHouse) -> None:
    """Thirty learners at once take one transaction, not thirty."""
    groups = house.store.groups
    waiting = [house.take(updates.text(house.next_id(), "/start", who)) for who in range(100, 130)]
    await house.settle()
    assert [await future for future in waiting] == [Ack()] * 30
    assert house.store.groups - groups <= 2


# -- 9


async def test_rule_09_the_next_press_waits_for_the_commit_of_the_former(open_house: OpenHouse) -> None:
    """Two ticks in a row build on each other, and the second is not begun before the first is safe."""
    store = SlowStore()
    async with open_house(bank(multi("m")), store=store) as house:
        card = await house.begin()
        store.ready.clear()
        started = store.started
        ticks = [house.take(house.raw_press(f"t:1:1:{choice}:1", message=card)) for choice in (0, 2)]
        await house.turns()
        assert store.started == started + 1
        assert [tick.done() for tick in ticks] == [False, False]
        store.ready.set()
        await house.settle()
        assert (await house.learner()).session.chosen == 0b101


async def test_rule_09_new_state_is_remembered_only_after_its_commit(open_house: OpenHouse) -> None:
    """While the commit runs, and after it failed, memory holds what is on disk."""
    store = SlowStore()
    async with open_house(store=store) as house:
        await house.begin()
        before = house.bot.gate._desk.remembered(ANNA)
        store.ready.clear()
        future = house.take(house.raw_press(await house.right_button()))
        await house.turns()
        assert house.bot.gate._desk.remembered(ANNA) == before
        store.ready.set()
        await house.settle()
        await future
        remembered = house.bot.gate._desk.remembered(ANNA)
        assert remembered is not None
        assert remembered.session.answered == 1


async def test_rule_09_learners_pushed_out_of_memory_lose_nothing(open_house: OpenHouse) -> None:
    """With room for one learner only, three who take turns get on as if there were room for all."""
    async with open_house(learner_cache=1) as house:
        learners = (31, 32, 33)
        for who in learners:
            await house.begin(who=who)
        for _ in range(3):
            for who in learners:
                await house.press(house.button("k", who), who)
        assert {(await house.learner(who)).session.step for who in learners} == {4}


async def test_rule_09_learners_do_not_wait_for_each_other_to_be_read(open_house: OpenHouse) -> None:
    """Presses of two learners are in the same group although both were not in memory."""
    async with open_house(learner_cache=1) as house:
        for who in (ANNA, BERT):
            await house.begin(who=who)
        groups = house.store.groups
        raws = [house.raw_press(house.button("k", who), who) for who in (ANNA, BERT)]
        for future in [house.take(raw) for raw in raws]:
            await future
        assert house.store.groups == groups + 1


# -- 10


def is_annas_attempt(row: Row) -> bool:
    return isinstance(row, Attempt) and row.learner_id == ANNA


async def test_rule_10_a_poisoned_press_goes_to_the_dead_letters_alone(open_house: OpenHouse) -> None:
    """Its neighbours in the group are written; it is put aside, acknowledged, and its learner told."""
    async with open_house(store=PickyStore(is_annas_attempt)) as house:
        raws = {}
        for who in (ANNA, BERT):
            await house.begin(who=who)
            raws[who] = house.raw_press(await house.right_button(who), who)
        acks = [house.take(raw) for raw in raws.values()]
        await house.settle()
        assert [await ack for ack in acks] == [Ack(), Ack()]
        assert [attempt.learner_id for attempt in house.attempts] == [BERT]
        (letter,) = await house.store.dead_letters()
        assert letter.raw == raws[ANNA]
        told = [sent.fields.get("text", "") for sent in house.api.of("answerCallbackQuery")]
        assert any("went wrong" in words for words in told)


async def test_rule_10_a_learner_goes_on_after_a_poisoned_press(open_house: OpenHouse) -> None:
    """The state is that before the press: the question is still open and may be skipped."""
    async with open_house(store=PickyStore(is_annas_attempt)) as house:
        await house.begin()
        before = (await house.learner()).session
        await house.press(await house.right_button())
        assert (await house.learner()).session == before
        await house.press(house.button("k"))
        assert (await house.learner()).session.step == before.step + 1


async def test_rule_10_a_poisoned_press_is_not_tried_again(open_house: OpenHouse) -> None:
    """Redelivered, it is a duplicate like any other."""
    async with open_house(store=PickyStore(is_annas_attempt)) as house:
        await house.begin()
        await house.press(await house.right_button())
        assert await house.submit(house.last_raw) == Ack()
        assert len(await house.store.dead_letters()) == 1


async def test_rule_10_a_cold_update_can_be_poisoned_too(open_house: OpenHouse) -> None:
    """What the inbox cannot take becomes a dead letter."""
    async with open_house(store=PickyStore(lambda row: isinstance(row, InboxItem))) as house:
        assert await house.say("/help") == Ack()
        assert len(await house.store.dead_letters()) == 1
        assert "went wrong" in house.last().words


async def test_rule_10_a_fault_of_the_trainer_stops_nobody(
    house: BotHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a press stumbles over, it is put aside and the learner's next press is handled."""
    await house.begin()
    question = house.banks[0].question
    monkeypatch.setattr(house.banks[0], "question", lambda question_id: 1 / 0)
    await house.press("a:1:1:0")
    monkeypatch.setattr(house.banks[0], "question", question)
    (letter,) = await house.store.dead_letters()
    assert letter.error.startswith("ZeroDivisionError")
    await house.press(await house.right_button())
    assert len(house.attempts) == 1


async def test_whatever_fails_an_update_is_never_left_waiting(open_house: OpenHouse) -> None:
    """Even if the dead letter cannot be written, the promise is broken in words, not kept open."""
    async with open_house(store=PickyStore(lambda row: True)) as house:
        with pytest.raises(Exception, match="could not be handled"):
            await house.say("/start")
        assert house.bot.gate.waiting == 0


# -- 11


async def test_rule_11_a_full_disk_acknowledges_nothing_and_tells_each_learner_once(
    open_house: OpenHouse,
) -> None:
    """Every update fails with StoreError; the first of a window says so to its learner."""
    store = FullStore()
    async with open_house(store=store) as house:
        for who in (ANNA, BERT):
            await house.begin(who=who)
        store.is_full = True
        house.api.calls.clear()
        for who in (ANNA, BERT, ANNA, BERT, ANNA):
            with pytest.raises(StoreError):
                await house.press(await house.right_button(who), who)
        told = [sent.fields["text"] for sent in house.api.of("answerCallbackQuery")]
        assert told == ["I cannot save answers right now. Please try again in a minute."] * 2
        house.clock.tick(11)
        with pytest.raises(StoreError):
            await house.press(await house.right_button())
        assert len(house.api.of("answerCallbackQuery")) == 3
        assert house.attempts == []


@pytest.mark.parametrize("words", ["/skip", "/start b_mini_de"])
async def test_rule_11_who_writes_is_told_by_a_message(open_house: OpenHouse, words: str) -> None:
    """Where there is no button to answer the words come as a message."""
    store = FullStore()
    async with open_house(store=store) as house:
        await house.begin()
        store.is_full = True
        for _ in range(2):
            with pytest.raises(StoreError):
                await house.say(words)
        assert [shown.words for shown in house.shown()[1:]] == [
            "I cannot save answers right now. Please try again in a minute."
        ]


async def test_rule_11_what_needs_no_write_goes_on(open_house: OpenHouse) -> None:
    """A stale button is answered, and the card drawn again, while the disk is full."""
    store = FullStore()
    async with open_house(store=store) as house:
        card = await house.begin()
        store.is_full = True
        assert await house.press("n:1:0", message=card) == Ack()
        assert house.api.of("answerCallbackQuery")[-1].fields["text"] == "That was an older question."


@pytest.mark.parametrize(
    ("words", "shown"),
    [("/stats", "No answers yet"), ("/topics", "Which topics"), ("/help", "/topics"), ("50", "button")],
)
async def test_rule_11_reads_go_on(open_house: OpenHouse, words: str, shown: str) -> None:
    """What only asks for words is answered once and acknowledged while the disk is full."""
    store = FullStore()
    async with open_house(store=store) as house:
        await house.begin()
        store.is_full = True
        assert await house.say(words) == Ack()
        assert await house.submit(house.last_raw) == Ack()
        assert len(house.shown()) == 2
        assert shown in house.last().words
        store.is_full = False


async def test_rule_11_it_recovers_by_itself(open_house: OpenHouse) -> None:
    """Once there is room the same update is applied, and shown."""
    store = FullStore()
    async with open_house(store=store) as house:
        await house.begin()
        store.is_full = True
        raw = house.raw_press(await house.right_button())
        with pytest.raises(StoreError):
            await house.submit(raw)
        store.is_full = False
        assert await house.submit(raw) == Ack()
        assert len(house.attempts) == 1
        assert "Right!" in house.card().words


async def test_rule_11_waiting_for_room_does_not_use_up_tokens(open_house: OpenHouse) -> None:
    """However often Telegram brings an update that cannot be stored, it is not refused as a flood then."""
    store = FullStore()
    async with open_house(store=store, rate_per_minute=10, rate_burst=2) as house:
        await house.begin()
        store.is_full = True
        raw = updates.text(house.next_id(), "/skip", ANNA)
        for _ in range(10):
            with pytest.raises(StoreError):
                await house.submit(raw)
        store.is_full = False
        await house.submit(raw)
        assert (await house.learner()).session.step == 2


async def test_rule_11_the_promise_is_kept_for_all_who_pressed(open_house: OpenHouse) -> None:
    """What was acknowledged is stored and nothing else: both ways round, over a disk that comes and goes."""
    store = FullStore()
    async with open_house(store=store) as house:
        await house.begin()
        acknowledged = set()
        for turn in range(20):
            store.is_full = turn % 3 == 0
            raw = house.raw_press(await house.right_button())
            place = (await house.learner()).session.step
            try:
                await house.submit(raw)
            except StoreError:
                continue
            acknowledged.add(place)
            store.is_full = False
            await house.press(house.button("n"))
            await _skip_to_buttons(house)
        assert {attempt.step for attempt in house.attempts} == acknowledged
        assert isinstance(await house.learner(), Learner)


async def _skip_to_buttons(house: BotHouse) -> None:
    """Skip questions that are not answered by one button."""
    while not any(data.startswith("a:") for data in house.card().data):
        await house.press(house.button("k"))
