"""TokenBuckets against exact arithmetic."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lplate_native import TokenBuckets
from models import INT64_MAX, INT64_MIN, LOOKALIKES, BucketModel, colliding_keys

SECOND = 10**9
MINUTE = 60 * SECOND
LATEST = 2**62

# Rates and costs whose times are whole ns, so that the exact twin and the container must agree.
CLASSES = [(Fraction(1, 5), Fraction(15)), (Fraction(2), Fraction(3)), (Fraction(4), Fraction(1, 2))]
COSTS = [Fraction(0), Fraction(1, 4), Fraction(1), Fraction(2), Fraction(3), Fraction(15), Fraction(16)]
KEYS = [*colliding_keys(12), *LOOKALIKES, INT64_MIN, -1, 0, INT64_MAX]


def buckets_of(classes: list[tuple[Fraction, Fraction]]) -> TokenBuckets:
    """Return buckets with the rates of *classes*."""
    pairs = [(float(rate), float(burst)) for rate, burst in classes]
    return TokenBuckets(*pairs[0], pairs[1:])


class BucketMachine(RuleBasedStateMachine):
    """Through all takes, jumps of the clock and restarts the buckets decide as exact arithmetic does."""

    @initialize(now_ns=st.sampled_from([0, 1, 1_700_000_000 * SECOND, LATEST - 10_000 * SECOND]))
    def start(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.buckets = buckets_of(CLASSES)
        self.model = BucketModel(CLASSES)

    @rule(step_ns=st.one_of(st.integers(0, 3 * SECOND), st.just(100 * SECOND)))
    def wait(self, step_ns: int) -> None:
        self.now_ns += step_ns

    @rule(key=st.sampled_from(KEYS), cost=st.sampled_from(COSTS), class_id=st.integers(0, 2))
    def allow(self, key: int, cost: Fraction, class_id: int) -> None:
        expected = self.model.allow(key, self.now_ns, cost, class_id)
        assert self.buckets.allow(key, self.now_ns, float(cost), class_id) == expected

    @rule(key=st.sampled_from(KEYS), cost=st.sampled_from(COSTS), class_id=st.integers(0, 2))
    def ask(self, key: int, cost: Fraction, class_id: int) -> None:
        wait_s = self.buckets.retry_after(key, self.now_ns, float(cost), class_id)
        if cost > CLASSES[class_id][1]:
            assert wait_s == math.inf
        else:
            assert wait_s == pytest.approx(
                float(self.model.wait_ns(key, self.now_ns, cost, class_id)) / SECOND
            )
        tokens = self.model.tokens(key, self.now_ns, class_id)
        assert self.buckets.peek(key, self.now_ns, class_id) == pytest.approx(float(tokens))

    @rule(key=st.sampled_from(KEYS))
    def reset(self, key: int) -> None:
        self.buckets.reset(key)
        self.model.full_at.pop(key, None)

    @rule()
    def clear(self) -> None:
        self.buckets.clear()
        self.model.full_at.clear()
        assert len(self.buckets) == 0

    @rule(limit=st.integers(1, 50))
    def sweep(self, limit: int) -> None:
        before = len(self.buckets)
        assert self.buckets.sweep(self.now_ns, limit) == before - len(self.buckets)

    @rule(jump_ns=st.integers(-20 * SECOND, 20 * SECOND))
    def restart(self, jump_ns: int) -> None:
        data = self.buckets.dump(self.now_ns)
        self.buckets = buckets_of(CLASSES)
        self.model.forget_full(self.now_ns)
        debts = {key: self.model.debt(key, self.now_ns) for key in self.model.full_at}
        self.now_ns = max(self.now_ns + jump_ns, 0)
        self.model.full_at = {key: self.now_ns + debt for key, debt in debts.items()}
        assert self.buckets.load(data, self.now_ns) == len(debts) == len(self.buckets)

    @rule(jump_ns=st.integers(1, 200 * SECOND))
    def set_clock_back(self, jump_ns: int) -> None:
        self.buckets.sweep(self.now_ns, 1000)
        self.model.forget_full(self.now_ns)
        self.now_ns = max(self.now_ns - jump_ns, 0)

    @invariant()
    def remembers_all_debts(self) -> None:
        owing = sum(at > self.now_ns for at in self.model.full_at.values())
        assert owing <= len(self.buckets) <= len(KEYS)


TestBucketMachine = BucketMachine.TestCase
TestBucketMachine.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)


@given(
    rate=st.floats(1e-6, 1e6),
    burst=st.floats(0.01, 1000),
    costs=st.lists(st.floats(0, 20), min_size=1, max_size=20),
)
@example(rate=1e-06, burst=16.78983803614048, costs=[1.5, 7.5, 16.5, 9.677658149905886])  # over 2**53 ns
@settings(max_examples=200, deadline=None)
def test_retry_after_is_exact(rate: float, burst: float, costs: list[float]) -> None:
    """Waiting for retry_after(), rounded up to whole ns, is enough; 2 ns less is not."""
    buckets = TokenBuckets(rate, burst)
    now = 5 * SECOND
    for cost in costs:
        wait_s = buckets.retry_after(1, now, cost)
        if wait_s == math.inf:
            assert cost > burst
            continue
        wait_ns = math.ceil(wait_s * SECOND)
        if wait_ns > 2 and wait_s < 10_000:
            assert not buckets.allow(1, now + wait_ns - 2, cost)
        now += wait_ns
        assert buckets.allow(1, now, cost)


@given(st.floats(1e-5, 1e6), st.integers(1, 100))
@settings(max_examples=200, deadline=None)
def test_a_burst_is_whole(rate: float, burst: int) -> None:
    """A full bucket gives its whole burst at once, at any rate, and not one token more."""
    buckets = TokenBuckets(rate, burst)
    allowed = [buckets.allow(7, 0) for _ in range(burst + 1)]
    assert allowed == [True] * burst + [False]


def test_refusal_takes_nothing() -> None:
    """Asking in vain costs nothing: the next token comes as soon as without asking."""
    buckets = TokenBuckets(1, 1)
    assert buckets.allow(1, 0)
    assert not any(buckets.allow(1, now) for now in range(0, SECOND, SECOND // 100))
    assert buckets.allow(1, SECOND)


def test_a_steady_learner_is_never_refused() -> None:
    """An answer every 1.5 s at a quarter token is allowed for ever at ten tokens a minute."""
    buckets = TokenBuckets(10 / 60, 15)
    assert all(buckets.allow(1, step * 3 * SECOND // 2, 0.25) for step in range(5000))


def test_a_clock_set_back_locks_nobody_out() -> None:
    """After the clock jumped back by a year a learner waits for a token, as if his bucket were empty."""
    buckets = TokenBuckets(10 / 60, 15)
    earlier, later = MINUTE, 365 * 24 * 60 * MINUTE
    assert buckets.allow(1, later)
    assert buckets.retry_after(1, earlier) == pytest.approx(6)
    assert not buckets.allow(1, earlier + 5 * SECOND)
    assert buckets.allow(1, earlier + 6 * SECOND)


def test_full_buckets_are_forgotten() -> None:
    """Memory follows those who owe: 200,000 learners at 1,000 a second leave few buckets."""
    buckets = TokenBuckets(1, 15)
    for learner in range(200_000):
        buckets.allow(learner, learner * SECOND // 1000)
    assert 1000 <= len(buckets) < 6000
    assert buckets.sweep(300 * SECOND, 10**6) > 0
    assert len(buckets) == 0


def test_sweep_comes_round() -> None:
    """Small sweeps together forget all that one great sweep does, each looking at few."""
    buckets = TokenBuckets(1, 15)
    for learner in range(5000):
        buckets.allow(learner, 0)
    dropped = [buckets.sweep(MINUTE, 20) for _ in range(256)]
    assert sum(dropped) == 5000
    assert max(dropped) < 100


def test_many_learners_are_kept_apart() -> None:
    """Through all growth each of 50,000 learners keeps a bucket of his own."""
    buckets = TokenBuckets(1, 2)
    learners = [learner * 7919 for learner in range(50_000)]
    assert all(buckets.allow(learner, 0, 2) for learner in learners)
    assert len(buckets) == 50_000
    assert not any(buckets.allow(learner, 0) for learner in learners)
    for learner in learners[::2]:
        buckets.reset(learner)
    assert sum(buckets.allow(learner, 0) for learner in learners) == 25_000


def test_load_keeps_the_greater_debt() -> None:
    """Loading never forgives: of two debts of a key the greater stays."""
    saved, running = TokenBuckets(1, 10), TokenBuckets(1, 10)
    saved.allow(1, 0, 5)
    saved.allow(2, 0, 5)
    running.allow(1, 0, 2)
    running.allow(2, 0, 8)
    assert running.load(saved.dump(0), 0) == 2
    assert [running.peek(key, 0) for key in (1, 2)] == [5, 2]


def test_dump_has_the_documented_format() -> None:
    """A dump is 8 bytes and then pairs of key and debt, little-endian."""
    buckets = TokenBuckets(1, 10)
    buckets.allow(-5, SECOND, 2)
    assert buckets.dump(SECOND) == b"LPTB\0\0\0\x01" + (2**64 - 5).to_bytes(8, "little") + (
        2 * SECOND
    ).to_bytes(8, "little")


PAIR = bytes(8) + SECOND.to_bytes(8, "little")
HEADER = b"LPTB\0\0\0\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEADER[:7],
        b"LPTB\0\0\0\x02" + PAIR,
        HEADER + PAIR[:-1],
        HEADER + PAIR + PAIR[:8],
        HEADER + PAIR + bytes(16),
        HEADER + PAIR + b"\xff" * 16,
        HEADER + PAIR + bytes(15) + b"\x7f",
    ],
)
def test_foreign_dumps_are_refused(data: bytes) -> None:
    """A dump that is cut, of another version or impossible raises ValueError, and loads nothing."""
    buckets = TokenBuckets(1, 10)
    with pytest.raises(ValueError, match="dump"):
        buckets.load(data, 0)
    assert len(buckets) == 0


@pytest.mark.parametrize(
    ("rate", "burst"),
    [
        (0, 1),
        (-1, 1),
        (1, 0),
        (1, -1),
        (math.nan, 1),
        (1, math.nan),
        (math.inf, 1),
        (1, math.inf),
        (2e6, 1),
        (1e-9, 2),
    ],
)
def test_bad_rates_are_refused(rate: float, burst: float) -> None:
    """A rate or burst that is not positive, finite and in range raises ValueError, in classes too."""
    with pytest.raises(ValueError, match=r"rate_per_s|burst"):
        TokenBuckets(rate, burst)
    with pytest.raises(ValueError, match=r"rate_per_s|burst"):
        TokenBuckets(1, 1, [(rate, burst)])


@pytest.mark.parametrize("cost", [-1, -1e-9, math.nan, math.inf, -math.inf])
def test_bad_costs_are_refused(cost: float) -> None:
    """A cost that is negative or not finite raises ValueError and takes nothing."""
    buckets = TokenBuckets(1, 1)
    for operation in (buckets.allow, buckets.retry_after):
        with pytest.raises(ValueError, match="cost"):
            operation(1, 0, cost)
    assert len(buckets) == 0


@pytest.mark.parametrize(("key", "now"), [(True, 0), (1.0, 0), ("1", 0), (1, 1.0), (1, None), (1, True)])
def test_keys_and_times_are_ints(key: Any, now: Any) -> None:
    """A key or time that is no int raises TypeError."""
    buckets = TokenBuckets(1, 1)
    for operation in (buckets.allow, buckets.retry_after, buckets.peek):
        with pytest.raises(TypeError):
            operation(key, now)


@pytest.mark.parametrize("now", [-1, LATEST + 1])
def test_times_are_in_range(now: int) -> None:
    """A time before 0 or after 2**62 raises ValueError everywhere."""
    buckets = TokenBuckets(1, 1)
    for operation in (buckets.allow, buckets.retry_after, buckets.peek):
        with pytest.raises(ValueError, match="now_ns"):
            operation(1, now)
    for other in (buckets.sweep, buckets.dump):
        with pytest.raises(ValueError, match="now_ns"):
            other(now)


RATES = st.floats(1e-4, 1e3)
BURSTS = st.floats(0.5, 1e4)


@given(
    rate=RATES, burst=BURSTS, new_rate=RATES, new_burst=BURSTS, taken=st.floats(0, 1), pause=st.floats(0, 2)
)
def test_new_rates_leave_each_bucket_as_full_as_it_was(
    rate: float, burst: float, new_rate: float, new_burst: float, taken: float, pause: float
) -> None:
    """An empty bucket stays empty, a full one full, and one in between keeps its part of a burst."""
    buckets = TokenBuckets(rate, burst)
    buckets.allow(1, 0, burst * taken)
    now_ns = int(pause * burst / rate * SECOND)
    before = buckets.peek(1, now_ns) / burst
    buckets.retune(new_rate, new_burst, now_ns)
    assert buckets.peek(1, now_ns) / new_burst == pytest.approx(before, abs=1e-4)
    assert buckets.peek(2, now_ns) == new_burst


@pytest.mark.parametrize(("rate", "burst"), [(2, 10), (0.25, 10), (1, 40), (1, 3), (8, 80), (1, 10)])
def test_who_has_used_up_all_has_nothing_after_new_rates(rate: float, burst: float) -> None:
    """Whatever the new rate, the next token comes when it has flowed in at that rate."""
    buckets = TokenBuckets(1, 10)
    assert all(buckets.allow(1, 0) for _ in range(10))
    buckets.retune(rate, burst, 0)
    assert not buckets.allow(1, 0)
    assert buckets.retry_after(1, 0) == pytest.approx(1 / rate, abs=1e-6)


def test_new_rates_replace_all_classes() -> None:
    """Classes come and go with the new rates; debts made in one class still count in every class."""
    buckets = TokenBuckets(1, 10, [(2, 20)])
    assert buckets.allow(1, 0, 20, 1)
    buckets.retune(1, 10, 0, [(4, 40), (1, 1)])
    assert (buckets.peek(1, 0), buckets.peek(1, 0, 1), buckets.peek(1, 0, 2)) == (0, 0, 0)
    assert buckets.peek(2, 0, 2) == 1
    buckets.retune(1, 10, 0)
    with pytest.raises(IndexError):
        buckets.peek(1, 0, 1)


def test_bad_new_rates_change_nothing() -> None:
    """Rates that cannot be leave those before."""
    buckets = TokenBuckets(1, 10, [(2, 20)])
    wrong: list[Any] = [(1, 10, 0, [(0, 1)]), (-1, 10, 0), (1, 10, 0, ["xyz"]), (1, 10, -1)]
    for rates in wrong:
        with pytest.raises((ValueError, TypeError)):
            buckets.retune(*rates)
    assert (buckets.peek(1, 0), buckets.peek(1, 0, 1)) == (10, 20)


@pytest.mark.parametrize("class_id", [-1, 2, 2**40])
def test_unknown_classes_are_refused(class_id: int) -> None:
    """A class that does not exist raises IndexError."""
    buckets = TokenBuckets(1, 1, [(2, 2)])
    with pytest.raises(IndexError, match="class_id"):
        buckets.allow(1, 0, 1, class_id)
    with pytest.raises(IndexError, match="class_id"):
        buckets.peek(1, 0, class_id)


@pytest.mark.parametrize("key", [INT64_MIN - 1, INT64_MAX + 1])
def test_keys_have_64_bits(key: int) -> None:
    """A key over 64 bits raises OverflowError, in reset() too."""
    buckets = TokenBuckets(1, 1)
    with pytest.raises(OverflowError):
        buckets.allow(key, 0)
    with pytest.raises(OverflowError):
        buckets.reset(key)


def test_repr_tells_rate_and_size() -> None:
    """The repr tells rate, burst and the number of buckets remembered."""
    buckets = TokenBuckets(0.5, 15)
    buckets.allow(1, 0)
    assert repr(buckets) == "TokenBuckets(rate_per_s=0.5, burst=15, size=1)"


def test_memory_is_as_promised() -> None:
    """From some thousands of learners on, one takes at most 45 bytes."""
    buckets = TokenBuckets(1, 15)
    for learner in range(1, 30_001):
        buckets.allow(learner, 0)
        assert learner % 500 or learner < 5000 or sys.getsizeof(buckets) <= 45 * learner
