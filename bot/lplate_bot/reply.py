"""One reply under way: what is still to come back, and what came."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain.session import Address, Poll
from lplate.domain.values import replace
from lplate_bot.egress import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.domain.learner import Learner
    from lplate_bot.calls import Caller
    from lplate_bot.egress import Outcome
    from lplate_bot.render.message import Message
    from lplate_bot.render.poll import PollMessage
    from lplate_bot.traffic import Received

_log = logging.getLogger(__name__)

_GONE: Final = frozenset({Kind.MESSAGE_GONE, Kind.HAS_NO_CAPTION, Kind.CANNOT_BECOME_TEXT})
_UNSURE: Final = frozenset({Kind.RETRY, Kind.FLOOD, Kind.UNAUTHORIZED})
"""Telegram has not taken the call, but may another time."""


class _Photo(msgspec.Struct):
    file_id: str


class _SentPoll(msgspec.Struct):
    id: str


class _SentMessage(msgspec.Struct):
    message_id: int
    photo: list[_Photo] | None = None
    poll: _SentPoll | None = None


_SENT: Final = msgspec.json.Decoder(_SentMessage)


class Reply(msgspec.Struct, eq=False):
    """Follow one reply until all its calls have ended, then tell *on_end*.

    A Struct, not a dataclass, because one is made for every press. *learner* is as they were when it was
    drawn. *number* is their owed number, 0 for what is shown without being owed. *card* is where a card came
    to stand, *poll* is the poll that asks, *gone* lists cards that are no more, *has_bad_picture* tells that
    Telegram refused a card because of, so it seems, its picture; any of them, or a blocked bot, makes it
    *is_eventful*: the learner has to change, beyond a reply less being owed. *received* is the update it
    answers, where one is timed. *by_poll* tells that a poll goes out with it. *pending* counts the outcomes
    to come; none comes before its maker has set all calls going.
    """

    learner: Learner
    number: int
    caller: Caller
    on_end: Callable[[Reply], None]
    received: Received | None = None
    card: Address | None = None
    poll: Poll | None = None
    gone: tuple[int, ...] = ()
    is_blocked: bool = False
    has_bad_picture: bool = False
    by_poll: bool = False
    is_eventful: bool = False
    pending: int = 0

    def end(self) -> None:
        """Count one outcome less to come."""
        self.pending -= 1
        if not self.pending:
            self.on_end(self)

    def on_card_sent(self, message: Message, outcome: Outcome) -> None:
        """Take the outcome of a new card."""
        if outcome.kind is Kind.OK and outcome.result is not None:
            sent = _SENT.decode(outcome.result)
            self.card = Address(self.learner.chat_id, sent.message_id, is_photo=bool(sent.photo))
            self.is_eventful = True
            self.caller.note_shown(self.card, message)
        self._note_refusal(message, outcome)
        self.on_other(outcome)

    def on_poll_sent(self, message: PollMessage, outcome: Outcome) -> None:
        """Take the outcome of a poll."""
        if outcome.kind is Kind.OK and outcome.result is not None:
            sent = _SENT.decode(outcome.result)
            session = self.learner.session
            if sent.poll is not None:
                self.poll = Poll(sent.poll.id, sent.message_id, session.number, session.step)
                self.is_eventful = True
        self._note_refusal(message, outcome)
        self.on_other(outcome)

    def on_card_edited(self, address: Address, message: Message, outcome: Outcome) -> None:
        """Take the outcome of a card's edit."""
        if outcome.is_superseded:  # a newer edit of the same card went out instead and reports for itself
            self.end()
            return
        kind = outcome.kind
        if kind is Kind.OK or kind is Kind.NOT_MODIFIED:
            if message.picture is not None and not address.is_photo:
                self.card = address = replace(address, is_photo=True)
                self.is_eventful = True
            self.caller.note_shown(address, message)
            self.end()
            return
        if kind in _GONE:
            self.gone += (address.message_id,)
            self.is_eventful = True
        self._note_refusal(message, outcome)
        self.on_other(outcome)

    def on_other(self, outcome: Outcome) -> None:
        """Take the outcome of any other call."""
        if outcome.kind is Kind.BLOCKED:
            self.is_blocked = self.is_eventful = True
        elif outcome.kind is Kind.REJECTED:
            _log.error("call_rejected description=%s", outcome.description)
        elif outcome.kind in _UNSURE:
            self.number = 0  # it stays owed until the next start
        self.end()

    def _note_refusal(self, message: Message | PollMessage, outcome: Outcome) -> None:
        if outcome.kind is Kind.REJECTED and message.has_picture_within:
            self.has_bad_picture = self.is_eventful = True
