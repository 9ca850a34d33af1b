"""What an experiment found: the learners' own ledgers held against the bot's database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from e2e.records import Records
    from playing import Player


@dataclass(frozen=True, slots=True)
class Verdict:
    """Count what was done and what came of it; *complaints* are promises broken in other ways.

    *acknowledged* counts answers (or updates) that the bot took, *lost* those of them that it does not have,
    *doubled* what it has and nobody gave, *unanswered* whoever waited in vain. *figures* are only told.
    """

    faults: int
    acknowledged: int
    lost: int = 0
    doubled: int = 0
    unanswered: int = 0
    complaints: tuple[str, ...] = ()
    figures: str = ""

    @property
    def is_sound(self) -> bool:
        """Return True if every promise was kept, and the experiment did something at all."""
        is_idle = not (self.faults and self.acknowledged)
        return not (is_idle or self.lost or self.doubled or self.unanswered or self.complaints)

    def __str__(self) -> str:
        counts = (
            f"faults={self.faults} acknowledged={self.acknowledged} lost={self.lost} "
            f"doubled={self.doubled} unanswered={self.unanswered}"
        )
        broken = f"{len(self.complaints)} complaints, first: {self.complaints[0]}" if self.complaints else ""
        return "; ".join(part for part in (counts, self.figures, broken) if part)


class Audit(NamedTuple):
    """Compare what was given with what is stored."""

    acknowledged: int
    lost: int
    doubled: int
    complaints: tuple[str, ...]


def audit(records: Records, players: Iterable[Player]) -> Audit:
    """Return how the database compares with what *players* noted themselves; the bot is at rest."""
    given: Counter[object] = Counter()
    stored: Counter[object] = Counter()
    complaints = list[str]()
    for player in players:
        who = player.learner.id
        given.update((who, answer) for answer in player.ledger)
        attempts = records.attempts(who)
        stored.update((who, answer) for answer in attempts)
        learner = records.learner(who)
        counted = learner.session["answered"] if learner is not None else 0
        if counted != len(attempts):
            complaints.append(f"learner {who} counts {counted} answers, {len(attempts)} are stored")
    return Audit(given.total(), (given - stored).total(), (stored - given).total(), tuple(complaints))
