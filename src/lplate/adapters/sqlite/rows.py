"""Turn domain values into bindings and rows back into values."""

from __future__ import annotations

import logging
import struct
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, get_type_hints

import msgspec

from lplate.domain.broadcast import Audience, Broadcast, BroadcastState
from lplate.domain.learner import NO_SESSION, Learner
from lplate.domain.scheduling import Card
from lplate.domain.session import Address, CardMode, Owed, Poll, Session
from lplate.domain.tiers import Membership
from lplate.domain.values import quick
from lplate_native.encoding import JsonPart, int64_bytes, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apsw import SQLiteValues

    from lplate.ports import Attempt, DeadLetter, InboxItem

_log = logging.getLogger(__name__)


@quick
@dataclass(frozen=True, slots=True)
class _State:
    """Name the learner's fields that no query asks for.

    Fields at their defaults are not written; what a newer version adds is passed over.
    """

    session: Session = NO_SESSION
    card: Address | None = None
    topics: tuple[str, ...] = ()
    mode: CardMode = CardMode.EDIT
    is_fast: bool = False
    client_language: str = ""
    poll: Poll | None = None


_encode: Final = msgspec.json.Encoder().encode
_state_text: Final = JsonPart(Learner, [field.name for field in fields(_State)]).text
_decode_state: Final = msgspec.json.Decoder(_State).decode
_decode_owed: Final = msgspec.json.Decoder(tuple[Owed, ...]).decode
_decode_texts: Final = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode
_decode_audience: Final = msgspec.json.Decoder(Audience).decode
_decode_ids: Final = msgspec.json.Decoder(tuple[int, ...]).decode
_decode_address: Final = msgspec.json.Decoder(Address).decode
_decode_any: Final = msgspec.json.Decoder().decode
_NOTHING_OWED: Final = "[]"


def learner_bindings(learner: Learner) -> SQLiteValues:
    """Return the learner as UPSERT_LEARNERS expects it."""
    membership = learner.membership
    return (
        learner.id,
        learner.chat_id,
        learner.created_at_ms,
        learner.active_at_ms,
        learner.language,
        learner.bank_id,
        learner.is_blocked,
        learner.owed_number,
        json_text(learner.owed),
        _state_text(learner),
        int64_bytes(learner.updates),
        learner.seen_bank,
        learner.seen,
        "" if membership is None else membership.tier,
        None if membership is None else membership.until_ms,
    )


def learner_from(row: Any) -> Learner:
    """Return the learner of a SELECT_LEARNER row."""
    state = _state(row[9])
    return Learner(
        id=row[0],
        chat_id=row[1],
        created_at_ms=row[2],
        active_at_ms=row[3],
        language=row[4],
        bank_id=row[5],
        topics=state.topics,
        mode=state.mode,
        is_fast=state.is_fast,
        session=state.session,
        card=state.card,
        owed=() if row[8] == _NOTHING_OWED else _owed(row[8]),
        owed_number=row[7],
        updates=struct.unpack(f"<{len(row[10]) // 8}q", row[10]),
        seen=row[12],
        seen_bank=row[11],
        is_blocked=bool(row[6]),
        client_language=state.client_language,
        membership=Membership(row[13], row[14]) if row[13] else None,
        poll=state.poll,
    )


def _state(text: str) -> _State:
    try:
        return _decode_state(text)
    except msgspec.ValidationError as error:
        _log.warning("state_of_newer_version error=%s parts of it are dropped", error)
        return _readable_state(_decode_any(text))


def _readable_state(parts: dict[str, Any]) -> _State:
    """Keep what is readable; a session that is not goes on idle under its number."""
    number, step = (parts.get("session", {}).get(name, 0) for name in ("number", "step"))
    readable: dict[str, Any] = {"session": Session(number=number, step=step)}
    for name, kind in get_type_hints(_State).items():
        with suppress(KeyError, msgspec.ValidationError):
            readable[name] = msgspec.convert(parts[name], kind)
    return _State(**readable)


def _owed(text: str) -> tuple[Owed, ...]:
    try:
        return _decode_owed(text)
    except msgspec.ValidationError as error:
        _log.warning("owed_by_newer_version error=%s parts of it are dropped", error)
        return tuple(_readable_owed(_decode_any(text)))


def _readable_owed(items: list[Any]) -> Iterator[Owed]:
    for item in items:
        with suppress(msgspec.ValidationError):
            yield msgspec.convert(item, Owed)


def card_bindings(card: Card) -> SQLiteValues:
    """Return the card as UPSERT_CARDS expects it."""
    return (
        card.learner_id,
        card.bank_id,
        card.question_id,
        card.stability_days,
        card.difficulty,
        card.due_at_ms,
        card.reviewed_at_ms,
        card.right_streak,
        card.is_mistake,
        card.right_days,
    )


def card_from(row: Any) -> Card:
    """Return the card of a SELECT_CARD row."""
    return Card(
        learner_id=row[0],
        bank_id=row[1],
        question_id=row[2],
        stability_days=row[3],
        difficulty=row[4],
        due_at_ms=row[5],
        reviewed_at_ms=row[6],
        right_streak=row[7],
        is_mistake=bool(row[8]),
        right_days=row[9],
    )


def attempt_bindings(attempt: Attempt) -> SQLiteValues:
    """Return the attempt as INSERT_ATTEMPTS expects it."""
    return (
        attempt.learner_id,
        attempt.session,
        attempt.step,
        attempt.update_id,
        attempt.bank_id,
        attempt.question_id,
        attempt.question_rev,
        attempt.topic_id,
        attempt.response,
        attempt.is_right,
        attempt.rating,
        attempt.answered_at_ms,
        attempt.elapsed_ms,
    )


def inbox_bindings(item: InboxItem) -> SQLiteValues:
    """Return the item as UPSERT_INBOX expects it."""
    return (item.update_id, item.lane, item.raw, item.received_at_ms, item.tries)


def dead_letter_bindings(letter: DeadLetter) -> SQLiteValues:
    """Return the letter as UPSERT_DEAD_LETTERS expects it."""
    return (letter.update_id, letter.raw, letter.error, letter.failed_at_ms)


def broadcast_bindings(broadcast: Broadcast) -> SQLiteValues:
    """Return the broadcast as UPSERT_BROADCASTS expects it."""
    return (
        broadcast.id,
        broadcast.state.value,
        _encode(broadcast.texts).decode(),
        _encode(broadcast.audience).decode(),
        broadcast.created_at_ms,
        broadcast.total,
        broadcast.after_id,
        _encode(broadcast.in_flight).decode(),
        broadcast.sent,
        broadcast.blocked,
        broadcast.failed,
        broadcast.unsure,
        None if broadcast.panel is None else _encode(broadcast.panel).decode(),
    )


def broadcast_from(row: Any) -> Broadcast:
    """Return the broadcast of a SELECT_BROADCASTS row."""
    return Broadcast(
        id=row[0],
        state=BroadcastState(row[1]),
        texts=_decode_texts(row[2]),
        audience=_decode_audience(row[3]),
        created_at_ms=row[4],
        total=row[5],
        after_id=row[6],
        in_flight=_decode_ids(row[7]),
        sent=row[8],
        blocked=row[9],
        failed=row[10],
        unsure=row[11],
        panel=None if row[12] is None else _decode_address(row[12]),
    )
