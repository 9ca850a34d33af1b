"""A load test without a bot: tests play the bot, call by call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lplate_bot.loadtest.api import ApiFace
from lplate_bot.loadtest.crowd import Crowd, now_s
from lplate_bot.loadtest.deck import Deck
from lplate_bot.loadtest.dialect import LplateDialect, Move
from lplate_bot.loadtest.plan import PLAIN, Flow, LoadPlan

if TYPE_CHECKING:
    from lplate_bot.loadtest.learner import Learner, Update


class Desk:
    """Take updates and leave them to the test."""

    def __init__(self) -> None:
        self.updates: list[Update] = []

    @property
    def waiting(self) -> int:
        return len(self.updates)

    def put(self, update: Update) -> None:
        self.updates.append(update)

    async def close(self) -> None:
        pass


class Stage:
    """Hold one crowd, each with a first card, and call the Bot API as a bot would."""

    def __init__(self, learners: int = 2) -> None:
        plan = LoadPlan(learners=learners, seconds=1, habits=PLAIN)
        self.crowd = Crowd(plan, LplateDialect(Deck(), plan.habits, Flow.CARD))
        self.desk = Desk()
        self.crowd.feed = self.desk
        self.face = ApiFace(self.crowd)
        self.cards: dict[int, int] = {}
        for _ in range(learners):
            self.crowd._newcomers.append(self.crowd._newcomer())
            self.crowd._admit()
        for learner in self.people:
            sent = self.call(
                "sendMessage", learner, text=question(1), buttons=("a:1:1:0", "a:1:1:1", "k:1:1")
            )
            self.cards[learner.id] = sent["result"]["message_id"]

    @property
    def people(self) -> list[Learner]:
        return list(self.crowd.learners.values())

    @property
    def faults(self) -> dict[str, int]:
        return {str(kind): count for kind, count in self.crowd.ledger.faults.items()}

    def press(self, learner: Learner) -> str:
        """Let a learner answer with the first option and return the callback query's id."""
        self.crowd.make(learner, Move("a:1:1:0", expected=("n:1:1",), keeps_question=True), now_s())
        return str(self.desk.updates[-1].query)

    def answer(self, query_id: str) -> None:
        self.face.call_in_response(
            "", msgspec.json.encode({"method": "answerCallbackQuery", "callback_query_id": query_id})
        )

    def edit(self, learner: Learner, text: str, *buttons: str, message_id: int = 0) -> dict[str, Any]:
        message_id = message_id or self.cards[learner.id]
        return self.call("editMessageText", learner, text=text, buttons=buttons, message_id=message_id)

    def call(
        self, method: str, learner: Learner, *, text: str, buttons: tuple[str, ...], **more: Any
    ) -> dict[str, Any]:
        keyboard = [[{"text": data, "callback_data": data}] for data in buttons]
        fields = {"chat_id": learner.id, "text": text, "reply_markup": {"inline_keyboard": keyboard}, **more}
        response = self.face.call(method, msgspec.json.encode(fields), "")
        decoded: dict[str, Any] = msgspec.json.decode(response.partition(b"\r\n\r\n")[2])
        return decoded


def question(number: int) -> str:
    """Return the text of an open card."""
    return f"<b>Signs</b>\n\nQuestion {number}?\n\n<b>A</b>  yes\n<b>B</b>  no"


def feedback(number: int) -> str:
    """Return the text of its feedback."""
    return f"<b>Signs</b>\n\nQuestion {number}?\n\n✅ <b>A</b>  yes\n\n✅ <b>Right!</b>"
