"""The judge is judged: what is lost or doubled is found, and doing nothing is no success."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from e2e.records import Records, StoredLearner
from playing import Given, Player
from torture.verdict import Audit, Verdict, audit

FIRST, SECOND, THIRD = (Given(1, step, f"q{step}", is_right=True) for step in (1, 2, 3))


@dataclass
class _Person:
    id: int = 7


@dataclass
class _Ledger:
    ledger: list[Given]
    learner: _Person = field(default_factory=_Person)


@dataclass
class _Stored:
    rows: list[Given]
    counted: int

    def attempts(self, learner_id: int) -> list[Given]:
        return self.rows

    def learner(self, learner_id: int) -> StoredLearner:
        return StoredLearner({"answered": self.counted}, None, [], is_blocked=False)


def judged(given: list[Given], stored: list[Given], counted: int | None = None) -> Audit:
    """Return what the audit says of one learner."""
    records = _Stored(stored, len(stored) if counted is None else counted)
    return audit(cast("Records", records), [cast("Player", _Ledger(given))])


def test_what_is_stored_as_given_is_sound() -> None:
    """Two answers given, two stored."""
    assert judged([FIRST, SECOND], [FIRST, SECOND]) == (2, 0, 0, ())


def test_what_is_missing_is_lost() -> None:
    """An answer that was given and is not stored."""
    assert judged([FIRST, SECOND], [FIRST])[1:3] == (1, 0)


def test_what_nobody_gave_is_doubled() -> None:
    """An answer stored for a step that was never answered."""
    assert judged([FIRST, SECOND], [FIRST, SECOND, THIRD])[1:3] == (0, 1)


def test_an_answer_stored_otherwise_than_given_is_both() -> None:
    """Right became wrong."""
    assert judged([FIRST], [FIRST._replace(is_right=False)])[1:3] == (1, 1)


def test_a_learner_who_counts_wrong_is_complained_of() -> None:
    """The session's counter and the rows must agree."""
    assert judged([FIRST], [FIRST], counted=2).complaints != ()


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(0, 9),
        Verdict(9, 0),
        Verdict(9, 9, lost=1),
        Verdict(9, 9, doubled=1),
        Verdict(9, 9, unanswered=1),
        Verdict(9, 9, complaints=("x",)),
    ],
)
def test_anything_wrong_is_unsound(verdict: Verdict) -> None:
    """One loss is enough, and so is an experiment that did nothing."""
    assert not verdict.is_sound
    assert Verdict(9, 9).is_sound
