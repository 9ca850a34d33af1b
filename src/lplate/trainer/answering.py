"""Take answers: grade them, schedule their cards, show what was right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.grading import is_right_choice, is_right_number
from lplate.domain.question import QuestionType
from lplate.domain.scheduling import infer_rating, interval_days, new_card, review
from lplate.domain.session import Address, CardMode, Owed, OwedKind, Phase
from lplate.domain.values import replace
from lplate.ports import Attempt
from lplate.trainer.asking import is_mapped
from lplate.trainer.press import Outcome, PressKind

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from fsrs import Rating

    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.domain.scheduling import Card
    from lplate.domain.session import Session
    from lplate.ports import Bank, Store
    from lplate.trainer.asking import Asking
    from lplate.trainer.press import Press

CARD: Final = Owed(OwedKind.CARD)
NEW_CARD: Final = Owed(OwedKind.NEW_CARD)


class Answering:
    """Turn answers into attempts, cards and feedback.

    *up_since_ms* is when the bot came up: a question asked before that has an unknown answering time,
    because the bot may have been away while the learner pressed.
    """

    def __init__(self, store: Store, asking: Asking, up_since_ms: int) -> None:
        self._store = store
        self._asking = asking
        self._up_since_ms = up_since_ms

    def choose(
        self, learner: Learner, bank: Bank, question: Question, press: Press, chosen: int
    ) -> Awaitable[Outcome]:
        """Answer with the options that have a bit in *chosen*, in source order."""
        return self._answer(
            learner, bank, question, press, chosen=chosen, is_right=is_right_choice(question, chosen)
        )

    def toggle(self, learner: Learner, press: Press) -> Outcome:
        """Tick or untick one option; the press names the state it wants.

        One that changes nothing counts as applied: brought again later, it must not undo what came after it.
        """
        bit = 1 << press.choice
        chosen = learner.session.chosen | bit if press.wanted else learner.session.chosen & ~bit
        if chosen == learner.session.chosen:
            return Outcome(learner)
        learner = replace(learner, session=replace(learner.session, chosen=chosen))
        return Outcome(learner.owing(CARD))

    async def submit(self, learner: Learner, bank: Bank, question: Question, press: Press) -> Outcome:
        """Answer with the ticked options; none ticked is a press without an answer, brought again or not."""
        chosen = learner.session.chosen
        if not chosen:
            return Outcome(learner, toast="choose-first")
        return await self.choose(learner, bank, question, press, chosen)

    async def type(self, learner: Learner, bank: Bank, question: Question, press: Press) -> Outcome:
        """Answer with a typed number; words that are none are answered with a hint and cost nothing."""
        if question.answer is None:
            return Outcome(learner.owing(Owed(OwedKind.NOTICE, notice="tap-button")))
        is_right = is_right_number(question.answer, press.text)
        if is_right is None:
            return Outcome(learner.owing(Owed(OwedKind.NOTICE, notice="type-number")))
        return await self._answer(learner, bank, question, press, typed=press.text.strip(), is_right=is_right)

    async def _answer(
        self, learner: Learner, bank: Bank, question: Question, press: Press, *,
        is_right: bool, chosen: int = 0, typed: str = "",
    ) -> Outcome:  # fmt: skip
        if not is_mapped(learner, bank):
            learner = await self._asking.mapped(learner, bank)
        former = None
        if bank.has_seen(learner.seen, question.id):
            former = await self._store.card(learner.id, bank.info.id, question.id)
        elapsed_ms = self._elapsed_ms(learner, press)
        rating = infer_rating(
            is_right=is_right,
            elapsed_ms=elapsed_ms,
            text_length=question.reading_length(learner.main_language),
            right_streak=former.right_streak if former else 0,
        )
        card = review(former, new_card(learner.id, bank.info.id, question.id, press.at_ms), rating)
        attempt = _attempt(
            learner, question, press, card, rating, response=typed or str(chosen), elapsed_ms=elapsed_ms
        )
        answered = replace(
            learner,
            session=_answered(learner.session, card, chosen=chosen, typed=typed, is_right=is_right),
            seen=bank.mark_seen(learner.seen, (question.id,)),
        )
        if question.type is QuestionType.NUMERIC:
            return Outcome(_below_message(answered), (attempt, card))
        if press.kind is PressKind.VOTE or (learner.is_fast and is_right):
            posed = await self._asking.ask(answered, bank, press.at_ms)
            return Outcome(move_on(posed), (attempt, card), "" if press.kind is PressKind.VOTE else "right")
        return Outcome(answered.owing(CARD), (attempt, card))

    def _elapsed_ms(self, learner: Learner, press: Press) -> int | None:
        asked_at_ms = learner.session.asked_at_ms
        if asked_at_ms < self._up_since_ms or press.at_ms < asked_at_ms:
            return None
        return press.at_ms - asked_at_ms


def _answered(session: Session, card: Card, *, chosen: int, typed: str, is_right: bool) -> Session:
    return replace(
        session,
        phase=Phase.FEEDBACK,
        chosen=chosen,
        typed=typed,
        was_right=is_right,
        due_in_days=interval_days(card),
        answered=session.answered + 1,
        right=session.right + is_right,
    )


def _attempt(
    learner: Learner, question: Question, press: Press, card: Card, rating: Rating, *,
    response: str, elapsed_ms: int | None,
) -> Attempt:  # fmt: skip
    session = learner.session
    return Attempt(
        learner_id=learner.id,
        session=session.number,
        step=session.step,
        update_id=press.update_id,
        bank_id=card.bank_id,
        question_id=question.id,
        question_rev=question.rev,
        topic_id=question.topics[0],
        response=response,
        is_right=rating > 1,
        rating=int(rating),
        answered_at_ms=press.at_ms,
        elapsed_ms=elapsed_ms,
    )


def move_on(learner: Learner) -> Learner:
    """Return the learner owed the question just posed: in the same card, or as its own message."""
    if learner.poll is None and (learner.mode is CardMode.EDIT or learner.card is None):
        return learner.owing(CARD)
    learner, old = laid_aside(learner)
    return learner.owing(*old, NEW_CARD)


def laid_aside(learner: Learner) -> tuple[Learner, tuple[Owed, ...]]:
    """Return the learner without the message that asks, and what becomes of it: no more buttons or votes."""
    old: list[Owed] = []
    if learner.poll is not None:
        old.append(Owed(OwedKind.STOPPED_POLL, address=Address(learner.chat_id, learner.poll.message_id)))
    if learner.card is not None:
        old.append(Owed(OwedKind.NO_BUTTONS, address=learner.card))
    return replace(learner, card=None, poll=None) if old else learner, tuple(old)


def _below_message(learner: Learner) -> Learner:
    """Return the learner owed the feedback below the typed message; the old card keeps the verdict."""
    if learner.card is None:
        return learner.owing(NEW_CARD)
    closed = Owed(OwedKind.CLOSED_CARD, address=learner.card)
    return replace(learner, card=None).owing(closed, NEW_CARD)
