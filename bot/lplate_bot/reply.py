"""One reply under way: what is still to come back, and what came."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain.session import Address, Phase
from lplate.domain.values import replace
from lplate_bot.egress import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.calls import Caller
    from lplate_bot.egress import Outcome
    from lplate_bot.render.message import Message
    from lplate_bot.traffic import Received

_log = logging.getLogger(__name__)

_GONE: Final = frozenset({Kind.MESSAGE_GONE, Kind.HAS_NO_CAPTION, Kind.CANNOT_BECOME_TEXT})
_UNSURE: Final = frozenset({Kind.RETRY, Kind.FLOOD, Kind.UNAUTHORIZED})
"""Telegram has not taken the call, but may another time."""


Place = tuple[int, int, Phase]


class _Photo(msgspec.Struct):
    file_id: str


class _SentMessage(msgspec.Struct):
    message_id: int
    photo: list[_Photo] | None = None


_SENT: Final = msgspec.json.Decoder(_SentMessage)


@dataclass(slots=True)
class Reply:
    """Follow one reply until all its calls have ended, then tell *on_end*.

    *number* is the learner's owed number, 0 for what is shown without being owed. *place* is session, step
    and phase when it was drawn. *card* is where a card came to stand, *gone* lists cards that are no more,
    *has_bad_picture* tells that Telegram refused a card because of, so it seems, its picture. *received* is
    the update it answers, where one is timed.
    """

    learner_id: int
    chat_id: int
    number: int
    place: Place
    caller: Caller
    on_end: Callable[[Reply], None]
    card: Address | None = None
    gone: list[int] = field(default_factory=list)
    is_blocked: bool = False
    has_bad_picture: bool = False
    received: Received | None = None
    _pending: int = 1

    def expect(self) -> None:
        """Expect one more outcome."""
        self._pending += 1

    def end(self) -> None:
        """Count one outcome less to come; the maker of the reply ends it once too."""
        self._pending -= 1
        if not self._pending:
            self.on_end(self)

    @property
    def is_eventful(self) -> bool:
        """Return True if the learner has to change, beyond a reply less being owed."""
        return bool(self.card or self.gone or self.is_blocked or self.has_bad_picture)

    def on_card_sent(self, message: Message, outcome: Outcome) -> None:
        """Take the outcome of a new card."""
        if outcome.kind is Kind.OK and outcome.result is not None:
            sent = _SENT.decode(outcome.result)
            self.card = Address(self.chat_id, sent.message_id, is_photo=bool(sent.photo))
            self.caller.note_shown(self.card, message)
        self._note_refusal(message, outcome)
        self.on_other(outcome)

    def on_card_edited(self, address: Address, message: Message, outcome: Outcome) -> None:
        """Take the outcome of a card's edit."""
        if outcome.is_superseded:  # a newer edit of the same card went out instead and reports for itself
            self.end()
            return
        if outcome.kind in {Kind.OK, Kind.NOT_MODIFIED}:
            if message.has_picture_within and not address.is_photo:
                self.card = address = replace(address, is_photo=True)
            self.caller.note_shown(address, message)
        elif outcome.kind in _GONE:
            self.gone.append(address.message_id)
        self._note_refusal(message, outcome)
        self.on_other(outcome)

    def on_other(self, outcome: Outcome) -> None:
        """Take the outcome of any other call."""
        if outcome.kind is Kind.BLOCKED:
            self.is_blocked = True
        elif outcome.kind is Kind.REJECTED:
            _log.error("call_rejected description=%s", outcome.description)
        elif outcome.kind in _UNSURE:
            self.number = 0  # it stays owed until the next start
        self.end()

    def _note_refusal(self, message: Message, outcome: Outcome) -> None:
        if outcome.kind is Kind.REJECTED and message.has_picture_within:
            self.has_bad_picture = True
