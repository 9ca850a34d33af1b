from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lplate.domain.learner import Learner
from lplate.domain.session import Address
from lplate.domain.values import replace
from lplate.trainer.library import Library
from lplate_bot.calls import Caller
from lplate_bot.egress import ApiResponse, Kind, Outcome
from lplate_bot.render.message import Message, Picture
from lplate_bot.reply import Reply

TEXT = Address(1, 10)
PLAIN = Message.of("words")
WITH_PICTURE = replace(PLAIN, picture=Picture("d", "image/png"))


def outcome(kind: Kind, result: Any = None) -> Outcome:
    raw = msgspec.Raw(msgspec.json.encode(result) if result is not None else b"")
    return Outcome(kind, "", ApiResponse(200, ok=kind is Kind.OK, result=raw))


class Ended:
    """Note the replies that ended."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def reply(self, number: int = 3) -> Reply:
        caller = Caller(Library([]))
        return Reply(Learner(1, 1, 0, 0), number, caller, self.replies.append)


def test_a_reply_ends_once_with_its_last_call() -> None:
    """Two calls are two ends."""
    ended = Ended()
    reply = ended.reply()
    reply.pending = 2
    reply.on_other(outcome(Kind.OK))
    assert ended.replies == []
    reply.on_other(outcome(Kind.OK))
    assert ended.replies == [reply]
    assert not reply.is_eventful


def test_a_sent_card_is_known_by_its_result() -> None:
    """Id and kind come from Telegram."""
    reply = Ended().reply()
    reply.on_card_sent(PLAIN, outcome(Kind.OK, {"message_id": 5, "photo": [{"file_id": "f"}]}))
    assert reply.card == Address(1, 5, is_photo=True)
    assert reply.is_eventful


@pytest.mark.parametrize("kind", [Kind.OK, Kind.NOT_MODIFIED])
def test_text_that_became_a_photo_is_noted(kind: Kind) -> None:
    """The card's kind changes once Telegram has the picture."""
    reply = Ended().reply()
    reply.on_card_edited(TEXT, WITH_PICTURE, outcome(kind))
    assert reply.card == Address(1, 10, is_photo=True)


def test_an_edit_that_changes_no_kind_is_no_event() -> None:
    """Nothing has to be stored but that less is owed."""
    reply = Ended().reply()
    reply.on_card_edited(TEXT, PLAIN, outcome(Kind.OK))
    assert (reply.card, reply.is_eventful) == (None, False)


@pytest.mark.parametrize("kind", [Kind.MESSAGE_GONE, Kind.HAS_NO_CAPTION, Kind.CANNOT_BECOME_TEXT])
def test_a_card_that_cannot_be_edited_is_gone(kind: Kind) -> None:
    """Deleted, or of another kind than was thought: the same remedy."""
    reply = Ended().reply()
    reply.on_card_edited(TEXT, PLAIN, outcome(kind))
    assert reply.gone == (10,)


def test_blocked_is_noted_from_any_call() -> None:
    """A notice can find it out as well as a card."""
    reply = Ended().reply()
    reply.on_other(outcome(Kind.BLOCKED))
    assert reply.is_blocked


@pytest.mark.parametrize(("message", "is_bad"), [(WITH_PICTURE, True), (PLAIN, False)])
def test_a_refused_card_with_a_picture_blames_the_picture(message: Message, *, is_bad: bool) -> None:
    """Without one there is nothing left to try."""
    reply = Ended().reply()
    reply.on_card_sent(message, outcome(Kind.REJECTED))
    assert reply.has_bad_picture is is_bad


@pytest.mark.parametrize("kind", [Kind.RETRY, Kind.FLOOD, Kind.UNAUTHORIZED])
def test_what_telegram_did_not_take_confirms_nothing(kind: Kind) -> None:
    """Number 0 clears no debt."""
    reply = Ended().reply(number=3)
    reply.on_other(outcome(kind))
    assert reply.number == 0


@pytest.mark.parametrize(
    "kind", [Kind.OK, Kind.NOT_MODIFIED, Kind.REJECTED, Kind.MESSAGE_GONE, Kind.MIGRATED]
)
def test_what_telegram_will_never_take_confirms_too(kind: Kind) -> None:
    """A message that is refused for ever must not be repeated for ever."""
    reply = Ended().reply(number=3)
    reply.on_other(outcome(kind))
    assert reply.number == 3
