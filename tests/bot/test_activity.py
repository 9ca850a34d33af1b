"""How many learners were active lately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lplate_bot.activity import SLOT_NS, SLOTS, Activity

MINUTE_NS = SLOT_NS


def test_each_learner_counts_once() -> None:
    """However often and whenever somebody presses, they are one."""
    activity = Activity()
    for minute in range(4):
        activity.note(1, minute * MINUTE_NS)
        activity.note(1, minute * MINUTE_NS + 1)
    activity.note(2, 4 * MINUTE_NS)
    assert activity.count(4 * MINUTE_NS) == 2


def test_learners_are_forgotten_after_their_time() -> None:
    """Who pressed within five minutes counts for certain, after six nobody does, be the bot idle or not."""
    activity = Activity()
    activity.note(1, 10 * MINUTE_NS + 7)
    assert activity.count(15 * MINUTE_NS + 6) == 1
    assert activity.count(16 * MINUTE_NS) == 0
    activity.note(1, 99 * MINUTE_NS)
    assert activity.count(99 * MINUTE_NS) == 1
    assert activity.count(10_000 * MINUTE_NS) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3 * MINUTE_NS))))
def test_count_is_that_of_a_list(presses: list[tuple[int, int]]) -> None:
    """The count is the number of learners whose last press was in the minutes that count."""
    activity, last, now_ns = Activity(), dict[int, int](), 0
    for learner_id, pause_ns in presses:
        now_ns += pause_ns
        activity.note(learner_id, now_ns)
        last[learner_id] = now_ns // MINUTE_NS
        assert activity.count(now_ns) == sum(now_ns // MINUTE_NS - then < SLOTS for then in last.values())
