"""What learners do with the messages in front of them, by chance, as raw updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import updates
from lplate.domain.question import QuestionType
from lplate.domain.session import Phase

if TYPE_CHECKING:
    from random import Random

    from torture.durable import DurableHouse

COMMANDS = ("/stats", "/skip", "/resend", "/help", "/settings", "/topics", "hello")
SETTINGS = ("m:separate", "m:edit", "f:1", "f:0", "o:0:1", "o:0:0", "o:*:1")


class Hands:
    """Choose what somebody does next."""

    def __init__(self, house: DurableHouse, chance: Random) -> None:
        self._house = house
        self._chance = chance

    async def next_update(self, who: int) -> bytes:
        """Return the update of somebody's next action: usually an answer, now and then something else."""
        draw = self._chance.random()
        if draw < 0.08:
            return self._say(self._chance.choice(COMMANDS), who)
        if draw < 0.12:
            return self._house.raw_press(self._chance.choice(SETTINGS), who)
        if draw < 0.18:
            return self._press("k", who)
        return await self.answer(who)

    async def answer(self, who: int) -> bytes:
        """Return the next step towards an answer, or away from its feedback."""
        session = (await self._house.learner(who)).session
        if session.phase is not Phase.QUESTION:
            return self._press("n", who)
        question = await self._house.question(who)
        place = f"{session.number}:{session.step}"
        if question.type is QuestionType.NUMERIC:
            return self._say(str(self._chance.randrange(100)), who)
        if question.type is QuestionType.MULTI:
            if session.chosen and self._chance.random() < 0.5:
                return self._house.raw_press(f"u:{place}", who)
            choice = self._chance.randrange(len(question.options))
            return self._house.raw_press(f"t:{place}:{choice}:{self._chance.randrange(2)}", who)
        choice = self._chance.randrange(len(question.options))
        return self._house.raw_press(f"a:{place}:{choice}", who)

    def begin(self, who: int) -> bytes:
        """Return a first deep link."""
        return self._say("/start b_core_en", who)

    def _press(self, code: str, who: int) -> bytes:
        """Return a press on the newest button of this kind, a stale one if there is none on the card."""
        found = [data for shown in self._house.shown(who) for data in shown.data if data[0] == code]
        return self._house.raw_press(found[-1] if found else f"{code}:0:0", who)

    def _say(self, words: str, who: int) -> bytes:
        return updates.text(self._house.next_id(), words, who)
