from __future__ import annotations

import pytest

from bot import updates
from bot.bothouse import ANNA, BERT
from lplate.domain.learner import Learner
from lplate.domain.tiers import Membership, Tier
from lplate_bot.incoming import Incoming, read
from lplate_bot.limiter import NOTICE_WINDOW_S, PRESSES_BURST, PRESSES_PER_S, Limiter, free_only

SECOND_NS = 1_000_000_000
START_NS = 77 * SECOND_NS


def limiter_of(rate_per_minute: float, burst: float) -> Limiter:
    return Limiter(free_only(rate_per_minute, burst), lambda: 0)


def command(who: int = ANNA) -> Incoming:
    return read(updates.text(1, "/stats", who), 5)


def passed(limiter: Limiter, count: int, now_ns: int = START_NS, who: int = ANNA) -> int:
    return sum(limiter.affords(command(who), None, now_ns) for _ in range(count))


def test_the_burst_then_the_rate() -> None:
    """Fifteen at once, then ten a minute."""
    limiter = limiter_of(10, 15)
    assert passed(limiter, 40) == 15
    assert passed(limiter, 40, START_NS + 6 * SECOND_NS) == 1
    assert passed(limiter, 40, START_NS + 66 * SECOND_NS) == 10


def test_learners_have_buckets_of_their_own() -> None:
    """What one uses up is not missing for another."""
    limiter = limiter_of(10, 15)
    passed(limiter, 40, who=ANNA)
    assert passed(limiter, 40, who=BERT) == 15


def test_forgiven_tokens_are_there_again() -> None:
    """For one learner, and for that one only."""
    limiter = limiter_of(10, 15)
    for who in (ANNA, BERT):
        passed(limiter, 40, who=who)
    limiter.forgive(ANNA)
    assert (passed(limiter, 40, who=ANNA), passed(limiter, 40, who=BERT)) == (15, 0)


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        (updates.text(1, "/help", ANNA), 3),
        (updates.photo(1, ANNA), 3),
        (updates.press(1, "zzz", ANNA, {"message_id": 1, "chat": updates.private(ANNA), "date": 1}), 50),
        (updates.text(1, "/help@lplate_bot", ANNA, chat=updates.GROUP), 3),
        (updates.text(1, "hello", ANNA, chat=updates.GROUP), 50),
        (updates.text(1, "/weather", ANNA, chat=updates.GROUP), 50),
        (updates.membership(1, ANNA, "kicked"), 50),
        (
            updates.as_bytes(
                1, inline_query={"id": "1", "from": updates.user(ANNA), "query": "", "offset": ""}
            ),
            50,
        ),
    ],
)
def test_only_what_is_answered_by_a_message_costs(raw: bytes, count: int) -> None:
    """All that is sent in private, and our commands in groups; not buttons, other talk, Telegram's news."""
    limiter = limiter_of(10, 3)
    assert sum(limiter.affords(read(raw, 5), None, START_NS) for _ in range(50)) == count


def test_the_guard_holds_hammering_to_five_a_second() -> None:
    """After the burst, a minute lets through what a minute at the guard's rate is."""
    limiter = limiter_of(10, 15)
    now_ns, allowed = START_NS, 0
    for _ in range(6000):
        now_ns += SECOND_NS // 100
        allowed += limiter.passes_guard(ANNA, now_ns)
    assert allowed == pytest.approx(PRESSES_BURST + 60 * PRESSES_PER_S, abs=1)


def test_the_guard_rises_with_the_rate() -> None:
    """Who lets learners do more must not be held back by a guard made for the default."""
    limiter = limiter_of(100_000, 100_000)
    assert sum(limiter.passes_guard(ANNA, START_NS) for _ in range(50_000)) == 50_000


def test_words_come_once_a_window() -> None:
    """The first refusal is told, the next ones are not, after the window it is told again."""
    limiter = limiter_of(10, 15)
    told = [limiter.may_tell(ANNA, START_NS + second * SECOND_NS) for second in range(21)]
    assert [second for second, is_told in enumerate(told) if is_told] == [0, 10, 20]
    assert NOTICE_WINDOW_S == 10
    assert limiter.may_tell(BERT, START_NS)


TIERS = (Tier("free", 10, 15), Tier("school", 60, 100), Tier("staff", 10, 15, is_unlimited=True))


def member(tier: str, until_ms: int | None = None) -> Learner:
    return Learner(ANNA, ANNA, 0, 0, membership=Membership(tier, until_ms))


@pytest.mark.parametrize(
    ("learner", "allowed"),
    [
        (None, 15),
        (Learner(ANNA, ANNA, 0, 0), 15),
        (member("school"), 100),
        (member("school", 1_001), 100),
        (member("school", 1_000), 15),
        (member("staff"), 500),
        (member("a tier there was once"), 15),
    ],
)
def test_a_tier_sets_how_much_goes_through(learner: Learner | None, allowed: int) -> None:
    """Until it is over; strangers, and members of a tier there is no more, are free learners."""
    limiter = Limiter(TIERS, lambda: 1_000)
    assert sum(limiter.affords(command(), learner, START_NS) for _ in range(500)) == allowed


def test_tiers_may_be_replaced_without_giving_tokens_back() -> None:
    """Who used up their tokens still has none; from then on they flow at the new rate."""
    limiter = Limiter(TIERS, lambda: 0)
    assert passed(limiter, 40) == 15
    limiter.retune((Tier("free", 10, 15), Tier("school", 1, 1)), START_NS)
    assert passed(limiter, 40) == 0
    assert passed(limiter, 40, START_NS + 6 * SECOND_NS) == 1
    assert sum(limiter.affords(command(BERT), member("school"), START_NS) for _ in range(9)) == 1


@pytest.mark.parametrize(("per_minute", "burst"), [(20, 15), (5, 15), (10, 60), (10, 3), (100, 100)])
def test_new_rates_keep_what_a_learner_used_up(per_minute: float, burst: float) -> None:
    """Who has used up the burst has used up the new one, too; others have all of it."""
    limiter = Limiter(free_only(10, 15), lambda: 0)
    assert passed(limiter, 40) == 15
    limiter.retune(free_only(per_minute, burst), START_NS)
    assert passed(limiter, 200) == 0
    assert passed(limiter, 200, who=BERT) == burst
    assert passed(limiter, 1, START_NS + int(60.001 * SECOND_NS / per_minute)) == 1


def test_new_rates_of_the_guard() -> None:
    """The guard against hammering follows its own settings."""
    limiter = Limiter(free_only(10, 15), lambda: 0)
    assert sum(limiter.passes_guard(ANNA, START_NS) for _ in range(100)) == 60
    limiter.retune(free_only(10, 15), START_NS, (PRESSES_PER_S, 90))
    assert not limiter.passes_guard(ANNA, START_NS)
    assert sum(limiter.passes_guard(BERT, START_NS) for _ in range(100)) == 90


def test_a_tier_is_known_by_name() -> None:
    """A learner not in memory counts as free, as does one whose tier is over."""
    limiter = Limiter(TIERS, lambda: 1_000)
    learners = (None, Learner(ANNA, ANNA, 0, 0), member("school"), member("school", 1_000))
    assert [limiter.tier_of(learner) for learner in learners] == ["free", "free", "school", "free"]
