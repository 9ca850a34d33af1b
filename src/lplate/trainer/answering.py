"""Take answers: grade them, schedule their cards, show what was right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.grading import is_right_choice, is_right_number
from lplate.domain.question import QuestionType
from lplate.domain.scheduling import infer_rating, interval_days, new_card, review
from lplate.domain.session import Address, CardMode, Owed, OwedKind, Phase
from lplate.domain.values import replace
from lplate.ports import Attempt
from lplate.trainer.asking import is_mapped, mapped
from lplate.trainer.press import Outcome, PressKind

if TYPE_CHECKING:
    from fsrs import Rating

    from lplate.domain.learner import Learner
    from lplate.domain.question import Question
    from lplate.domain.scheduling import Card
    from lplate.domain.session import Session
    from lplate.ports import Bank, Change, Store
    from lplate.trainer.press import Press, Result

CARD: Final = Owed(OwedKind.CARD)
NEW_CARD: Final = Owed(OwedKind.NEW_CARD)
TAP_BUTTON: Final = Owed(OwedKind.NOTICE, notice="tap-button")
TYPE_NUMBER: Final = Owed(OwedKind.NOTICE, notice="type-number")


class Answering:
    """Turn answers into attempts, cards and feedback.

    *up_since_ms* is when the bot came up: a question asked before that has an unknown answering time,
    because the bot may have been away while the learner pressed.
    """

    def __init__(self, store: Store, up_since_ms: int) -> None:
        self._store = store
        self._up_since_ms = up_since_ms

    def choose(self, learner: Learner, bank: Bank, question: Question, press: Press, chosen: int) -> Result:
        """Answer with the options that have a bit in *chosen*, in source order."""
        return self._answer(
            learner, bank, question, press, chosen, "", is_right=is_right_choice(question, chosen)
        )

    def toggle(self, learner: Learner, press: Press) -> Outcome:
        """Tick or untick one option; the press names the state it wants.

        One that changes nothing counts as applied: brought again later, it must not undo what came after it.
        """
        bit = 1 << press.choice
        chosen = learner.session.chosen | bit if press.wanted else learner.session.chosen & ~bit
        if chosen == learner.session.chosen:
            return Outcome(learner)
        ticked = replace(learner, session=replace(learner.session, chosen=chosen))
        return Outcome(ticked, shown=(CARD,))

    def submit(self, learner: Learner, bank: Bank, question: Question, press: Press) -> Result:
        """Answer with the ticked options; none ticked is a press without an answer, brought again or not."""
        chosen = learner.session.chosen
        if not chosen:
            return Outcome(learner, toast="choose-first")
        return self.choose(learner, bank, question, press, chosen)

    def type(self, learner: Learner, bank: Bank, question: Question, press: Press) -> Result:
        """Answer with a typed number; words that are none are answered with a hint and cost nothing."""
        if question.answer is None:
            return Outcome(learner, shown=(TAP_BUTTON,))
        is_right = is_right_number(question.answer, press.text)
        if is_right is None:
            return Outcome(learner, shown=(TYPE_NUMBER,))
        return self._answer(learner, bank, question, press, 0, press.text.strip(), is_right=is_right)

    def _answer(
        self, learner: Learner, bank: Bank, question: Question, press: Press, chosen: int, typed: str, *,
        is_right: bool,
    ) -> Result:  # fmt: skip
        if not is_mapped(learner, bank) or bank.has_seen(learner.seen, question.id):
            return self._answer_again(learner, bank, question, press, chosen, typed, is_right=is_right)
        return self._graded(learner, bank, question, press, None, chosen, typed, is_right=is_right)

    async def _answer_again(
        self, learner: Learner, bank: Bank, question: Question, press: Press, chosen: int, typed: str, *,
        is_right: bool,
    ) -> Outcome:  # fmt: skip
        """Answer what was, or may have been, answered before."""
        if not is_mapped(learner, bank):
            learner = await mapped(self._store, learner, bank)
        former = None
        if bank.has_seen(learner.seen, question.id):
            former = await self._store.card(learner.id, bank.info.id, question.id)
        return self._graded(learner, bank, question, press, former, chosen, typed, is_right=is_right)

    def _graded(
        self, learner: Learner, bank: Bank, question: Question, press: Press, former: Card | None,
        chosen: int, typed: str, *, is_right: bool,
    ) -> Outcome:  # fmt: skip
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
            answered, shown = _below_message(answered)
            return Outcome(answered, (attempt, card), shown=shown)
        if press.kind is PressKind.VOTE or (learner.is_fast and is_right):
            toast = "" if press.kind is PressKind.VOTE else "right"
            return move_on(answered, (attempt, card), toast)
        return Outcome(answered, (attempt, card), shown=(CARD,))

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


def move_on(learner: Learner, rows: Change = (), toast: str = "") -> Outcome:
    """Go on to the next question: in the same card, or as its own message."""
    shown: tuple[Owed, ...] = (CARD,)
    if learner.poll is not None or (learner.mode is not CardMode.EDIT and learner.card is not None):
        learner, shown = moved_below(learner)
    return Outcome(learner, rows, toast, shown=shown, wants_question=True)


def moved_below(learner: Learner) -> tuple[Learner, tuple[Owed, ...]]:
    """Return the learner whose card is to come as a new message, and what is to be shown for it."""
    learner, old = laid_aside(learner)
    return learner, (*old, NEW_CARD)


def laid_aside(learner: Learner) -> tuple[Learner, tuple[Owed, ...]]:
    """Return the learner without the message that asks, and what becomes of it: no more buttons or votes."""
    old: list[Owed] = []
    if learner.poll is not None:
        old.append(Owed(OwedKind.STOPPED_POLL, address=Address(learner.chat_id, learner.poll.message_id)))
    if learner.card is not None:
        old.append(Owed(OwedKind.NO_BUTTONS, address=learner.card))
    return replace(learner, card=None, poll=None) if old else learner, tuple(old)


def _below_message(learner: Learner) -> tuple[Learner, tuple[Owed, ...]]:
    """Return the learner to get the feedback below the typed message; the old card keeps the verdict."""
    if learner.card is None:
        return learner, (NEW_CARD,)
    closed = Owed(OwedKind.CLOSED_CARD, address=learner.card)
    return replace(learner, card=None), (closed, NEW_CARD)
