"""Practise: everything a learner does with the card in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import Owed, OwedKind, Phase
from lplate.domain.values import replace
from lplate.trainer.answering import CARD, NEW_CARD, TAP_BUTTON, move_on, moved_below
from lplate.trainer.asking import card_question
from lplate.trainer.press import Outcome, PressKind, is_current

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.domain.session import Address
    from lplate.ports import Bank
    from lplate.trainer.answering import Answering
    from lplate.trainer.press import Press, Result

_NEXT: Final = PressKind.NEXT  # what every press asks for; a look into an enum's class is dear
_FEEDBACK: Final = Phase.FEEDBACK


class Practice:
    """Handle presses on a card and the commands that stand for them."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def press_card(self, learner: Learner, bank: Bank, press: Press) -> Result:
        """Handle a button of a card; one that is not on the current card changes nothing."""
        if not is_current(learner, press):
            return _stale(learner, press)
        is_answered = learner.session.phase is _FEEDBACK
        if is_answered and press.kind is not _NEXT:
            return _without_effect(learner, press)  # tapped twice: the card may stand elsewhere by now
        if press.message is not None and not _is_known(learner, press.message):
            learner = replace(learner, card=press.message)
        question = None if is_answered else bank.question(learner.session.question_id)
        if question is None or press.kind is PressKind.SKIP:
            toast = "" if is_answered or question is not None else "question-gone"
            return move_on(learner, toast=toast)
        is_option = 0 <= press.choice < len(question.options)
        if is_option and press.kind is PressKind.ANSWER and question.takes_one_tap:
            return self._answering.choose(learner, bank, question, press, 1 << press.choice)
        return self._press_ticks(learner, bank, question, press, is_option=is_option)

    def _press_ticks(
        self, learner: Learner, bank: Bank, question: Question, press: Press, *, is_option: bool
    ) -> Result:
        if question.type is QuestionType.MULTI:
            if press.kind is PressKind.TOGGLE and is_option:
                return self._answering.toggle(learner, press)
            if press.kind is PressKind.SUBMIT:
                return self._answering.submit(learner, bank, question, press)
        return _stale(learner, press)

    def vote(self, learner: Learner, bank: Bank, press: Press) -> Result:
        """Handle a vote; one in a poll that does not ask the open question changes nothing.

        The poll itself has told what was right, so that the next question follows at once.
        """
        question = bank.question(learner.session.question_id) if learner.is_asked_by(press.text) else None
        order = learner.session.order
        chosen = sum(1 << index for place, index in enumerate(order) if press.choice >> place & 1)
        if question is None or not chosen:
            return Outcome(learner, is_applied=False)
        return self._answering.choose(replace(learner, poll=None), bank, question, press, chosen)

    def type(self, learner: Learner, bank: Bank, press: Press) -> Result:
        """Handle words that are no command: an answer where a number is awaited, else a hint."""
        session = learner.session
        question = bank.question(session.question_id) if session.phase is Phase.QUESTION else None
        if question is None:
            return Outcome(learner, shown=(TAP_BUTTON,))
        return self._answering.type(learner, bank, question, press)

    def skip(self, learner: Learner, bank: Bank, press: Press) -> Result:
        """Handle the button, or the command: pose another question below the learner's message."""
        if press.message is not None:
            return self.press_card(learner, bank, press)
        return below(learner, wants_question=True)

    def resend(self, learner: Learner, bank: Bank, _: Press) -> Outcome:
        """Show the current card again below; pose a question where none is open."""
        question = card_question(learner, bank)
        is_open = question is not None and bank.in_topics(question.id, learner.topics)
        return below(learner, wants_question=not is_open)


def below(learner: Learner, *, wants_question: bool) -> Outcome:
    """Show the learner's card, or the next question, below their message; an old card is laid aside."""
    learner, shown = moved_below(learner)
    return Outcome(learner, shown=shown, wants_question=wants_question)


def _stale(learner: Learner, press: Press) -> Outcome:
    return replace(_without_effect(learner, press), toast="stale")


def _without_effect(learner: Learner, press: Press) -> Outcome:
    has_none = learner.card is None and learner.poll is None and not learner.is_owed_card
    if has_none and learner.session.phase is not Phase.IDLE:
        return Outcome(learner, shown=(*_old_card(press.message), NEW_CARD))  # theirs was lost
    return Outcome(learner, is_applied=False, shown=_where_we_stand(learner, press.message))


def _where_we_stand(learner: Learner, message: Address | None) -> tuple[Owed, ...]:
    if learner.card is None and learner.poll is None:
        return ()  # a new card is on its way
    if message is not None and learner.card is not None and message.message_id == learner.card.message_id:
        return (CARD,)
    return _old_card(message)


def _is_known(learner: Learner, message: Address) -> bool:
    """Return True if *message* is the learner's card, or the poll that asks: that never becomes a card."""
    card, poll = learner.card, learner.poll
    if poll is not None and poll.message_id == message.message_id:
        return True
    if card is None or card.message_id != message.message_id:
        return False
    # Field by field: the equality of a dataclass makes two tuples, some 2,000 instructions of every press.
    return card.chat_id == message.chat_id and card.is_photo == message.is_photo


def _old_card(message: Address | None) -> tuple[Owed, ...]:
    return (Owed(OwedKind.NO_BUTTONS, address=message),) if message is not None else ()
