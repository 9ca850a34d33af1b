"""Rows to write: plain ones, to be changed where a test cares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from lplate.domain.learner import Learner
from lplate.domain.scheduling import DAY_MS, Card
from lplate.domain.session import Address, CardMode, Owed, OwedKind, Phase, Poll, Session
from lplate.domain.tiers import Membership
from lplate.ports import Attempt

NOW_MS: Final = 1_780_000_000_000
ANNA: Final = 4_001
BEN: Final = 4_002
BANK: Final = "core"

PLAIN: Final = Learner(id=ANNA, chat_id=ANNA, created_at_ms=NOW_MS, active_at_ms=NOW_MS)
FULL: Final = Learner(
    id=ANNA,
    chat_id=-100_200,
    created_at_ms=NOW_MS - DAY_MS,
    active_at_ms=NOW_MS,
    language="en-de",
    bank_id=BANK,
    topics=("signs", "speed"),
    mode=CardMode.SEPARATE,
    is_fast=True,
    session=Session(
        number=3,
        step=14,
        phase=Phase.FEEDBACK,
        question_id="signs-stop",
        order=(2, 0, 1),
        chosen=0b101,
        typed="50 km/h",
        was_right=True,
        due_in_days=9,
        asked_at_ms=NOW_MS - 4_000,
        answered=13,
        right=11,
        recent=("speed-tread", "signs-both"),
    ),
    card=Address(chat_id=-100_200, message_id=77, is_photo=True),
    owed=(
        Owed(OwedKind.CLOSED_CARD, Address(-100_200, 70), number=8),
        Owed(OwedKind.NOTICE, notice="not-yours", number=9),
    ),
    owed_number=9,
    updates=(12, 2**53 + 1, 900_000_001),
    seen=bytes(range(256)),
    seen_bank="9e107d9d372bb6826bd81d3542a419d6",
    is_blocked=True,
    client_language="de-AT",
    membership=Membership("school", NOW_MS + DAY_MS),
    poll=Poll("5301", 77, 3, 4),
)


def learner(learner_id: int = ANNA, **changes: Any) -> Learner:
    """Return a learner, plain but for *changes*."""
    return replace(PLAIN, id=learner_id, chat_id=learner_id, **changes)


def owing(number: int, learner_id: int = ANNA, **changes: Any) -> Learner:
    """Return a learner who is owed one card, reply *number*."""
    part = Owed(OwedKind.CARD, Address(learner_id, 7), number=number)
    return learner(learner_id, owed=(part,), owed_number=number, **changes)


def card(question_id: str, learner_id: int = ANNA, **changes: Any) -> Card:
    """Return a card reviewed right a day ago and due now, but for *changes*."""
    plain = Card(
        learner_id=learner_id,
        bank_id=BANK,
        question_id=question_id,
        stability_days=1.0,
        difficulty=5.0,
        due_at_ms=NOW_MS,
        reviewed_at_ms=NOW_MS - DAY_MS,
        right_streak=1,
        is_mistake=False,
        right_days=1,
    )
    return replace(plain, **changes)


def attempt(step: int, learner_id: int = ANNA, **changes: Any) -> Attempt:
    """Return a right answer given now at *step* of the first session, but for *changes*."""
    plain = Attempt(
        learner_id=learner_id,
        session=1,
        step=step,
        update_id=1_000_000 * learner_id + step,
        bank_id=BANK,
        question_id="signs-stop",
        question_rev=1,
        topic_id="signs",
        response="5",
        is_right=True,
        rating=3,
        answered_at_ms=NOW_MS,
        elapsed_ms=4_000,
    )
    return replace(plain, **changes)
