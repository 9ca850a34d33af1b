"""What an operator sees and sets: the numbers of a day, the way a learner goes, and whether the bot rests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """Count learners, and what happened since the day began."""

    learners: int
    active: int
    new: int
    blocked: int
    answers: int
    right: int

    @property
    def right_percent(self) -> int:
        """Return the share of right answers, 0 before the first."""
        return round(100 * self.right / self.answers) if self.answers else 0


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Have presses answered with a notice, not applied, while *is_on*; *notice* empty: the usual words."""

    is_on: bool = False
    notice: str = ""
    since_ms: int = 0
