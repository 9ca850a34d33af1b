"""What only operators ask for: read on a thread, as it may look at all learners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lplate.adapters.sqlite import statements as sql
from lplate.domain.broadcast import Recipient
from lplate.domain.learner import LANGUAGE_SEPARATOR
from lplate.domain.operation import DayNumbers
from lplate.domain.scheduling import DAY_MS
from lplate.domain.tiers import FREE

if TYPE_CHECKING:
    import apsw

    from lplate.domain.broadcast import Audience

_BEFORE_ALL: Final = -(2**63)


def read_recipients(
    connection: apsw.Connection, audience: Audience, after_id: int, most: int, now_ms: int
) -> list[Recipient]:
    """Return the next learners of *audience*."""
    rows = connection.execute(sql.SELECT_RECIPIENTS, (*_audience(audience, after_id, now_ms), most))
    return [_recipient(row) for row in rows.fetchall()]


def count_recipients(connection: apsw.Connection, audience: Audience, now_ms: int) -> int:
    """Return how many *audience* has."""
    found: Any = connection.execute(sql.COUNT_RECIPIENTS, _audience(audience, _BEFORE_ALL, now_ms)).get
    return int(found)


def read_day_numbers(connection: apsw.Connection, since_ms: int) -> DayNumbers:
    """Return the numbers of all learners since a moment."""
    learners: Any = connection.execute(sql.COUNT_LEARNERS, (since_ms,)).get
    answers: Any = connection.execute(sql.COUNT_ANSWERS_SINCE, (since_ms,)).get
    return DayNumbers(*learners, *answers)


def _audience(audience: Audience, after_id: int, now_ms: int) -> tuple[int, int, str, int, str]:
    active_since_ms = 0 if audience.days is None else now_ms - audience.days * DAY_MS
    return after_id, active_since_ms, audience.tier, now_ms, FREE


def _recipient(row: Any) -> Recipient:
    learner_id, chat_id, language, client_language = row
    languages = (*language.split(LANGUAGE_SEPARATOR), client_language)
    return Recipient(learner_id, chat_id, tuple(filter(None, languages)))
