"""A trainer with a learner in front of it: presses in, committed outcomes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lplate.adapters.memory import MemoryStore
from lplate.domain.picking import mistakes_first
from lplate.domain.question import QuestionType
from lplate.domain.session import Address, Phase
from lplate.trainer.library import Library
from lplate.trainer.press import Outcome, Press, PressKind
from lplate.trainer.trainer import Trainer
from lplate.trainer.views import Viewer

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate.ports import Attempt
    from trainer.banks import FakeBank

NOON_MS = 1_767_268_800_000
ANNA = 7
CARD_MESSAGE = 100


class Stage:
    """Hold one learner; every press gets the next update id and a second later, and is committed."""

    def __init__(self, *banks: FakeBank, learner_id: int = ANNA, up_since_ms: int = NOON_MS) -> None:
        self.banks = banks
        self.store = MemoryStore()
        self.library = Library(banks)
        self.trainer = Trainer(self.store, self.library, mistakes_first, up_since_ms)
        self.viewer = Viewer(self.store, self.library)
        self.learner_id = learner_id
        self.now_ms = NOON_MS
        self.update_id = 1000
        self.last: Press | None = None

    # -- pressing

    async def press(self, kind: PressKind, **fields: Any) -> Outcome:
        """Apply a press of *kind* and commit what comes of it."""
        self.update_id += 1
        self.now_ms += fields.pop("after_ms", 1000)
        given = {"update_id": self.update_id, "learner_id": self.learner_id, "chat_id": self.learner_id}
        self.last = Press(**{"at_ms": self.now_ms, **given, "kind": kind, **fields})
        return await self.apply(self.last)

    async def apply(self, press: Press) -> Outcome:
        """Apply *press* as it is and commit what comes of it."""
        outcome = await self.trainer.press(await self.store.load(self.learner_id), press)
        if outcome.is_applied:
            await self.store.write([(outcome.learner, *outcome.rows)])
        return outcome

    async def on_card(self, kind: PressKind, **fields: Any) -> Outcome:
        """Press a button of the current card, in the message that shows it."""
        learner = await self.learner()
        message = learner.card or Address(self.learner_id, CARD_MESSAGE)
        place = {"session": learner.session.number, "step": learner.session.step, "message": message}
        return await self.press(kind, **{**place, **fields})

    async def begin(self, language: str = "en", bank: int = 0) -> Learner:
        """Follow a deep link to the first question and let its card arrive."""
        await self.press(PressKind.START, text=f"b_{self.banks[bank].info.id}_{language}")
        return await self.arrive()

    async def ask_for(self, question_id: str) -> Learner:
        """Skip until *question_id* is asked."""
        for _ in range(200):
            if (await self.session()).question_id == question_id:
                return await self.learner()
            await self.on_card(PressKind.SKIP)
        raise AssertionError(f"{question_id} never came")

    async def answer(self, *, is_right: bool, **fields: Any) -> Outcome:
        """Answer whatever is asked, rightly or wrongly."""
        question = await self.question()
        if question.type is QuestionType.NUMERIC:
            assert question.answer is not None
            return await self.press(
                PressKind.TYPED, text=str(question.answer.value) if is_right else "9999", **fields
            )
        if question.type is QuestionType.MULTI:
            chosen = [index for index, option in enumerate(question.options) if option.correct]
            for index in chosen if is_right else chosen[:1]:
                await self.on_card(PressKind.TOGGLE, choice=index, wanted=True)
            return await self.on_card(PressKind.SUBMIT, **fields)
        choice = next(i for i, option in enumerate(question.options) if option.correct is is_right)
        return await self.on_card(PressKind.ANSWER, choice=choice, **fields)

    async def arrive(self, message_id: int = CARD_MESSAGE) -> Learner:
        """Let Telegram confirm everything owed, with the card at *message_id* if it was a new one."""
        learner = await self.learner()
        card = learner.card or Address(self.learner_id, message_id)
        learner = replace(learner.delivered(learner.owed_number), card=card)
        await self.store.write([(learner,)])
        return learner

    # -- looking

    async def learner(self) -> Learner:
        learner = await self.store.load(self.learner_id)
        assert learner is not None
        return learner

    async def session(self) -> Session:
        return (await self.learner()).session

    async def question(self) -> Question:
        """Return the question that is open."""
        learner = await self.learner()
        assert learner.session.phase is Phase.QUESTION
        bank = self.library.get(learner.bank_id)
        assert bank is not None
        question = bank.question(learner.session.question_id)
        assert question is not None
        return question

    @property
    def attempts(self) -> list[Attempt]:
        """Return all attempts that were committed."""
        return list(self.store._tables.attempts.values())


def kinds(outcome: Outcome) -> list[str]:
    """Return what an outcome shows, by name."""
    return [item.kind.value for item in outcome.shown]


def notices(outcome: Outcome) -> list[str]:
    """Return the names of the notices an outcome shows."""
    return [item.notice for item in outcome.shown if item.notice]
