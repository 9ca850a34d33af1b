"""Put the next question before a learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import RECENT_QUESTIONS, Phase
from lplate.domain.shuffling import mixed, shuffled
from lplate.domain.values import quick, replace

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from lplate.domain.learner import Learner
    from lplate.domain.picking import Policy
    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate.ports import Bank, Store

FIRST_TRIES: Final = 16
"""A newcomer's first question is drawn so often at most, for one that is inviting."""

_RECENT_KEPT: Final = slice(1 - RECENT_QUESTIONS, None)
"""Of those so far, beside a new one."""


@quick
@dataclass(frozen=True, slots=True)
class StoreDeck:
    """Offer one learner's candidates from the store and the bank; *recent* are not offered again."""

    store: Store
    bank: Bank
    learner: Learner
    recent: tuple[str, ...]
    now_ms: int
    seed: int

    def due_mistake(self) -> Awaitable[str | None]:
        """Return the mistake that fell due first."""
        return self.store.due_mistake(self.learner.id, self.bank.info.id, self.now_ms, self._accepts)

    def unseen(self) -> str | None:
        """Return a question that was never answered."""
        return self.bank.unseen(self.learner.seen, self.learner.topics, self.recent, self.seed)

    def least_recalled(self) -> Awaitable[str | None]:
        """Return the answered question with the lowest chance of being recalled."""
        return self.store.least_recalled(self.learner.id, self.bank.info.id, self.now_ms, self._accepts)

    def _accepts(self, question_id: str) -> bool:
        return question_id not in self.recent and self.bank.in_topics(question_id, self.learner.topics)


class Asking:
    """Choose and pose questions by a policy."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    async def ask(self, learner: Learner, bank: Bank, now_ms: int) -> Learner:
        """Return the learner with the next question posed; the phase is IDLE if there is none at all."""
        if not is_mapped(learner, bank):
            learner = await mapped(self._store, learner, bank)
        if learner.topics:
            learner = _within(bank, learner)
        session = learner.session
        seed = mixed(learner.id, learner.created_at_ms, session.number, session.step)
        deck = StoreDeck(self._store, bank, learner, session.recent, now_ms, seed)
        question_id = await self._policy(deck)
        question = None if question_id is None else bank.question(question_id)
        if question is None or not session.recent:
            question = await self._dealt_otherwise(deck, question)
        if question is None:
            return replace(learner, session=replace(session, phase=Phase.IDLE, question_id=""))
        return replace(learner, session=_posed(session, question, now_ms, seed))

    async def _dealt_otherwise(self, deck: StoreDeck, question: Question | None) -> Question | None:
        return await (self._from_recent(deck) if deck.recent else self._inviting(deck, question))

    async def _from_recent(self, deck: StoreDeck) -> Question | None:
        """Draw where all but the last questions are too few, avoiding as many of those as can be."""
        for oldest in range(1, len(deck.recent) + 1):
            wider = replace(deck, recent=deck.recent[oldest:])
            question = _dealt(wider, await self._policy(wider))
            if question is not None:
                return question
        return None

    async def _inviting(self, deck: StoreDeck, question: Question | None) -> Question | None:
        """Return a newcomer's first question: the one drawn, or another if that is not inviting."""
        if deck.learner.seen != deck.bank.mark_seen(b"", ()):
            return question
        for attempt in range(1, FIRST_TRIES):
            if question is None or _is_inviting(question):
                break
            again = replace(deck, seed=mixed(deck.seed, attempt))
            question = _dealt(again, await self._policy(again))
        return question


def is_mapped(learner: Learner, bank: Bank) -> bool:
    """Return True if the learner's map of answered questions fits this very bank."""
    return learner.seen_bank == bank.info.digest


async def mapped(store: Store, learner: Learner, bank: Bank) -> Learner:
    """Return the learner with a map of answered questions that fits this very bank."""
    answered = await store.answered_questions(learner.id, bank.info.id)
    return replace(learner, seen=bank.mark_seen(b"", answered), seen_bank=bank.info.digest)


def _dealt(deck: StoreDeck, question_id: str | None) -> Question | None:
    return None if question_id is None else deck.bank.question(question_id)


def card_question(learner: Learner, bank: Bank) -> Question | None:
    """Return the question on the learner's card, open or answered; None if there is none (any more)."""
    if learner.session.phase is Phase.IDLE:
        return None
    return bank.question(learner.session.question_id)


def _within(bank: Bank, learner: Learner) -> Learner:
    """Return the learner without topics that the bank no longer has; none left means all."""
    known = {topic.id for topic in bank.info.topics}
    if known.issuperset(learner.topics):
        return learner
    return replace(learner, topics=tuple(topic for topic in learner.topics if topic in known))


def _is_inviting(question: Question) -> bool:
    return question.media is not None and question.type is QuestionType.SINGLE


def _posed(session: Session, question: Question, now_ms: int, seed: int) -> Session:
    size = len(question.options)
    return replace(
        session,
        step=session.step + 1,
        phase=Phase.QUESTION,
        question_id=question.id,
        order=shuffled(size, seed) if question.is_shuffled else tuple(range(size)),
        chosen=0,
        typed="",
        asked_at_ms=now_ms,
        recent=session.recent[_RECENT_KEPT] + (question.id,),
    )
