"""Put the next question before a learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.question import QuestionType
from lplate.domain.session import RECENT_QUESTIONS, Phase
from lplate.domain.shuffling import mixed, shuffled
from lplate.domain.values import quick, replace

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.picking import Policy
    from lplate.domain.question import Question
    from lplate.domain.session import Session
    from lplate.ports import Bank, Store

FIRST_TRIES: Final = 16
"""A newcomer's first question is drawn so often at most, for one that is inviting."""


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

    async def due_mistake(self) -> str | None:
        """Return the mistake that fell due first."""
        return await self.store.due_mistake(self.learner.id, self.bank.info.id, self.now_ms, self._accepts)

    async def unseen(self) -> str | None:
        """Return a question that was never answered."""
        return self.bank.unseen(self.learner.seen, self.learner.topics, self.recent, self.seed)

    async def least_recalled(self) -> str | None:
        """Return the answered question with the lowest chance of being recalled."""
        return await self.store.least_recalled(self.learner.id, self.bank.info.id, self.now_ms, self._accepts)

    def _accepts(self, question_id: str) -> bool:
        return question_id not in self.recent and self.bank.in_topics(question_id, self.learner.topics)


class Asking:
    """Choose and pose questions by a policy."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    async def ask(self, learner: Learner, bank: Bank, now_ms: int) -> Learner:
        """Return the learner with the next question posed; the phase is IDLE if there is none at all."""
        learner = _within(bank, await self.with_seen(learner, bank))
        session = learner.session
        seed = mixed(learner.id, learner.created_at_ms, session.number, session.step)
        question = await self._pick(learner, bank, now_ms, seed)
        if question is None:
            return replace(learner, session=replace(session, phase=Phase.IDLE, question_id=""))
        return replace(learner, session=_posed(session, question, now_ms, seed))

    async def with_seen(self, learner: Learner, bank: Bank) -> Learner:
        """Return the learner with a map of answered questions that fits this very bank."""
        if learner.seen_bank == bank.info.digest:
            return learner
        answered = await self._store.answered_questions(learner.id, bank.info.id)
        return replace(learner, seen=bank.mark_seen(b"", answered), seen_bank=bank.info.digest)

    async def _pick(self, learner: Learner, bank: Bank, now_ms: int, seed: int) -> Question | None:
        recent = learner.session.recent
        for oldest in range(len(recent) + 1):  # a small topic avoids as many of the last ones as it can
            deck = StoreDeck(self._store, bank, learner, recent[oldest:], now_ms, seed)
            question = await self._draw(deck)
            if question is not None:
                return question
        return None

    async def _draw(self, deck: StoreDeck) -> Question | None:
        """Draw by the policy; a newcomer's first question again and again until it is inviting."""
        is_first = not deck.learner.session.recent
        is_newcomer = is_first and deck.learner.seen == deck.bank.mark_seen(b"", ())
        question = None
        for attempt in range(FIRST_TRIES if is_newcomer else 1):
            drawn = replace(deck, seed=mixed(deck.seed, attempt)) if attempt else deck
            question_id = await self._policy(drawn)
            question = deck.bank.question(question_id) if question_id is not None else None
            if question is None or _is_inviting(question):
                break
        return question


def card_question(learner: Learner, bank: Bank) -> Question | None:
    """Return the question on the learner's card, open or answered; None if there is none (any more)."""
    if learner.session.phase is Phase.IDLE:
        return None
    return bank.question(learner.session.question_id)


def _within(bank: Bank, learner: Learner) -> Learner:
    """Return the learner without topics that the bank no longer has; none left means all."""
    if not learner.topics:
        return learner
    known = {topic.id for topic in bank.info.topics}
    if known.issuperset(learner.topics):
        return learner
    return replace(learner, topics=tuple(topic for topic in learner.topics if topic in known))


def _is_inviting(question: Question) -> bool:
    return question.media is not None and question.type is QuestionType.SINGLE


def _posed(session: Session, question: Question, now_ms: int, seed: int) -> Session:
    size = len(question.options)
    is_shuffled = question.shuffle and question.type is not QuestionType.TRUEFALSE
    return replace(
        session,
        step=session.step + 1,
        phase=Phase.QUESTION,
        question_id=question.id,
        order=shuffled(size, seed) if is_shuffled else tuple(range(size)),
        chosen=0,
        typed="",
        asked_at_ms=now_ms,
        recent=(*session.recent, question.id)[-RECENT_QUESTIONS:],
    )
