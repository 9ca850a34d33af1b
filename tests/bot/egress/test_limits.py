from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lplate_bot.egress import SendLimits, SendRates
from lplate_bot.egress.limits import SECOND_NS, Window


@given(
    count=st.integers(1, 5),
    gaps=st.lists(st.integers(0, 3 * SECOND_NS), max_size=40),
)
def test_a_window_never_holds_more_than_its_count(count: int, gaps: list[int]) -> None:
    """Whoever waits as told never has more than *count* events in any span."""
    window = Window(count, SECOND_NS)
    now_ns, times = 0, []
    for gap in gaps:
        now_ns += gap
        now_ns += window.wait_ns(now_ns)
        assert window.wait_ns(now_ns) == 0
        window.take(now_ns)
        times.append(now_ns)
    assert all(later - earlier >= SECOND_NS for earlier, later in zip(times, times[count:], strict=False))


def test_rule_20_a_chat_may_burst_then_keeps_its_rate() -> None:
    """A chat gets three messages at once, then one a second, and its burst back after a rest."""
    limits = SendLimits(SendRates(per_second=0))
    waits = []
    for _ in range(5):
        wait_ns = limits.chat_wait_ns(1, 0)
        waits.append(wait_ns)
        if not wait_ns:
            limits.take(1, 0)
    assert waits == [0, 0, 0, SECOND_NS, SECOND_NS]
    assert limits.chat_wait_ns(1, SECOND_NS) == 0
    assert limits.chat_wait_ns(2, 0) == 0


def test_idle_chats_are_forgotten() -> None:
    """Memory follows the chats of the last seconds, not all chats ever seen."""
    limits = SendLimits()
    for number in range(20_000):
        limits.take(number - 10_000, number * SECOND_NS)
    assert limits.chats < 3_000


def test_without_rates_nothing_waits() -> None:
    """Rates of zero mean no limit and no memory."""
    limits = SendLimits(SendRates(0, 0, 0, 0))
    for _ in range(100):
        assert limits.chat_wait_ns(-1, 0) == limits.overall_wait_ns(0) == 0
        limits.take(-1, 0)
    assert limits.chats == 0


def test_new_rates_count_what_was_sent_before() -> None:
    """A chat, a group and the whole keep their past when the rates change, up, down or to none and back."""
    limits = SendLimits(SendRates(per_second=2, per_group_per_minute=2))
    for chat in (1, -1):
        limits.take(chat, 0)
        limits.take(chat, 0)
    assert limits.overall_wait_ns(0) > 0
    limits.retune(SendRates(per_second=3, chat_burst=2, per_group_per_minute=2))
    assert limits.overall_wait_ns(0) == 0  # it knows of the last two only
    limits.take(2, 0)
    assert limits.overall_wait_ns(0) > 0
    assert limits.chat_wait_ns(1, 0) == SECOND_NS
    assert limits.chat_wait_ns(-1, 5 * SECOND_NS) > 0
    limits.retune(SendRates(0, 0, 1, 0))
    assert limits.overall_wait_ns(0) == limits.chat_wait_ns(-1, 5 * SECOND_NS) == 0
