from datetime import UTC, datetime

import pytest
from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from lplate.domain.scheduling import DAY_MS, Card, infer_rating, interval_days, new_card, review

NOON_MS = 1_767_268_800_000
ORACLE = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def reviewed(card: Card | None, rating: Rating, at_ms: int) -> Card:
    return review(card, new_card(1, "core", "q", at_ms), rating)


@given(
    st.lists(st.tuples(st.sampled_from(list(Rating)), st.integers(0, 400 * DAY_MS)), min_size=1, max_size=12)
)
def test_reviews_follow_the_fsrs_package(history: list[tuple[Rating, int]]) -> None:
    """Whatever the history, stability, difficulty and due date are those of the official implementation."""
    card, oracle, now_ms = None, FsrsCard(card_id=1), NOON_MS
    for rating, pause_ms in history:
        now_ms += pause_ms
        card = reviewed(card, rating, now_ms)
        oracle, _ = ORACLE.review_card(oracle, rating, datetime.fromtimestamp(now_ms / 1000, UTC))
        assert card.stability_days == oracle.stability
        assert card.difficulty == oracle.difficulty
        assert card.due_at_ms == round(oracle.due.timestamp() * 1000)


def test_a_clock_that_went_back_counts_as_no_time() -> None:
    """A review dated before the last one neither fails nor moves the card into the past."""
    first = reviewed(None, Rating.Good, NOON_MS)
    again = reviewed(first, Rating.Good, NOON_MS - 10 * DAY_MS)
    assert again.reviewed_at_ms == NOON_MS
    assert again.due_at_ms > NOON_MS


def test_a_mistake_is_forgiven_after_right_answers_on_two_days() -> None:
    """Two right answers on one day do not forgive a mistake, one more on the next day does."""
    card = reviewed(None, Rating.Again, NOON_MS)
    assert card.is_mistake
    card = reviewed(card, Rating.Good, NOON_MS + 1)
    card = reviewed(card, Rating.Good, NOON_MS + 2)
    assert card.is_mistake
    card = reviewed(card, Rating.Good, NOON_MS + DAY_MS)
    assert not card.is_mistake


def test_a_wrong_answer_starts_the_count_anew() -> None:
    """Being wrong between two right days keeps the mistake open and ends the streak."""
    card = reviewed(None, Rating.Again, NOON_MS)
    card = reviewed(card, Rating.Good, NOON_MS + DAY_MS)
    card = reviewed(card, Rating.Again, NOON_MS + 2 * DAY_MS)
    card = reviewed(card, Rating.Good, NOON_MS + 3 * DAY_MS)
    assert card.is_mistake
    assert card.right_streak == 1


def test_a_first_right_answer_rests_at_least_a_day() -> None:
    """No learning steps: the next meeting is days away, not minutes."""
    assert interval_days(reviewed(None, Rating.Good, NOON_MS)) >= 1


@pytest.mark.parametrize(
    ("is_right", "elapsed_ms", "streak", "rating"),
    [
        (False, 5_000, 9, Rating.Again),
        (False, None, 0, Rating.Again),
        (True, 15_000, 0, Rating.Good),
        (True, None, 9, Rating.Good),
        (True, 3_000, 1, Rating.Good),
        (True, 3_000, 2, Rating.Easy),
        (True, 600_000, 2, Rating.Hard),
    ],
)
def test_ratings_follow_answer_and_time(
    *, is_right: bool, elapsed_ms: int | None, streak: int, rating: Rating
) -> None:
    """Wrong is Again, slow is Hard, quick and practised is Easy, the rest Good; unknown time never lowers."""
    assert (
        infer_rating(is_right=is_right, elapsed_ms=elapsed_ms, text_length=200, right_streak=streak) is rating
    )
