"""When a learner should meet a question again: FSRS on cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fsrs import Rating

from lplate.domain.forgetting import Forgetting
from lplate.domain.values import quick

DESIRED_RETENTION: Final = 0.9
DAY_MS: Final = 86_400_000
RESOLVED_AFTER_DAYS: Final = 2
"""A mistake is forgiven after right answers on this many different days."""
_SLOW_FACTOR: Final = 4
_READING_MS_PER_CHARACTER: Final = 60
"""About 200 words a minute, a common figure for adults reading to understand."""
_THINKING_MS: Final = 10_000
_FORGETTING: Final = Forgetting(DESIRED_RETENTION)
_AGAIN, _HARD, _GOOD, _EASY = Rating  # before Python 3.12 a look into an enum's class is dear


@quick
@dataclass(frozen=True, slots=True)
class Card:
    """Remember what one learner knows of one question.

    *stability_days* and *difficulty* (1 to 10) are FSRS's; times are epoch milliseconds, UTC. *is_mistake*
    holds from a wrong answer until right ones on RESOLVED_AFTER_DAYS different days; *right_days* counts
    those days.
    """

    learner_id: int
    bank_id: str
    question_id: str
    stability_days: float
    difficulty: float
    due_at_ms: int
    reviewed_at_ms: int
    right_streak: int
    is_mistake: bool
    right_days: int


def infer_rating(*, is_right: bool, elapsed_ms: int | None, text_length: int, right_streak: int) -> Rating:
    """Infer how well a question was known from the answer and the time it took.

    Wrong is Again. Right is Good; Hard if it took over four times the time to read and think; Easy if it was
    quick and the last two answers were right too. *elapsed_ms* None means unknown (the bot was away
    meanwhile) and never lowers a rating. *text_length* is in characters, *right_streak* counts right
    answers in a row before this one.
    """
    if not is_right:
        return _AGAIN
    if elapsed_ms is None:
        return _GOOD
    expected_ms = _THINKING_MS + _READING_MS_PER_CHARACTER * text_length
    if elapsed_ms > _SLOW_FACTOR * expected_ms:
        return _HARD
    if elapsed_ms < expected_ms // 2 and right_streak >= 2:  # noqa: PLR2004 - as the docstring says
        return _EASY
    return _GOOD


def review(former: Card | None, fresh: Card, rating: Rating) -> Card:
    """Return the card after a review at ``fresh.reviewed_at_ms``.

    *fresh* names learner, question and time; *former* is the card until now, None for a first answer. A
    clock that went back counts as no time passed.
    """
    now_ms = fresh.reviewed_at_ms
    if former is not None and former.reviewed_at_ms > now_ms:
        now_ms = former.reviewed_at_ms
    stability, difficulty = _reviewed(former, now_ms, rating)
    is_right = rating is not _AGAIN
    right_days = _right_days(former, now_ms) if is_right else 0
    was_mistake = former is not None and former.is_mistake
    return Card(
        fresh.learner_id,
        fresh.bank_id,
        fresh.question_id,
        stability,
        difficulty,
        due_at_ms=now_ms + _FORGETTING.rest_days(stability) * DAY_MS,
        reviewed_at_ms=now_ms,
        right_streak=(former.right_streak if former else 0) + 1 if is_right else 0,
        is_mistake=not is_right or (was_mistake and right_days < RESOLVED_AFTER_DAYS),
        right_days=right_days,
    )


def _reviewed(former: Card | None, now_ms: int, rating: Rating) -> tuple[float, float]:
    if former is None:
        return _FORGETTING.first(rating)
    days = (now_ms - former.reviewed_at_ms) // DAY_MS
    return _FORGETTING.next(former.stability_days, former.difficulty, days, rating)


def new_card(learner_id: int, bank_id: str, question_id: str, now_ms: int) -> Card:
    """Return a card that was never reviewed, to be passed to review()."""
    return Card(learner_id, bank_id, question_id, 0.0, 0.0, now_ms, now_ms, 0, is_mistake=False, right_days=0)


def interval_days(card: Card) -> int:
    """Return for how many days the card rests, counted from its last review."""
    days = (card.due_at_ms - card.reviewed_at_ms + DAY_MS // 2) // DAY_MS
    return days if days > 0 else 0  # noqa: FURB136 - max() costs as much as making a value


def _right_days(former: Card | None, now_ms: int) -> int:
    if former is None or former.right_days == 0:
        return 1
    is_another_day = now_ms // DAY_MS != former.reviewed_at_ms // DAY_MS
    return former.right_days + is_another_day
