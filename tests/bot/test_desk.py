from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.bothouse import ANNA, BERT, BotHouse
from bot.stores import FullStore
from lplate.domain.session import OwedKind
from lplate.errors import StoreError
from lplate.ports import InboxItem
from lplate.trainer.press import Press, PressKind

if TYPE_CHECKING:
    from bot.conftest import OpenHouse
    from lplate_bot.desk import Desk


def desk_of(house: BotHouse) -> Desk:
    return house.bot.gate._desk


def start(update_id: int, who: int = ANNA) -> Press:
    return Press(update_id, who, who, 5, PressKind.START, text="b_mini_en")


async def test_a_press_is_durable_on_return(house: BotHouse) -> None:
    """Learner and extra rows are in the store, in one group."""
    item = InboxItem(1, ANNA, b"{}", 5)
    groups = house.store.groups
    outcome = await desk_of(house).press(start(1), item)
    assert await house.store.load(ANNA) == outcome.learner
    assert await house.store.inbox() == [item]
    assert house.store.groups == groups + 1


async def test_a_press_without_effect_writes_only_its_rows(house: BotHouse) -> None:
    """A replay leaves the learner alone, the rows that came with it are kept."""
    await desk_of(house).press(start(1))
    groups = house.store.groups
    await desk_of(house).press(start(1))
    assert house.store.groups == groups
    await desk_of(house).press(start(1), InboxItem(1, ANNA, b"{}", 5))
    assert len(await house.store.inbox()) == 1


async def test_a_failed_press_changes_nothing(open_house: OpenHouse) -> None:
    """Neither store nor memory knows of it, and it may be tried again."""
    store = FullStore()
    async with open_house(store=store) as house:
        store.is_full = True
        with pytest.raises(StoreError):
            await desk_of(house).press(start(1))
        assert desk_of(house).remembered(ANNA) is None
        store.is_full = False
        assert (await desk_of(house).press(start(1))).is_applied


async def test_words_are_given_though_nothing_can_be_stored(open_house: OpenHouse) -> None:
    """A press that asks for statistics alone is answered without being applied; one that moves on is not."""
    store = FullStore()
    async with open_house(store=store) as house:
        before = (await desk_of(house).press(start(1))).learner
        store.is_full = True
        outcome = await desk_of(house).press(Press(2, ANNA, ANNA, 6, PressKind.STATISTICS))
        assert not outcome.is_applied
        assert [item.kind for item in outcome.shown] == [OwedKind.STATISTICS]
        assert desk_of(house).remembered(ANNA) == before
        for kind in (PressKind.SKIP, PressKind.BLOCKED):
            with pytest.raises(StoreError):
                await desk_of(house).press(Press(3, ANNA, ANNA, 7, kind))


async def test_learners_are_read_once(house: BotHouse) -> None:
    """What is in memory is served without the store."""
    await desk_of(house).press(start(1))
    house.store.fault = StoreError("gone")
    assert (await desk_of(house).learner(ANNA)) is not None
    with pytest.raises(StoreError):
        await desk_of(house).learner(BERT)
    house.store.fault = None


async def test_a_glance_is_not_remembered(house: BotHouse) -> None:
    """Callers outside the lane must not put what they read over something newer."""
    learner = (await desk_of(house).press(start(1, BERT))).learner
    await house.store.write([(replace(learner, id=ANNA),)])
    assert (await desk_of(house).glance(ANNA)) is not None
    assert desk_of(house).remembered(ANNA) is None
    assert (await desk_of(house).glance(BERT)) == learner
    assert (await desk_of(house).glance(99)) is None


async def test_strangers_are_not_remembered(house: BotHouse) -> None:
    """Whoever was never met takes no room."""
    assert await desk_of(house).learner(99) is None
    assert desk_of(house).remembered(99) is None
