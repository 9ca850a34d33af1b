"""Count a learner's work in one bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lplate.adapters.sqlite import statements as sql
from lplate.domain.scheduling import DAY_MS
from lplate.domain.statistics import Statistics, TopicStatistics

if TYPE_CHECKING:
    import apsw

KNOWN_AFTER_MS: Final = 21 * DAY_MS
WEEK_MS: Final = 7 * DAY_MS


def read_statistics(
    connection: apsw.Connection, learner_id: int, bank_id: str, size: int, now_ms: int
) -> Statistics:
    """Return the numbers of one learner, all as of one moment.

    The counting is SQLite's: rows brought to Python one by one would each wait for the interpreter's lock.
    """
    key = (learner_id, bank_id)
    today = now_ms // DAY_MS
    with _Snapshot(connection):
        cards: Any = connection.execute(sql.COUNT_CARDS, (*key, now_ms, KNOWN_AFTER_MS)).get
        attempts: Any = connection.execute(sql.COUNT_ATTEMPTS, (*key, now_ms - WEEK_MS, today)).get
        streak: Any = connection.execute(sql.COUNT_STREAK, (*key, today)).get
        weakest: list[Any] = connection.execute(sql.SELECT_WEAKEST, key).fetchall()
    seen, known, due, mistakes = cards
    answered, right, answered_today, answered_week, right_week = attempts
    return Statistics(
        size=size,
        seen=seen,
        known=known,
        due=due,
        mistakes=mistakes,
        answered=answered,
        right=right,
        answered_today=answered_today,
        answered_week=answered_week,
        right_week=right_week,
        streak_days=streak,
        weakest=tuple(TopicStatistics(*row) for row in weakest),
    )


class _Snapshot:
    """Let all statements within see the database as it is at the first."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute(sql.BEGIN_READING)

    def __exit__(self, *_: object) -> None:
        self._connection.execute(sql.COMMIT)
