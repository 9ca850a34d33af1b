"""A learner as stored: who, how they want to learn, where they stand, what they are owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lplate.domain.session import (
    REMEMBERED_UPDATES,
    Address,
    CardMode,
    Owed,
    OwedKind,
    Phase,
    Poll,
    Session,
)
from lplate.domain.tiers import FREE, Membership
from lplate.domain.values import quick, replace

LANGUAGE_SEPARATOR: Final = "-"
NO_SESSION: Final = Session()
_UPDATES_KEPT: Final = slice(1 - REMEMBERED_UPDATES, None)
"""Of those so far, beside a new one."""


@quick
@dataclass(frozen=True, slots=True)
class Learner:
    """Hold all state of one learner but their cards.

    *language* is empty until chosen, else codes joined by a hyphen ("en", "de", "en-de"): the first is the
    bot's own language too. *topics* empty means all. *seen* is the bank adapter's map of answered questions,
    valid for the bank with digest *seen_bank*. *owed_number* grows with each reply; *owed* empties when
    Telegram has confirmed it. *updates* are the last applied update ids, newest last. *client_language* is
    what their Telegram app speaks (IETF tag, may be empty). *membership* is the tier they were given, if any;
    it may be over. *poll* asks the open question, where no card does.
    """

    id: int
    chat_id: int
    created_at_ms: int
    active_at_ms: int
    language: str = ""
    bank_id: str = ""
    topics: tuple[str, ...] = ()
    mode: CardMode = CardMode.EDIT
    is_fast: bool = False
    session: Session = NO_SESSION
    card: Address | None = None
    owed: tuple[Owed, ...] = ()
    owed_number: int = 0
    updates: tuple[int, ...] = ()
    seen: bytes = b""
    seen_bank: str = ""
    is_blocked: bool = False
    client_language: str = ""
    membership: Membership | None = None
    poll: Poll | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the chosen languages, first the main one; empty before the choice."""
        return tuple(self.language.split(LANGUAGE_SEPARATOR)) if self.language else ()

    @property
    def main_language(self) -> str:
        """Return the first of the chosen languages; empty before the choice."""
        return self.language.partition(LANGUAGE_SEPARATOR)[0]

    @property
    def is_owed_card(self) -> bool:
        """Return True if a card is on its way, or will be after the next start."""
        return any(item.is_card for item in self.owed)

    @property
    def wants_poll(self) -> bool:
        """Return True if a poll is to ask the open question, where it fits one; a card stays a card."""
        return self.card is None and self.session.phase is Phase.QUESTION and self.mode is CardMode.POLL

    def is_asked_by(self, poll_id: str) -> bool:
        """Return True if this poll asks the open question."""
        poll, session = self.poll, self.session
        if poll is None or poll.id != poll_id or session.phase is not Phase.QUESTION:
            return False
        return (poll.session, poll.step) == (session.number, session.step)

    def tier_at(self, now_ms: int) -> str:
        """Return the name of the learner's tier at a time."""
        membership = self.membership
        return FREE if membership is None or not membership.holds(now_ms) else membership.tier

    def after_press(self, update_id: int, at_ms: int, owed: tuple[Owed, ...]) -> Learner:
        """Return the learner with *update_id* noted as applied, active at *at_ms*, reachable, *owed* a reply.

        The reply, if it is not empty, is owed as owing() says.
        """
        number = self.owed_number + 1 if owed else self.owed_number
        return replace(
            self,
            active_at_ms=at_ms if at_ms > self.active_at_ms else self.active_at_ms,  # noqa: FURB136 - max() is dear
            owed=self._owed_with(owed, number) if owed else self.owed,
            owed_number=number,
            updates=self.updates[_UPDATES_KEPT] + (update_id,),
            is_blocked=False,
        )

    def owing(self, *owed: Owed) -> Learner:
        """Return the learner with a new reply owed, beside what is not yet confirmed and not superseded.

        An older closed card loses its buttons only: the session it would be drawn from has moved on.
        """
        number = self.owed_number + 1
        return replace(self, owed=self._owed_with(owed, number), owed_number=number)

    def _owed_with(self, owed: tuple[Owed, ...], number: int) -> tuple[Owed, ...]:
        if len(owed) == 1 and not self.owed:  # nearly always
            return (replace(owed[0], number=number),)
        fresh = [replace(item, number=number) for item in owed]
        kept = [_faded(old) for old in self.owed if not any(new.supersedes(old) for new in fresh)]
        return (*kept, *fresh)

    def delivered(self, number: int) -> Learner:
        """Return the learner with all replies up to *number* confirmed."""
        if number >= self.owed_number:  # nearly always: nothing was owed since
            return replace(self, owed=())
        return replace(self, owed=tuple(item for item in self.owed if item.number > number))


def _faded(owed: Owed) -> Owed:
    return replace(owed, kind=OwedKind.NO_BUTTONS) if owed.kind is OwedKind.CLOSED_CARD else owed
