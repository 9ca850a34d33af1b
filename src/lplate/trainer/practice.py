"""Practise: everything a learner does with the card in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.domain.question import QuestionType
from lplate.domain.session import Owed, OwedKind, Phase
from lplate.domain.values import replace
from lplate.trainer.answering import CARD, NEW_CARD, laid_aside, move_on
from lplate.trainer.asking import card_question
from lplate.trainer.press import Outcome, PressKind, is_current

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.domain.session import Address
    from lplate.ports import Bank
    from lplate.trainer.answering import Answering
    from lplate.trainer.asking import Asking
    from lplate.trainer.press import Press


class Practice:
    """Handle presses on a card and the commands that stand for them."""

    def __init__(self, asking: Asking, answering: Answering) -> None:
        self._asking = asking
        self._answering = answering

    async def press_card(self, learner: Learner, bank: Bank, press: Press) -> Outcome:
        """Handle a button of a card; one that is not on the current card changes nothing."""
        if not is_current(learner, press):
            return _stale(learner, press)
        is_answered = learner.session.phase is Phase.FEEDBACK
        if is_answered and press.kind is not PressKind.NEXT:
            return _without_effect(learner, press)  # tapped twice: the card may stand elsewhere by now
        if press.message is not None and not _is_known(learner, press.message):
            learner = replace(learner, card=press.message)
        question = None if is_answered else bank.question(learner.session.question_id)
        if question is None or press.kind is PressKind.SKIP:
            toast = "" if is_answered or question is not None else "question-gone"
            return Outcome(move_on(await self._asking.ask(learner, bank, press.at_ms)), toast=toast)
        is_option = 0 <= press.choice < len(question.options)
        if is_option and press.kind is PressKind.ANSWER and question.takes_one_tap:
            return await self._answering.choose(learner, bank, question, press, 1 << press.choice)
        return await self._press_ticks(learner, bank, question, press, is_option=is_option)

    async def _press_ticks(
        self, learner: Learner, bank: Bank, question: Question, press: Press, *, is_option: bool
    ) -> Outcome:
        if question.type is QuestionType.MULTI:
            if press.kind is PressKind.TOGGLE and is_option:
                return self._answering.toggle(learner, press)
            if press.kind is PressKind.SUBMIT:
                return await self._answering.submit(learner, bank, question, press)
        return _stale(learner, press)

    async def vote(self, learner: Learner, bank: Bank, press: Press) -> Outcome:
        """Handle a vote; one in a poll that does not ask the open question changes nothing.

        The poll itself has told what was right, so that the next question follows at once.
        """
        question = bank.question(learner.session.question_id) if learner.is_asked_by(press.text) else None
        order = learner.session.order
        chosen = sum(1 << index for place, index in enumerate(order) if press.choice >> place & 1)
        if question is None or not chosen:
            return Outcome(learner, is_applied=False)
        return await self._answering.choose(replace(learner, poll=None), bank, question, press, chosen)

    async def type(self, learner: Learner, bank: Bank, press: Press) -> Outcome:
        """Handle words that are no command: an answer where a number is awaited, else a hint."""
        session = learner.session
        question = bank.question(session.question_id) if session.phase is Phase.QUESTION else None
        if question is None:
            return Outcome(learner.owing(Owed(OwedKind.NOTICE, notice="tap-button")))
        return await self._answering.type(learner, bank, question, press)

    async def skip(self, learner: Learner, bank: Bank, press: Press) -> Outcome:
        """Handle the command: pose another question below the learner's message."""
        return Outcome(below(await self._asking.ask(learner, bank, press.at_ms)))

    async def resend(self, learner: Learner, bank: Bank, press: Press) -> Outcome:
        """Show the current card again below; pose a question where none is open."""
        question = card_question(learner, bank)
        if question is None or not bank.in_topics(question.id, learner.topics):
            learner = await self._asking.ask(learner, bank, press.at_ms)
        return Outcome(below(learner))


def below(learner: Learner) -> Learner:
    """Return the learner owed their card as a new message; an old one is laid aside."""
    learner, old = laid_aside(learner)
    return learner.owing(*old, NEW_CARD)


def _stale(learner: Learner, press: Press) -> Outcome:
    return replace(_without_effect(learner, press), toast="stale")


def _without_effect(learner: Learner, press: Press) -> Outcome:
    has_none = learner.card is None and learner.poll is None and not learner.is_owed_card
    if has_none and learner.session.phase is not Phase.IDLE:
        return Outcome(learner.owing(*_old_card(press.message), NEW_CARD))  # theirs was lost
    return Outcome(learner, is_applied=False, shown=_where_we_stand(learner, press.message))


def _where_we_stand(learner: Learner, message: Address | None) -> tuple[Owed, ...]:
    if learner.card is None and learner.poll is None:
        return ()  # a new card is on its way
    if message is not None and learner.card is not None and message.message_id == learner.card.message_id:
        return (CARD,)
    return _old_card(message)


def _is_known(learner: Learner, message: Address) -> bool:
    """Return True if *message* is the learner's card, or the poll that asks: that never becomes a card."""
    is_poll = learner.poll is not None and learner.poll.message_id == message.message_id
    return is_poll or message == learner.card


def _old_card(message: Address | None) -> tuple[Owed, ...]:
    return (Owed(OwedKind.NO_BUTTONS, address=message),) if message is not None else ()
