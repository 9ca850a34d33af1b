from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lplate.domain.learner import Learner
from lplate.domain.session import REMEMBERED_UPDATES, Address, Owed, OwedKind

ANNA = Learner(1, 1, 0, 0)
CARD = Owed(OwedKind.CARD)
NEW_CARD = Owed(OwedKind.NEW_CARD)
STATISTICS = Owed(OwedKind.STATISTICS)


@given(st.lists(st.integers(0, 2**60), max_size=40))
def test_the_last_sixteen_updates_are_known(update_ids: list[int]) -> None:
    """The learner knows exactly the newest REMEMBERED_UPDATES ids."""
    learner = ANNA
    for update_id in update_ids:
        learner = learner.after_press(update_id, 5, ())
    assert learner.updates == tuple(update_ids[-REMEMBERED_UPDATES:])


def test_any_update_makes_a_learner_reachable_again() -> None:
    """Who writes has not blocked the bot."""
    assert not replace(ANNA, is_blocked=True).after_press(1, 5, ()).is_blocked


def test_activity_never_goes_back() -> None:
    """A clock set back does not make a learner look idle."""
    assert ANNA.after_press(1, 50, ()).after_press(2, 20, ()).active_at_ms == 50


def test_a_newer_card_takes_the_place_of_an_older_one() -> None:
    """Of two unconfirmed cards only the newer is shown after a crash."""
    learner = ANNA.owing(NEW_CARD).owing(CARD)
    assert [item.kind for item in learner.owed] == [OwedKind.CARD]


def test_other_unconfirmed_replies_stay_owed() -> None:
    """A card does not make up for statistics that never arrived."""
    learner = ANNA.owing(STATISTICS).owing(CARD)
    assert [item.kind for item in learner.owed] == [OwedKind.STATISTICS, OwedKind.CARD]


def test_confirming_a_reply_clears_it_and_older_ones_only() -> None:
    """What became owed since stays owed."""
    learner = ANNA.owing(STATISTICS).owing(CARD)
    assert [item.kind for item in learner.delivered(1).owed] == [OwedKind.CARD]
    assert learner.delivered(2).owed == ()


def test_a_closed_card_fades_once_the_session_moved_on() -> None:
    """An older verdict cannot be drawn from a newer session: that card only loses its buttons."""
    old = Address(1, 5)
    learner = ANNA.owing(Owed(OwedKind.CLOSED_CARD, address=old), NEW_CARD).owing(CARD)
    assert [(item.kind, item.address) for item in learner.owed] == [
        (OwedKind.NO_BUTTONS, old),
        (OwedKind.CARD, None),
    ]


@given(
    st.lists(st.sampled_from([CARD, NEW_CARD, STATISTICS, Owed(OwedKind.NOTICE, notice="x")]), max_size=50)
)
def test_what_is_owed_stays_bounded(items: list[Owed]) -> None:
    """However long Telegram is away, a learner is owed each kind of thing at most once."""
    learner = ANNA
    for item in items:
        learner = learner.owing(item)
    assert len(learner.owed) <= 3


def test_languages_come_apart_at_the_hyphen() -> None:
    """Both at once means the first language leads."""
    assert replace(ANNA, language="en-de").languages == ("en", "de")
    assert ANNA.languages == ()
