"""The Store port in memory: for tests of other floors, and the plain model the durable stores are held to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Final

from lplate.domain.broadcast import Broadcast, Recipient
from lplate.domain.invitation import Invite, InviteUse
from lplate.domain.learner import Learner
from lplate.domain.operation import DayNumbers, Maintenance
from lplate.domain.scheduling import DAY_MS, Card
from lplate.domain.statistics import Statistics, TopicStatistics
from lplate.errors import StoreError
from lplate.metrics import StoreMetrics, StoreState
from lplate.ports import (
    Attempt,
    DeadLetter,
    Delivered,
    ForgottenFile,
    Heartbeat,
    InboxDone,
    InboxItem,
    StoredFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lplate.domain.broadcast import Audience
    from lplate.ports import Accept, Change, Row

_WEEK_MS: Final = 7 * DAY_MS
_KNOWN_AFTER_MS: Final = 21 * DAY_MS
_FEWEST_ANSWERS: Final = 3
_MOST_TOPICS: Final = 3


class OrphanError(Exception):
    """An attempt or a card names a learner the store does not know."""


class MemoryStore:
    """Keep everything in dictionaries, for as long as the process lives.

    Set *fault* to an exception and every call raises it until it is None again: a full disk, as far as others
    can tell. *groups* counts what was written.
    """

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.groups = 0
        self.metrics = StoreMetrics()
        self._tables = _Tables()

    def state(self) -> StoreState:
        """Return that there is no file."""
        return StoreState()

    async def load(self, learner_id: int) -> Learner | None:
        """Return the learner as last committed, None if unknown."""
        return self._readable().learners.get(learner_id)

    async def card(self, learner_id: int, bank_id: str, question_id: str) -> Card | None:
        """Return what the learner knows of one question, None before the first answer."""
        return self._readable().cards.get((learner_id, bank_id, question_id))

    async def due_mistake(self, learner_id: int, bank_id: str, now_ms: int, accept: Accept) -> str | None:
        """Return the acceptable mistake that fell due first, None if none is due."""
        mistakes = (card for card in self._cards(learner_id, bank_id) if card.is_mistake)
        due = (card for card in mistakes if card.due_at_ms <= now_ms)
        ordered = sorted(due, key=lambda card: (card.due_at_ms, card.question_id))
        return next((card.question_id for card in ordered if accept(card.question_id)), None)

    async def least_recalled(self, learner_id: int, bank_id: str, now_ms: int, accept: Accept) -> str | None:
        """Return the acceptable question with the greatest elapsed time over stability."""
        ordered = sorted(
            self._cards(learner_id, bank_id), key=lambda card: (-_forgetting(card, now_ms), card.question_id)
        )
        return next((card.question_id for card in ordered if accept(card.question_id)), None)

    async def answered_questions(self, learner_id: int, bank_id: str) -> list[str]:
        """Return the ids of all questions answered at least once, sorted."""
        return sorted(card.question_id for card in self._cards(learner_id, bank_id))

    async def statistics(self, learner_id: int, bank_id: str, size: int, now_ms: int) -> Statistics:
        """Return the learner's numbers for a bank of *size* questions."""
        cards = self._cards(learner_id, bank_id)
        attempts = [
            attempt
            for attempt in self._readable().attempts.values()
            if (attempt.learner_id, attempt.bank_id) == (learner_id, bank_id)
        ]
        week = [attempt for attempt in attempts if attempt.answered_at_ms > now_ms - _WEEK_MS]
        days = {attempt.answered_at_ms // DAY_MS for attempt in attempts}
        return Statistics(
            size=size,
            seen=len(cards),
            known=sum(card.due_at_ms - card.reviewed_at_ms >= _KNOWN_AFTER_MS for card in cards),
            due=sum(card.due_at_ms <= now_ms for card in cards),
            mistakes=sum(card.is_mistake for card in cards),
            answered=len(attempts),
            right=sum(attempt.is_right for attempt in attempts),
            answered_today=sum(attempt.answered_at_ms // DAY_MS == now_ms // DAY_MS for attempt in attempts),
            answered_week=len(week),
            right_week=sum(attempt.is_right for attempt in week),
            streak_days=_streak(days, now_ms // DAY_MS),
            weakest=_weakest(attempts),
        )

    async def owing(self) -> list[int]:
        """Return the ids of all reachable learners who are still owed a reply."""
        learners = self._readable().learners.values()
        return sorted(learner.id for learner in learners if learner.owed and not learner.is_blocked)

    async def inbox(self) -> list[InboxItem]:
        """Return the cold updates not handled yet, in order of receipt."""
        return list(self._readable().inbox.values())

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the updates put aside, oldest first."""
        letters = self._readable().dead_letters.values()
        return sorted(letters, key=lambda letter: (letter.failed_at_ms, letter.update_id))

    async def file_id(self, scope: str, digest: str, kind: str) -> str | None:
        """Return the remembered file id of a picture."""
        return self._readable().files.get((scope, digest, kind))

    async def heartbeat_ms(self) -> int | None:
        """Return the last noted heartbeat, None before the first."""
        return self._readable().heartbeat_ms

    async def invite(self, code: str) -> Invite | None:
        """Return an invitation, None if there is none of that code."""
        return self._readable().invites.get(code)

    async def invite_users(self, code: str) -> list[int]:
        """Return the ids of all learners who used an invitation, sorted."""
        return sorted(learner_id for used, learner_id in self._readable().invite_uses if used == code)

    async def invites(self) -> list[tuple[Invite, int]]:
        """Return all invitations with how often each was used, the oldest first."""
        ordered = sorted(self._readable().invites.values(), key=lambda row: (row.created_at_ms, row.code))
        return [(invite, len(await self.invite_users(invite.code))) for invite in ordered]

    async def broadcasts(self, most: int) -> list[Broadcast]:
        """Return the newest broadcasts, the newest first."""
        return sorted(self._readable().broadcasts.values(), key=lambda row: -row.id)[:most]

    async def recipients(self, audience: Audience, after_id: int, most: int, now_ms: int) -> list[Recipient]:
        """Return reachable learners of *audience* with ids above *after_id*, in order of ids."""
        learners = [row for row in self._audience(audience, now_ms) if row.id > after_id]
        return [_recipient(row) for row in sorted(learners, key=lambda row: row.id)[:most]]

    async def count_recipients(self, audience: Audience, now_ms: int) -> int:
        """Return how many reachable learners *audience* has."""
        return len(self._audience(audience, now_ms))

    async def maintenance(self) -> Maintenance:
        """Return whether the bot rests, as last set."""
        return self._readable().maintenance

    async def day_numbers(self, since_ms: int) -> DayNumbers:
        """Return all learners' numbers since a moment."""
        learners = self._readable().learners.values()
        given = [row for row in self._readable().attempts.values() if row.answered_at_ms >= since_ms]
        return DayNumbers(
            learners=len(learners),
            active=sum(learner.active_at_ms >= since_ms for learner in learners),
            new=sum(learner.created_at_ms >= since_ms for learner in learners),
            blocked=sum(learner.is_blocked for learner in learners),
            answers=len(given),
            right=sum(attempt.is_right for attempt in given),
        )

    async def write(self, group: Sequence[Change]) -> None:
        """Write a group, all of it or nothing; writing it again changes nothing."""
        tables = self._readable().copy()
        for change in group:
            for row in change:
                tables.apply(row)
        tables.check_references()
        self._tables = tables
        self.groups += 1

    async def close(self) -> None:
        """Refuse further calls."""
        self.fault = StoreError("the store is closed")

    def _readable(self) -> _Tables:
        if self.fault is not None:
            raise self.fault
        return self._tables

    def _audience(self, audience: Audience, now_ms: int) -> list[Learner]:
        since_ms = 0 if audience.days is None else now_ms - audience.days * DAY_MS
        return [
            learner
            for learner in self._readable().learners.values()
            if not learner.is_blocked
            and learner.active_at_ms >= since_ms
            and audience.tier in {"", learner.tier_at(now_ms)}
        ]

    def _cards(self, learner_id: int, bank_id: str) -> list[Card]:
        cards = self._readable().cards.values()
        return [card for card in cards if (card.learner_id, card.bank_id) == (learner_id, bank_id)]


@dataclass(slots=True)
class _Tables:
    learners: dict[int, Learner] = field(default_factory=dict)
    cards: dict[tuple[int, str, str], Card] = field(default_factory=dict)
    attempts: dict[tuple[int, int, int], Attempt] = field(default_factory=dict)
    inbox: dict[int, InboxItem] = field(default_factory=dict)
    dead_letters: dict[int, DeadLetter] = field(default_factory=dict)
    files: dict[tuple[str, str, str], str] = field(default_factory=dict)
    heartbeat_ms: int | None = None
    invites: dict[str, Invite] = field(default_factory=dict)
    invite_uses: dict[tuple[str, int], InviteUse] = field(default_factory=dict)
    broadcasts: dict[int, Broadcast] = field(default_factory=dict)
    maintenance: Maintenance = field(default_factory=Maintenance)

    def copy(self) -> _Tables:
        return _Tables(
            self.learners.copy(),
            self.cards.copy(),
            self.attempts.copy(),
            self.inbox.copy(),
            self.dead_letters.copy(),
            self.files.copy(),
            self.heartbeat_ms,
            self.invites.copy(),
            self.invite_uses.copy(),
            self.broadcasts.copy(),
            self.maintenance,
        )

    def apply(self, row: Row) -> None:  # noqa: C901, PLR0912 - one case for each kind of row
        match row:
            case Learner():
                self.learners[row.id] = row
            case Card():
                self.cards[row.learner_id, row.bank_id, row.question_id] = row
            case Attempt():
                self.attempts.setdefault((row.learner_id, row.session, row.step), row)
            case InboxItem():
                former = self.inbox.get(row.update_id, row)
                self.inbox[row.update_id] = replace(former, tries=max(former.tries, row.tries))
            case InboxDone():
                self.inbox.pop(row.update_id, None)
            case DeadLetter():
                self.dead_letters[row.update_id] = row
            case Delivered():
                if row.learner_id in self.learners:
                    self.learners[row.learner_id] = self.learners[row.learner_id].delivered(row.owed_number)
            case StoredFile():
                self.files[row.scope, row.digest, row.kind] = row.file_id
            case ForgottenFile():
                self.files.pop((row.scope, row.digest, row.kind), None)
            case Heartbeat():
                self.heartbeat_ms = row.at_ms
            case Invite():
                self.invites[row.code] = row
            case InviteUse():
                self.invite_uses.setdefault((row.code, row.learner_id), row)
            case Broadcast():
                self.broadcasts[row.id] = row
            case Maintenance():
                self.maintenance = row
            case _:
                raise TypeError(f"{type(row).__name__} is no row of the store; add it to every adapter")

    def check_references(self) -> None:
        owned: Iterable[Card | Attempt] = chain(self.cards.values(), self.attempts.values())
        orphan = next((row for row in owned if row.learner_id not in self.learners), None)
        if orphan is not None:
            raise OrphanError(f"{type(orphan).__name__} of an unknown learner; write the learner too")


def _recipient(learner: Learner) -> Recipient:
    languages = tuple(filter(None, (*learner.languages, learner.client_language)))
    return Recipient(learner.id, learner.chat_id, languages)


def _forgetting(card: Card, now_ms: int) -> float:
    """Return elapsed time over stability; a card without stability was never learnt and comes first."""
    return (now_ms - card.reviewed_at_ms) / card.stability_days if card.stability_days else math.inf


def _streak(days: set[int], today: int) -> int:
    last = day = today if today in days else today - 1
    while day in days:
        day -= 1
    return last - day


def _weakest(attempts: Iterable[Attempt]) -> tuple[TopicStatistics, ...]:
    """Return the topics with the smallest share of right answers; of equals the most answered, then by id."""
    verdicts: dict[str, list[bool]] = {}
    for attempt in attempts:
        verdicts.setdefault(attempt.topic_id, []).append(attempt.is_right)
    topics = [TopicStatistics(topic, len(given), sum(given)) for topic, given in verdicts.items()]
    tried = [topic for topic in topics if topic.answered >= _FEWEST_ANSWERS]
    tried.sort(key=lambda topic: (topic.right / topic.answered, -topic.answered, topic.topic_id))
    return tuple(tried[:_MOST_TOPICS])
