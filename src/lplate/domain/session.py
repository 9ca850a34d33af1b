"""What one learner is doing now: a value, replaced by each press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lplate.domain.values import Word, quick

RECENT_QUESTIONS: Final = 10
"""A question is not shown again before this many others, where the bank allows."""
REMEMBERED_UPDATES: Final = 16
"""The learner's row knows this many update ids: an id found there was applied already."""


class Phase(Word):
    """Say where a session stands."""

    IDLE = "idle"
    QUESTION = "question"
    FEEDBACK = "feedback"


class CardMode(Word):
    """Say where the next question appears: in the same message, each in its own, or as a quiz poll."""

    EDIT = "edit"
    SEPARATE = "separate"
    POLL = "poll"


@quick
@dataclass(frozen=True, slots=True)
class Address:
    """Point to a message of the bot; *is_photo* fixes what it can become: text turns to photo, not back."""

    chat_id: int
    message_id: int
    is_photo: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Poll:
    """Know the poll that asks a learner's question: which message it is, and which *session* and *step*."""

    id: str
    message_id: int
    session: int
    step: int


@quick
@dataclass(frozen=True, slots=True)
class Session:
    """Follow a run of practice; a press names *number* and *step* and is stale where they differ.

    *order* holds option indexes as shown. *chosen* has a bit per option in source order; *typed* keeps a
    typed answer. *answered* and *right* count this session. *recent* lists question ids, newest last.
    *due_in_days* is the pause until the answered question comes again.
    """

    number: int = 0
    step: int = 0
    phase: Phase = Phase.IDLE
    question_id: str = ""
    order: tuple[int, ...] = ()
    chosen: int = 0
    typed: str = ""
    was_right: bool = False
    due_in_days: int = 0
    asked_at_ms: int = 0
    answered: int = 0
    right: int = 0
    recent: tuple[str, ...] = ()


class OwedKind(Word):
    """Name what a learner is still to be shown."""

    CARD = "card"
    NEW_CARD = "new-card"
    CLOSED_CARD = "closed-card"
    NO_BUTTONS = "no-buttons"
    STOPPED_POLL = "stopped-poll"
    WELCOME = "welcome"
    CHOSEN = "chosen"
    STATISTICS = "statistics"
    NOTICE = "notice"


@quick
@dataclass(frozen=True, slots=True)
class Owed:
    """Owe one message; *address* where an existing one is to change, *notice* which words a NOTICE uses.

    *number* is that of the reply it belongs to.
    """

    kind: OwedKind
    address: Address | None = None
    notice: str = ""
    number: int = 0

    @property
    def is_card(self) -> bool:
        """Return True if this is the learner's card, in place or anew."""
        return self.kind in _CARDS

    def supersedes(self, older: Owed) -> bool:
        """Return True if showing this makes showing *older* pointless."""
        if self.is_card and older.is_card:
            return True
        if self.kind is OwedKind.CHOSEN and older.kind is OwedKind.WELCOME:
            return True  # what it asks is answered
        return (self.kind, self.address, self.notice) == (older.kind, older.address, older.notice)


_CARDS: Final = frozenset({OwedKind.CARD, OwedKind.NEW_CARD})
