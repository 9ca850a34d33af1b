"""A message to many learners: a value that knows whom it has reached and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate.domain.session import Address


class BroadcastState(StrEnum):
    """Say what becomes of a broadcast."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


class Delivery(StrEnum):
    """Say what became of one learner's copy; *unsure* ones may have arrived and are not sent again."""

    SENT = "sent"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Audience:
    """Name who gets it: those of *tier* (empty: of any) who were active in the last *days* (None: ever)."""

    tier: str = ""
    days: int | None = None


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Name one learner to write to, with the languages they read, the best first."""

    learner_id: int
    chat_id: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Follow one broadcast.

    *texts* are pairs of language and HTML; the first serves whoever speaks none of them. Learners are reached
    in order of their ids: all up to *after_id* had their turn. *in_flight* are those whose copy was begun and
    not yet heard of. *total* is how many were expected at the start. *panel* is the operator's message that
    shows the progress.
    """

    id: int
    texts: tuple[tuple[str, str], ...]
    created_at_ms: int
    audience: Audience = EVERYBODY
    state: BroadcastState = BroadcastState.DRAFT
    total: int = 0
    after_id: int = 0
    in_flight: tuple[int, ...] = ()
    sent: int = 0
    blocked: int = 0
    failed: int = 0
    unsure: int = 0
    panel: Address | None = None

    @property
    def is_open(self) -> bool:
        """Return True if more may be sent."""
        return self.state in {BroadcastState.RUNNING, BroadcastState.PAUSED}

    @property
    def reached(self) -> int:
        """Return how many had their turn, whatever came of it."""
        return self.sent + self.blocked + self.failed + self.unsure

    def text_for(self, languages: Iterable[str]) -> str:
        """Return the text in the first of *languages* (codes or IETF tags) there is one for."""
        texts = dict(self.texts)
        spoken = (tag[:2].lower() for tag in languages)
        return next((texts[language] for language in spoken if language in texts), self.texts[0][1])

    def beginning(self, learner_id: int) -> Broadcast:
        """Return it with a learner's copy begun: from now on they are never written to again."""
        return replace(self, after_id=learner_id, in_flight=(*self.in_flight, learner_id))

    def not_begun(self, learner_id: int, after_id: int) -> Broadcast:
        """Return it as if a learner's turn had not come, for one whose beginning could not be stored."""
        left = tuple(other for other in self.in_flight if other != learner_id)
        return replace(self, after_id=after_id, in_flight=left)

    def ending(self, learner_id: int, delivery: Delivery) -> Broadcast:
        """Return it with what became of a learner's copy."""
        left = tuple(other for other in self.in_flight if other != learner_id)
        count: dict[str, Any] = {delivery.value: getattr(self, delivery.value) + 1}
        return replace(self, in_flight=left, **count)

    def resumed(self) -> Broadcast:
        """Return it as a new process finds it: what was in flight may have arrived, or not."""
        return replace(self, in_flight=(), unsure=self.unsure + len(self.in_flight))
