"""Quantiles out of buckets agree with those of the sorted times."""

from hypothesis import given
from hypothesis import strategies as st

from lplate_bot.loadtest.stopwatch import Stopwatch

TIMES = st.lists(st.floats(2e-5, 60.0), min_size=1, max_size=200)


@given(TIMES, st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_quantiles_are_right_to_one_part_in_fifty(times: list[float], share: float) -> None:
    """A quantile is never below the true one, and above by a bucket's width at most."""
    stopwatch = Stopwatch()
    for each in times:
        stopwatch.add(each)
    true = sorted(times)[max(int(-(-share * len(times) // 1)), 1) - 1]
    assert true * 0.999 <= stopwatch.quantile_s(share) <= true * 1.0201


@given(TIMES, TIMES)
def test_merging_is_counting_both(some: list[float], others: list[float]) -> None:
    """Two stopwatches merged tell what one would that saw all."""
    one, first, second = Stopwatch(), Stopwatch(), Stopwatch()
    for each in some:
        one.add(each)
        first.add(each)
    for each in others:
        one.add(each)
        second.add(each)
    first.merge(second)
    assert (first.count, first.longest_s, first.bars()) == (one.count, one.longest_s, one.bars())
