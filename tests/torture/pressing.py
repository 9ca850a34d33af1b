"""A whole bot that is pressed without end: what it keeps of that, it keeps for good."""

from __future__ import annotations

import asyncio
import gc
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any, Final

from bot import updates
from bot.bothouse import BotHouse
from bot.telegram import success
from lplate.adapters.memory import MemoryStore
from lplate.config import Settings
from lplate.domain.question import QuestionType
from lplate.domain.scheduling import Card
from lplate.domain.session import Phase
from lplate.ports import Attempt
from lplate.wiring import open_banks
from lplate_bot.memory import resident_bytes
from playing import compiled_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate.ports import Change
    from lplate_bot.egress import ApiResponse

FIRST_ID: Final = 10_000
ROUND_S: Final = 20.0
"""Simulated time between two presses of a learner: mistakes fall due, buckets fill up."""
RARELY: Final = 40
"""One press in so many is a command, which takes the cold path, or a press brought twice."""
SLIPS: Final = 0.2
"""The share of wrong answers."""
PHOTO: Final = {"file_id": "x", "file_unique_id": "u", "width": 8, "height": 6}


class QuietTelegram:
    """Answer every call soon and remember none."""

    bot_id = 999
    root = "https://api.test"
    is_holding = False

    def __init__(self) -> None:
        self.calls = 0

    def start(
        self, method: str, body: bytes, on_end: Callable[[ApiResponse], None], *_: Any, **__: Any
    ) -> None:
        """Answer in the next turn of the loop."""
        asyncio.get_running_loop().call_soon(on_end, self._answered(method))

    async def call(self, method: str, body: bytes = b"{}", **_: Any) -> ApiResponse:
        """Answer at once."""
        return self._answered(method)

    def _answered(self, method: str) -> ApiResponse:
        self.calls += 1
        if method == "getMe":
            return success(updates.BOT)
        if method.startswith(("send", "edit")):
            chat = updates.private(FIRST_ID)
            return success({"message_id": self.calls, "date": 1, "chat": chat, "photo": [PHOTO]})
        return success(result=True)


class ForgetfulStore(MemoryStore):
    """Keep what a bot works with, at once, and forget the history of answers: it alone grows for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.cards_of: defaultdict[int, dict[str, Card]] = defaultdict(dict)

    async def write(self, group: Sequence[Change]) -> None:
        """Write a group as it comes; nothing fails here."""
        for change in group:
            for row in change:
                if isinstance(row, Card):
                    self.cards_of[row.learner_id][row.question_id] = row
                elif not isinstance(row, Attempt):
                    self._tables.apply(row)

    async def card(self, learner_id: int, bank_id: str, question_id: str) -> Card | None:
        """Return a card; there is one bank."""
        return self.cards_of[learner_id].get(question_id)

    def _cards(self, learner_id: int, bank_id: str) -> list[Card]:
        return list(self.cards_of[learner_id].values())


class PressedHouse(BotHouse):
    """Hold a bot and learners who press in turn; chance says what."""

    lazy_s = 0.02

    def __init__(self, store: Any, learners: int, seed: int) -> None:
        banks: Any = open_banks(Settings(data=compiled_data()))
        super().__init__(*banks, store=store, rate_per_minute=100_000.0, rate_burst=100_000.0)
        self.api: Any = QuietTelegram()
        self._chance = Random(seed)
        self._ids = range(FIRST_ID, FIRST_ID + learners)
        self.presses = 0

    async def begin_all(self) -> None:
        """Have every learner follow the deep link."""
        await asyncio.gather(
            *(self.take(updates.text(self.next_id(), "/start b_core_en", who)) for who in self._ids)
        )
        await self._rest()

    async def press_all(self) -> None:
        """Have every learner press once, and return when all is acknowledged and drawn."""
        self.clock.tick(ROUND_S)
        raws = [await self._press_of(who) for who in self._ids]
        if not self._chance.randrange(RARELY):
            raws += raws[:3]
        await asyncio.gather(*(self.take(raw) for raw in raws))
        self.presses += len(raws)
        await self._rest()

    def native(self) -> Iterator[object]:
        """Return the compiled containers of gate and limiter."""
        gate = self.bot.gate
        for part in (*vars(gate).values(), *vars(gate._limiter).values()):
            if type(part).__module__.startswith("lplate_native"):
                yield part

    def close_banks(self) -> None:
        """Let go of the compiled banks."""
        for bank in self.banks:
            bank.close()  # type: ignore[attr-defined]  # the compiled ones, not a test's

    async def _rest(self) -> None:
        await self.bot.lanes.drained()
        await self.bot.cold.drained()
        while self.outbox.waiting:  # noqa: ASYNC110 - answers come a turn later, no event tells of the last
            await asyncio.sleep(0)

    async def _press_of(self, who: int) -> bytes:
        learner = await self.bot.gate._desk.learner(who)
        assert learner is not None
        if not self._chance.randrange(RARELY):
            return updates.text(self.next_id(), self._chance.choice(("/stats", "/help", "/topics", "?")), who)
        session = learner.session
        question = self.banks[0].question(session.question_id)
        is_asked = session.phase is not Phase.FEEDBACK and question is not None
        if is_asked and question is not None and question.answer is not None:
            return updates.text(self.next_id(), str(question.answer.value + self._slip()), who)
        data = f"{session.number}:{session.step}"
        data = self._answer(question, session, data) if is_asked and question is not None else f"n:{data}"
        return updates.press(self.next_id(), data, who, _message(learner))

    def _answer(self, question: Question, session: Session, at: str) -> str:
        """Return the next press towards an answer, mostly a right one: an option, a tick, or Submit."""
        right = next(i for i, option in enumerate(question.options) if option.correct)
        option = (right + self._slip()) % len(question.options)
        if question.type is not QuestionType.MULTI:
            return f"a:{at}:{option}"
        return f"u:{at}" if session.chosen else f"t:{at}:{option}:1"

    def _slip(self) -> int:
        return int(self._chance.random() < SLIPS)


def lasting_bytes() -> int:
    """Return what the process occupies once all garbage is gone."""
    gc.collect()
    return resident_bytes()


def _message(learner: Learner) -> dict[str, Any]:
    chat = updates.private(learner.id)
    return {
        "message_id": learner.card.message_id if learner.card else 1,
        "chat": chat,
        "date": 0,
        "photo": [],
    }
