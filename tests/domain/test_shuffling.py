from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lplate.domain.shuffling import mixed, shuffled


@given(st.integers(0, 12), st.integers(0, 2**64 - 1))
def test_shuffling_permutes(size: int, seed: int) -> None:
    """Every index comes exactly once."""
    assert sorted(shuffled(size, seed)) == list(range(size))


@given(st.integers(0, 2**64 - 1))
def test_shuffling_repeats_by_seed(seed: int) -> None:
    """The same seed gives the same order, so a restart shows the same card."""
    assert shuffled(5, seed) == shuffled(5, seed)


def test_each_place_is_about_equally_likely() -> None:
    """Over 6,000 seeds each of the six orders of three comes between 900 and 1,100 times."""
    counts = Counter(shuffled(3, mixed(seed)) for seed in range(6000))
    assert len(counts) == 6
    assert all(900 < count < 1100 for count in counts.values())


def test_each_part_of_a_seed_counts() -> None:
    """Changing any part, or their order, changes the seed."""
    seeds = {mixed(1, 2, 3), mixed(1, 2, 4), mixed(2, 1, 3), mixed(1, 2), mixed(0, 2, 3)}
    assert len(seeds) == 5
