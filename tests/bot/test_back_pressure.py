"""More comes than can go out: it waits at Telegram, not in memory, and nobody waits for another's chat."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.telegram import FakeTelegram, success
from lplate_bot.egress.outbox import MOST_PER_CHAT
from lplate_bot.ingress import Busy, Poller
from trainer.banks import bank, mixed_bank, single

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conftest import OpenHouse
    from lplate_bot.egress import ApiClient, ApiResponse

MOST_UNSENT = 400
MOST_WAITING = 1000
CROWD = 10_000
BATCH = 100
PATIENCE_S = 60.0
FIRST_LEARNER = 1_000_000


def crowd(count: int) -> list[bytes]:
    """Return the deep links of so many learners, each following it for the first time."""
    link = "/start b_mini_en"
    return [updates.text(number, link, FIRST_LEARNER + number) for number in range(1, count + 1)]


@dataclass
class Backlog:
    """Hand out updates as getUpdates does and note the longest any queue of the bot was meanwhile."""

    house: BotHouse
    kept: list[bytes]
    root: str = "https://api.test"
    longest: Counter[str] = field(default_factory=Counter)
    is_empty: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, method: str, body: bytes = b"{}", **_: Any) -> ApiResponse:
        assert method == "getUpdates"
        self.look()
        offset = json.loads(body).get("offset", 0)
        while self.kept and json.loads(self.kept[0])["update_id"] < offset:
            del self.kept[0]
        if not self.kept:
            self.is_empty.set()
            await asyncio.Event().wait()
        return success([json.loads(raw) for raw in self.kept[:BATCH]])

    def look(self) -> None:
        """Note how long the queues are now."""
        bot = self.house.bot
        self.longest |= Counter(
            gate=bot.gate.waiting,
            outbox=bot.outbox.waiting,
            lanes=len(bot.lanes),
            commit=len(self.house.commit._waiting),
            room=bot.outbox.room.waiting,
        )


def served(house: BotHouse) -> set[int]:
    """Return the learners of the crowd who got a card."""
    return {chat for (chat, _), shown in house.api.messages.items() if shown.is_card}


async def rest(house: BotHouse, turns: int = 200) -> None:
    """Let the loop turn until what can move has moved."""
    await house.turns(turns)


async def test_polling_pauses_while_the_api_stalls(open_house: OpenHouse) -> None:
    """With every call stalled, ten thousand updates stay at Telegram but for a few; then all are served."""
    async with open_house(most_unsent=MOST_UNSENT) as house:
        backlog = Backlog(house, crowd(CROWD))
        house.api.is_holding = True
        poller = Poller(cast("ApiClient", backlog), house.bot.gate.submit)
        polling = asyncio.create_task(poller.run())
        await rest(house)
        backlog.look()
        assert len(backlog.kept) > CROWD - MOST_UNSENT - BATCH
        assert house.bot.gate.waiting == backlog.longest["room"] > 0
        house.api.release()
        async with asyncio.timeout(PATIENCE_S):
            await backlog.is_empty.wait()
            await house.settle()
        assert served(house) == set(range(FIRST_LEARNER + 1, FIRST_LEARNER + CROWD + 1))
        assert len(house.shown(FIRST_LEARNER + CROWD)) == 1
        assert backlog.longest["outbox"] <= MOST_UNSENT
        assert max(backlog.longest[queue] for queue in ("gate", "commit", "room")) <= BATCH
        assert backlog.longest["lanes"] <= BATCH + MOST_UNSENT
        poller.stop()
        await polling


async def test_posts_are_held_and_refused_only_at_the_bound(open_house: OpenHouse) -> None:
    """Stalled, updates wait up to the bound, beyond it they are refused; in the end all are served."""
    async with open_house(most_unsent=MOST_UNSENT, most_waiting=MOST_WAITING) as house:
        house.api.is_holding = True
        waiting = dict.fromkeys(crowd(3 * MOST_WAITING))
        acks = {raw: house.take(raw) for raw in waiting}
        await rest(house)
        refused = [raw for raw, ack in acks.items() if ack.done() and isinstance(ack.exception(), Busy)]
        taken = [raw for raw, ack in acks.items() if ack.done() and ack.exception() is None]
        assert house.bot.gate.waiting <= MOST_WAITING
        assert len(refused) == len(acks) - MOST_WAITING
        assert 0 < len(taken) <= MOST_UNSENT >= house.outbox.waiting
        house.api.release()
        await house.settle()
        while refused:
            again = {raw: house.take(raw) for raw in refused}
            await house.settle()
            refused = [raw for raw, ack in again.items() if ack.exception() is not None]
        assert len(served(house)) == len(acks)


async def test_stopping_gives_held_updates_back(open_house: OpenHouse) -> None:
    """Told to stop, the bot refuses what waits for room, unapplied: it will be brought again."""
    async with open_house(most_unsent=MOST_UNSENT) as house:
        house.api.is_holding = True
        acks = [house.take(raw) for raw in crowd(3 * MOST_UNSENT)]
        await rest(house)
        held = [number for number, ack in enumerate(acks, 1) if not ack.done()]
        house.outbox.room.close()
        await rest(house)
        assert held
        assert house.bot.gate.waiting == 0
        assert all(isinstance(acks[number - 1].exception(), Busy) for number in held)
        assert [await house.store.load(FIRST_LEARNER + number) for number in held] == [None] * len(held)
        house.api.release()


@dataclass
class TelegramWithOneSlowChat(FakeTelegram):
    """Let the calls to one chat wait, all others pass."""

    slow_chat: int = 0

    def start(self, method: str, body: bytes, *args: Any, **more: Any) -> object:
        self.is_holding = json.loads(body).get("chat_id") == self.slow_chat
        try:
            return super().start(method, body, *args, **more)
        finally:
            self.is_holding = False


@pytest.fixture
async def slow() -> AsyncIterator[tuple[BotHouse, TelegramWithOneSlowChat]]:
    """A bot in which Anna's and Bert's cards are there, and Anna's chat is to wait from now on."""
    house = BotHouse(mixed_bank(), bank(*(single(f"q{n}") for n in range(50)), bank_id="other"))
    house.api = api = TelegramWithOneSlowChat()
    await house.open()
    await house.begin(who=ANNA, bank=1)
    await house.begin(who=BERT, bank=1)
    api.slow_chat = ANNA
    yield house, api
    await house.close()


async def test_one_slow_chat_holds_nobody_up(slow: tuple[BotHouse, TelegramWithOneSlowChat]) -> None:
    """A chat that Telegram keeps waiting gets a bounded number of calls, and others are served as ever."""
    house, _ = slow
    acks = [house.take(updates.text(house.next_id(), "/skip", ANNA)) for _ in range(10 * MOST_PER_CHAT)]
    await rest(house, 2000)
    assert all(ack.done() and ack.exception() is None for ack in acks)
    assert house.outbox.waiting <= 2 * MOST_PER_CHAT
    press = house.take(house.raw_press(await house.right_button(BERT), BERT))
    await rest(house)
    assert press.done()
    assert house.button("n", BERT)


async def test_slow_chat_is_shown_where_its_learner_stands(
    slow: tuple[BotHouse, TelegramWithOneSlowChat],
) -> None:
    """When the chat is quiet again its newest card is the open question, and nothing is owed any more."""
    house, api = slow
    for _ in range(10 * MOST_PER_CHAT):
        house.take(updates.text(house.next_id(), "/skip", ANNA))
    await rest(house, 2000)
    api.slow_chat = 0
    api.release()
    await house.settle()
    learner = await house.learner(ANNA)
    remembered = house.bot.gate._desk.remembered(ANNA)
    assert remembered is not None
    assert remembered.owed == ()
    assert house.button("k", ANNA) == f"k:{learner.session.number}:{learner.session.step}"
    assert len(house.shown(ANNA)) <= 2 * MOST_PER_CHAT
