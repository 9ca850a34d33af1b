"""What the use cases ask of the outside world; adapters answer, wiring chooses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lplate.domain.broadcast import Broadcast
from lplate.domain.invitation import Invite, InviteUse
from lplate.domain.learner import Learner
from lplate.domain.operation import Maintenance
from lplate.domain.scheduling import Card
from lplate.domain.values import quick

if TYPE_CHECKING:
    from lplate.domain.broadcast import Audience, Recipient
    from lplate.domain.operation import DayNumbers
    from lplate.domain.question import BankInfo, Question
    from lplate.domain.statistics import Statistics
    from lplate.metrics import StoreMetrics, StoreState

Accept = Callable[[str], bool]
"""Return True for a question id that may be picked."""


@quick
@dataclass(frozen=True, slots=True)
class Attempt:
    """Record one answer; (learner, session, step) identify it, so a replay changes nothing.

    *response* is the chosen mask in source order, or the typed text. *elapsed_ms* None means unknown.
    """

    learner_id: int
    session: int
    step: int
    update_id: int
    bank_id: str
    question_id: str
    question_rev: int
    topic_id: str
    response: str
    is_right: bool
    rating: int
    answered_at_ms: int
    elapsed_ms: int | None


@dataclass(frozen=True, slots=True)
class InboxItem:
    """Keep a cold update, *raw* JSON, until its handler is done; *tries* counts failures."""

    update_id: int
    lane: int
    raw: bytes
    received_at_ms: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class InboxDone:
    """Forget an inbox item."""

    update_id: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Put aside an update that cannot be handled; *error* says why, without secrets."""

    update_id: int
    raw: bytes
    error: str
    failed_at_ms: int


@quick
@dataclass(frozen=True, slots=True)
class Delivered:
    """Clear what a learner was owed, unless something newer is owed by now."""

    learner_id: int
    owed_number: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Remember Telegram's *file_id* for a picture; *scope* names bot id and API root."""

    scope: str
    digest: str
    kind: str
    file_id: str


@dataclass(frozen=True, slots=True)
class ForgottenFile:
    """Forget a file id that Telegram no longer accepts."""

    scope: str
    digest: str
    kind: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Note that the process lived at *at_ms*, so that downtime can be told later."""

    at_ms: int


Row = (
    Learner
    | Attempt
    | Card
    | InboxItem
    | InboxDone
    | DeadLetter
    | Delivered
    | StoredFile
    | ForgottenFile
    | Heartbeat
    | Invite
    | InviteUse
    | Broadcast
    | Maintenance
)
Change = tuple[Row, ...]
"""What one press writes: all of it or nothing."""


class Store(Protocol):
    """Keep what must survive.

    Reads see all committed groups. Every method but state() raises StoreError when the medium fails.
    """

    metrics: StoreMetrics

    def state(self) -> StoreState:
        """Return how the store is now, at once."""

    async def load(self, learner_id: int) -> Learner | None:
        """Return the learner as last committed, None if unknown."""

    async def card(self, learner_id: int, bank_id: str, question_id: str) -> Card | None:
        """Return what the learner knows of one question, None before the first answer."""

    async def due_mistake(self, learner_id: int, bank_id: str, now_ms: int, accept: Accept) -> str | None:
        """Return the acceptable mistake that fell due first, None if none is due."""

    async def least_recalled(self, learner_id: int, bank_id: str, now_ms: int, accept: Accept) -> str | None:
        """Return the acceptable question with the lowest retrievability now.

        With one decay for all cards that is the greatest elapsed time over stability; cards reviewed in the
        future (a clock went back) come last.
        """

    async def answered_questions(self, learner_id: int, bank_id: str) -> list[str]:
        """Return the ids of all questions answered at least once."""

    async def statistics(self, learner_id: int, bank_id: str, size: int, now_ms: int) -> Statistics:
        """Return the learner's numbers for a bank of *size* questions."""

    async def owing(self) -> list[int]:
        """Return the ids of all reachable learners who are still owed a reply."""

    async def inbox(self) -> list[InboxItem]:
        """Return the cold updates not handled yet, in order of receipt."""

    async def file_id(self, scope: str, digest: str, kind: str) -> str | None:
        """Return the remembered file id of a picture."""

    async def heartbeat_ms(self) -> int | None:
        """Return the last noted heartbeat, None before the first."""

    async def invite(self, code: str) -> Invite | None:
        """Return an invitation, None if there is none of that code."""

    async def invite_users(self, code: str) -> list[int]:
        """Return the ids of all learners who used an invitation."""

    async def invites(self) -> list[tuple[Invite, int]]:
        """Return all invitations with how often each was used, the oldest first."""

    async def broadcasts(self, most: int) -> list[Broadcast]:
        """Return the newest broadcasts, the newest first."""

    async def recipients(
        self, audience: Audience, after_id: int, most: int, now_ms: int
    ) -> Sequence[Recipient]:
        """Return reachable learners of *audience* with ids above *after_id*, in order of ids."""

    async def count_recipients(self, audience: Audience, now_ms: int) -> int:
        """Return how many reachable learners *audience* has."""

    async def maintenance(self) -> Maintenance:
        """Return whether the bot rests, as last set."""

    async def day_numbers(self, since_ms: int) -> DayNumbers:
        """Return all learners' numbers since a moment; takes long where learners are many."""

    async def write(self, group: Sequence[Change]) -> None:
        """Write a group in one transaction, durable on return; writing it again changes nothing.

        Raises:
            StoreError: if the medium fails; nothing of the group was written.
            Exception: if a change itself cannot be written; nothing of the group was written.
        """

    async def close(self) -> None:
        """Finish running writes and let go of the files."""


class Bank(Protocol):
    """Serve the questions of one bank: local, read-only, synchronous."""

    info: BankInfo

    def question(self, question_id: str) -> Question | None:
        """Return a question, None if the bank has none of that id."""

    def media(self, digest: str) -> bytes:
        """Return a picture's bytes; KeyError if unknown."""

    def in_topics(self, question_id: str, topics: Sequence[str]) -> bool:
        """Return True if the question belongs to one of *topics*; no topics mean all."""

    def unseen(self, seen: bytes, topics: Sequence[str], avoid: Sequence[str], seed: int) -> str | None:
        """Return one question of *topics* neither in the map *seen* nor in *avoid*, drawn by *seed*."""

    def has_seen(self, seen: bytes, question_id: str) -> bool:
        """Return False if by the map *seen* the question was never answered, True if it may have been."""

    def mark_seen(self, seen: bytes, question_ids: Sequence[str]) -> bytes:
        """Return *seen* (empty at first) with the questions added; ids the bank lacks are passed over."""
