"""Numbers that tell a learner the truth about their progress."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TopicStatistics:
    """Count the answers in one topic; *right* of *answered*."""

    topic_id: str
    answered: int
    right: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Sum up a learner's work in one bank.

    *seen* of *size* questions were answered at least once, *known* of them rest for three weeks or longer,
    *due* wait for review now, *mistakes* are not yet forgiven. Week counts cover seven days to now.
    *streak_days* counts days (UTC) in a row with an answer, up to today or yesterday. *weakest* lists up to
    three topics with at least three answers, worst first.
    """

    size: int
    seen: int
    known: int
    due: int
    mistakes: int
    answered: int
    right: int
    answered_today: int
    answered_week: int
    right_week: int
    streak_days: int
    weakest: tuple[TopicStatistics, ...] = ()
