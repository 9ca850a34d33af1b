"""The whole bot between raw updates and calls, put together as app.py does it; nothing around it is real."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from bot import updates
from bot.telegram import FakeTelegram
from lplate.adapters.memory import MemoryStore
from lplate.commit import GroupCommit, Pace
from lplate.config import Settings
from lplate.domain.picking import mistakes_first
from lplate.trainer.library import Library
from lplate.trainer.trainer import Trainer
from lplate.trainer.views import Viewer
from lplate.wiring import House
from lplate_bot.app import catch_up
from lplate_bot.assembly import application_for, assembled
from lplate_bot.egress import FileIds, Outbox, SendLimits, SendRates
from lplate_bot.egress.backoff import Backoff
from lplate_bot.times import Clock

if TYPE_CHECKING:
    from bot.telegram import Shown
    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.ports import Attempt
    from lplate_bot.egress import ApiClient
    from lplate_bot.ingress import Ack, Word
    from trainer.banks import FakeBank

ANNA, BERT = 11, 22
NOON_MS = 1_767_268_800_000
MOST_TURNS = 5000
HOUR_S = 3600.0
"""No test lasts so long: deferred rows wait for the end."""


class FakeClock(Clock):
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000_000
        self.skew_ms = NOON_MS - self.now_ns // 1_000_000

    def wall_ms(self) -> int:
        return self.now_ns // 1_000_000 + self.skew_ms

    def monotonic_ns(self) -> int:
        return self.now_ns

    def tick(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


class BotHouse:
    """Hold the parts; updates go in by submit(), calls come out in ``api.calls``."""

    lazy_s = HOUR_S

    def __init__(self, *banks: FakeBank, store: MemoryStore | None = None, **settings: Any) -> None:
        self.banks = banks
        self.store = store or MemoryStore()
        self.api = FakeTelegram()
        self.clock = FakeClock()
        self.settings = Settings(**{"rate_per_minute": 600.0, "rate_burst": 600.0, **settings})
        self.library = Library(banks)
        self.update_id = 0
        self.last_raw = b""

    async def open(self) -> BotHouse:
        """Start the bot, and catch up with what the last one left."""
        self.commit = GroupCommit(self.store, Pace(window_s=0, lazy_s=self.lazy_s))
        trainer = Trainer(self.store, self.library, mistakes_first, self.clock.wall_ms())
        house = House(self.store, self.library, (), self.commit, trainer, Viewer(self.store, self.library))
        files = FileIds("999@test", self.store.file_id, self.commit.defer, self.commit.defer)
        limits, calmly = SendLimits(SendRates(0, 0, 0, 0)), Backoff(0.0, 0.0)
        self.outbox = Outbox(self.api, limits, files, backoff=calmly, most_unsent=self.settings.most_unsent)
        client = cast("ApiClient", self.api)
        self.application = application_for(client, self.outbox)
        await self.application.initialize()
        self.bot = assembled(self.settings, client, house, self.outbox, self.application, self.clock)
        self.bot.cold._retry_after_s = (0.0, 0.0)
        await catch_up(self.bot)
        await self.settle()
        return self

    async def close(self) -> None:
        """End the bot in good order."""
        self.bot.cold.close()
        await self.application.shutdown()
        self.outbox.close()
        await self.commit.close()

    async def restart(self) -> BotHouse:
        """End the bot in good order and start it again."""
        await self.close()
        return await self.open()

    async def crash(self) -> BotHouse:
        """End the bot without a word, losing all that was not committed, and start it again."""
        for task in (*self.bot.lanes._tasks, *self.bot.cold._lanes._tasks):
            task.cancel()
        await asyncio.sleep(0)
        self.commit._store = MemoryStore()  # whatever is still written is lost
        await self.close()
        self.api.drop()
        return await self.open()

    # -- updates in

    def take(self, raw: bytes) -> asyncio.Future[Ack]:
        """Hand in an update and return the promise of its acknowledgement."""
        self.last_raw = raw
        future: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()

        def keep_to(word: Word) -> None:
            if isinstance(word, Exception):
                future.set_exception(word)
            else:
                future.set_result(word)

        self.bot.gate.submit(raw, keep_to)
        return future

    async def submit(self, raw: bytes) -> Ack:
        """Hand in an update and return its acknowledgement once all is quiet."""
        future = self.take(raw)
        await self.settle()
        return await future

    def next_id(self) -> int:
        self.update_id += 1
        return self.update_id

    async def say(self, words: str, who: int = ANNA, **more: Any) -> Ack:
        """Have somebody write."""
        return await self.submit(updates.text(self.next_id(), words, who, **more))

    async def press(self, data: str, who: int = ANNA, message: Shown | None = None) -> Ack:
        """Have somebody press a button, by default of the newest message that has it."""
        return await self.submit(self.raw_press(data, who, message))

    def raw_press(self, data: str, who: int = ANNA, message: Shown | None = None) -> bytes:
        """Return such a press."""
        shown = message or self.bearing(data, who)
        return updates.press(self.next_id(), data, who, shown.as_object())

    async def begin(self, language: str = "en", who: int = ANNA, bank: int = 0) -> Shown:
        """Have somebody follow a deep link, and return their first card."""
        await self.say(f"/start b_{self.banks[bank].info.id}_{language}", who)
        return self.card(who)

    async def ask_for(self, question_id: str, who: int = ANNA) -> Shown:
        """Have somebody skip until a certain question is open, and return its card."""
        for _ in range(200):
            if (await self.learner(who)).session.question_id == question_id:
                return self.card(who)
            await self.press(self.button("k", who), who)
        raise AssertionError(f"{question_id} never came")

    async def right_button(self, who: int = ANNA, *, is_right: bool = True) -> str:
        """Return the data of a right (or wrong) option's button."""
        options = (await self.question(who)).options
        choice = next(i for i, option in enumerate(options) if option.correct is is_right)
        session = (await self.learner(who)).session
        return f"a:{session.number}:{session.step}:{choice}"

    async def settle(self) -> None:
        """Let the loop turn until nothing is left to do; calls that Telegram holds do not count."""
        quiet = 0
        for _ in range(MOST_TURNS):
            await asyncio.sleep(0)
            is_waiting = not self.api.is_holding and (self.outbox.waiting or self.bot.cold.waiting)
            quiet = 0 if is_waiting or len(self.bot.lanes) else quiet + 1
            if quiet > 10:
                return
        raise AssertionError("the bot never comes to rest")

    async def turns(self, count: int = 50) -> None:
        """Let the loop turn a while, though something may be left to do."""
        for _ in range(count):
            await asyncio.sleep(0)

    # -- looking

    async def learner(self, who: int = ANNA) -> Learner:
        """Return a learner as committed."""
        learner = await self.store.load(who)
        assert learner is not None
        return learner

    async def question(self, who: int = ANNA) -> Question:
        """Return the question on somebody's card."""
        learner = await self.learner(who)
        bank = self.library.get(learner.bank_id)
        assert bank is not None
        question = bank.question(learner.session.question_id)
        assert question is not None
        return question

    def shown(self, who: int = ANNA) -> list[Shown]:
        """Return the bot's messages to somebody, the oldest first."""
        return self.api.chat(who)

    def last(self, who: int = ANNA) -> Shown:
        """Return the newest message."""
        return self.shown(who)[-1]

    def card(self, who: int = ANNA) -> Shown:
        """Return the newest message with the buttons of a card."""
        return [shown for shown in self.shown(who) if shown.is_card][-1]

    def button(self, code: str, who: int = ANNA) -> str:
        """Return the data of the first button of a kind on the newest card."""
        return next(data for data in self.card(who).data if data.split(":")[0] == code)

    def bearing(self, data: str, who: int = ANNA) -> Shown:
        """Return the newest message with a certain button, else the newest of all."""
        found = [shown for shown in self.shown(who) if data in shown.data]
        return found[-1] if found else self.last(who)

    @property
    def attempts(self) -> list[Attempt]:
        """Return all attempts that were committed."""
        return list(self.store._tables.attempts.values())
