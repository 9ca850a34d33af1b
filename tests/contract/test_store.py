"""What every adapter of the Store port promises."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from contract.samples import ANNA, BANK, BEN, FULL, NOW_MS, PLAIN, attempt, card, learner, owing
from lplate.domain.scheduling import DAY_MS
from lplate.domain.session import Address, Owed, OwedKind
from lplate.domain.statistics import Statistics, TopicStatistics
from lplate.errors import StoreError
from lplate.ports import (
    DeadLetter,
    Delivered,
    ForgottenFile,
    Heartbeat,
    InboxDone,
    InboxItem,
    StoredFile,
)

if TYPE_CHECKING:
    from lplate.ports import Store

GROUP = (
    (owing(1), attempt(1), card("signs-stop", is_mistake=True)),
    (InboxItem(900, ANNA, b"{}", NOW_MS),),
    (DeadLetter(901, b"{", "ValueError: cut short", NOW_MS),),
    (StoredFile("1@api", "d1", "photo", "AgAD"), Heartbeat(NOW_MS)),
)


def anything(_question_id: str) -> bool:
    return True


async def everything(store: Store) -> tuple[object, ...]:
    """Return all that can be read about Anna and the rest."""
    return (
        await store.load(ANNA),
        await store.card(ANNA, BANK, "signs-stop"),
        await store.statistics(ANNA, BANK, 4, NOW_MS),
        await store.answered_questions(ANNA, BANK),
        await store.due_mistake(ANNA, BANK, NOW_MS, anything),
        await store.owing(),
        await store.inbox(),
        await store.file_id("1@api", "d1", "photo"),
        await store.heartbeat_ms(),
    )


class TestWriting:
    async def test_replay_is_harmless(self, store: Store) -> None:
        """Writing the same group twice leaves what writing it once left."""
        await store.write(GROUP)
        once = await everything(store)
        await store.write(GROUP)
        assert await everything(store) == once

    async def test_replay_after_delivery_owes_again(self, store: Store) -> None:
        """A group that owes and delivers, written twice, owes nothing."""
        group = ((owing(1),), (Delivered(ANNA, 1),))
        await store.write(group)
        await store.write(group)
        assert await store.owing() == []

    async def test_group_is_all_or_nothing(self, store: Store) -> None:
        """If one change cannot be written, nothing of its group is."""
        await store.write([(learner(),)])
        with pytest.raises(Exception, match=r".") as caught:
            await store.write([(learner(language="de"), card("a")), (attempt(1, learner_id=BEN),)])
        assert not isinstance(caught.value, StoreError)
        assert await store.load(ANNA) == PLAIN
        assert await store.card(ANNA, BANK, "a") is None
        assert await store.load(BEN) is None

    async def test_store_goes_on_after_a_refused_group(self, store: Store) -> None:
        """A group that cannot be written does not stop the next one."""
        with pytest.raises(Exception, match=r"."):
            await store.write([(card("a", learner_id=BEN),)])
        await store.write([(learner(),)])
        assert await store.load(ANNA) == PLAIN

    async def test_unknown_kind_of_row_is_refused(self, store: Store) -> None:
        """What is no row of the store is refused by the name of its type."""
        wrong: Any = "anna"
        with pytest.raises(TypeError, match="str is no row"):
            await store.write([(wrong,)])

    async def test_rows_of_a_change_need_no_order(self, store: Store) -> None:
        """An attempt and a card may stand before their new learner."""
        await store.write([(attempt(1), card("signs-stop"), learner())])
        assert await store.card(ANNA, BANK, "signs-stop") == card("signs-stop")

    async def test_last_of_several_wins(self, store: Store) -> None:
        """Of two rows about the same in one group the later stays."""
        await store.write(
            [(learner(language="en"), card("a")), (learner(language="de"), card("a", right_days=7))]
        )
        assert await store.load(ANNA) == learner(language="de")
        assert await store.card(ANNA, BANK, "a") == card("a", right_days=7)

    async def test_large_group_is_written_whole(self, store: Store) -> None:
        """A group of hundreds of changes is written to the last row."""
        learners = [owing(1, n, active_at_ms=NOW_MS + n) for n in range(1, 400)]
        answers = [(row, attempt(1, row.id), card("a", row.id)) for row in learners]
        await store.write([*answers, *((Delivered(row.id, 1),) for row in learners[:-1])])
        assert await store.owing() == [399]
        assert await store.load(200) == learner(200, owed_number=1, active_at_ms=NOW_MS + 200)
        assert (await store.statistics(399, BANK, 1, NOW_MS)).answered == 1

    async def test_empty_group_is_written(self, store: Store) -> None:
        """A group without changes is no error."""
        await store.write([])


class TestLearner:
    async def test_every_field_comes_back(self, store: Store) -> None:
        """A learner is loaded as written, each field."""
        assert all(getattr(FULL, f.name) != f.default for f in fields(FULL)), "give FULL the new field too"
        assert all(getattr(FULL.session, f.name) != f.default for f in fields(FULL.session))
        await store.write([(FULL,)])
        assert await store.load(ANNA) == FULL

    async def test_unknown_is_none(self, store: Store) -> None:
        """A learner never written is None."""
        assert await store.load(ANNA) is None

    async def test_later_row_replaces_the_whole(self, store: Store) -> None:
        """Writing a learner again replaces every field, emptied ones too."""
        await store.write([(FULL,)])
        await store.write([(PLAIN,)])
        assert await store.load(ANNA) == PLAIN

    @pytest.mark.parametrize("learner_id", [1, 2**52, -1_001_234_567_890])
    async def test_ids_of_all_sizes(self, store: Store, learner_id: int) -> None:
        """Ids of learners and of groups, 52 bits and negative, are kept."""
        await store.write([(learner(learner_id),)])
        assert await store.load(learner_id) == learner(learner_id)


class TestOwed:
    async def test_owing_lists_who_waits(self, store: Store) -> None:
        """Learners with a part owed are listed by id, others are not."""
        await store.write([(owing(1, BEN),), (owing(1, ANNA),), (learner(1),)])
        assert await store.owing() == [ANNA, BEN]

    async def test_blocked_learners_are_not_listed(self, store: Store) -> None:
        """Who blocked the bot is owed nothing until they are back."""
        await store.write([(owing(1, is_blocked=True),)])
        assert await store.owing() == []

    async def test_delivery_clears(self, store: Store) -> None:
        """The delivery of what is owed empties it."""
        await store.write([(owing(3),)])
        await store.write([(Delivered(ANNA, 3),)])
        assert await store.owing() == []
        assert await store.load(ANNA) == learner(owed_number=3)

    async def test_late_delivery_leaves_what_is_newer(self, store: Store) -> None:
        """Delivering an older reply leaves the newer one owed."""
        await store.write([(owing(4),)])
        await store.write([(Delivered(ANNA, 3),)])
        assert await store.load(ANNA) == owing(4)

    async def test_delivery_clears_part_by_part(self, store: Store) -> None:
        """Delivering up to a number leaves only the parts of later replies."""
        await store.write([(FULL,)])
        await store.write([(Delivered(ANNA, 8),)])
        assert await store.load(ANNA) == FULL.delivered(8)
        assert len(FULL.delivered(8).owed) == 1

    async def test_delivery_of_nobody_is_harmless(self, store: Store) -> None:
        """A delivery to a learner not known changes nothing."""
        await store.write([(Delivered(ANNA, 1),)])
        assert await store.load(ANNA) is None

    async def test_order_within_a_group_counts(self, store: Store) -> None:
        """A reply owed after a delivery of the same number stays owed."""
        await store.write([(owing(1), Delivered(ANNA, 1)), (owing(1),)])
        assert await store.owing() == [ANNA]


class TestPicking:
    async def test_mistake_due_first_comes_first(self, store: Store) -> None:
        """Of due mistakes the one that fell due first is picked, of equals the first by id."""
        mistakes = [card(q, is_mistake=True, due_at_ms=NOW_MS - (q == "c")) for q in "cba"]
        await store.write([(learner(), *mistakes)])
        assert await store.due_mistake(ANNA, BANK, NOW_MS, anything) == "c"
        assert await store.due_mistake(ANNA, BANK, NOW_MS, lambda question: question != "c") == "a"

    async def test_only_due_mistakes_of_this_bank_count(self, store: Store) -> None:
        """Right answers, mistakes due later, other banks and other learners are passed over."""
        await store.write([
            (learner(), learner(BEN)),
            (card("right", due_at_ms=0), card("later", is_mistake=True, due_at_ms=NOW_MS + 1)),
            (card("foreign", is_mistake=True, bank_id="pdd"), card("ben", BEN, is_mistake=True)),
        ])  # fmt: skip
        assert await store.due_mistake(ANNA, BANK, NOW_MS, anything) is None

    async def test_mistake_forgiven_is_not_picked(self, store: Store) -> None:
        """A card that is no mistake any more is not picked as one."""
        await store.write([(learner(), card("a", is_mistake=True))])
        await store.write([(card("a"),)])
        assert await store.due_mistake(ANNA, BANK, NOW_MS, anything) is None

    async def test_least_recalled_has_the_most_time_over_stability(self, store: Store) -> None:
        """Ten days at stability 5 are less well recalled than twelve at 10 or one at 1."""
        cards = (
            card("ten-at-five", reviewed_at_ms=NOW_MS - 10 * DAY_MS, stability_days=5.0),
            card("twelve-at-ten", reviewed_at_ms=NOW_MS - 12 * DAY_MS, stability_days=10.0),
            card("one-at-one", reviewed_at_ms=NOW_MS - DAY_MS, stability_days=1.0),
        )
        await store.write([(learner(), *cards)])
        order: list[str] = []
        while found := await store.least_recalled(ANNA, BANK, NOW_MS, lambda question: question not in order):
            order.append(found)
        assert order == ["ten-at-five", "twelve-at-ten", "one-at-one"]

    async def test_least_recalled_survives_odd_clocks(self, store: Store) -> None:
        """A card reviewed in the future comes last, one without stability first."""
        await store.write([
            (learner(), card("future", reviewed_at_ms=NOW_MS + DAY_MS, stability_days=0.001)),
            (card("past", stability_days=1000.0), card("z-never", stability_days=0.0)),
        ])  # fmt: skip
        assert await store.least_recalled(ANNA, BANK, NOW_MS, anything) == "z-never"
        assert await store.least_recalled(ANNA, BANK, NOW_MS, lambda q: q != "z-never") == "past"

    async def test_least_recalled_is_found_behind_many_others(self, store: Store) -> None:
        """If only the very last card is acceptable, it is found."""
        cards = [card(f"q{n:03}", reviewed_at_ms=NOW_MS - (100 - n) * DAY_MS) for n in range(100)]
        await store.write([(learner(), *cards)])
        assert await store.least_recalled(ANNA, BANK, NOW_MS, "q099".__eq__) == "q099"

    async def test_nothing_acceptable_is_none(self, store: Store) -> None:
        """If no card is accepted, none is picked."""
        await store.write([(learner(), card("a", is_mistake=True))])
        assert await store.due_mistake(ANNA, BANK, NOW_MS, lambda _: False) is None
        assert await store.least_recalled(ANNA, BANK, NOW_MS, lambda _: False) is None

    async def test_answered_questions_are_those_with_a_card(self, store: Store) -> None:
        """Every question with a card of this bank is listed once."""
        await store.write([(learner(), card("b"), card("a"), card("x", bank_id="pdd"))])
        assert await store.answered_questions(ANNA, BANK) == ["a", "b"]


class TestStatistics:
    async def test_nothing_yet(self, store: Store) -> None:
        """A learner without answers has zeros and the bank's size."""
        assert await store.statistics(ANNA, BANK, 4, NOW_MS) == Statistics(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    async def test_cards_are_counted_by_their_state(self, store: Store) -> None:
        """Known rest for 21 days, due are due now, mistakes are not forgiven."""
        await store.write([
            (learner(), card("known", reviewed_at_ms=NOW_MS, due_at_ms=NOW_MS + 21 * DAY_MS)),
            (card("almost", reviewed_at_ms=NOW_MS, due_at_ms=NOW_MS + 20 * DAY_MS),),
            (card("due", is_mistake=True), card("foreign", bank_id="pdd")),
        ])  # fmt: skip
        numbers = await store.statistics(ANNA, BANK, 9, NOW_MS)
        assert (numbers.seen, numbers.known, numbers.due, numbers.mistakes) == (3, 1, 1, 1)

    async def test_week_covers_seven_days_to_the_millisecond(self, store: Store) -> None:
        """An answer exactly seven days old is out of the week, one a millisecond younger is in."""
        week_ago = NOW_MS - 7 * DAY_MS
        await store.write([
            (learner(), attempt(1, answered_at_ms=week_ago)),
            (attempt(2, answered_at_ms=week_ago + 1), attempt(3, is_right=False)),
        ])  # fmt: skip
        numbers = await store.statistics(ANNA, BANK, 4, NOW_MS)
        assert (numbers.answered, numbers.right, numbers.answered_today) == (3, 2, 1)
        assert (numbers.answered_week, numbers.right_week) == (2, 1)

    @pytest.mark.parametrize(
        ("days_ago", "streak"),
        [((0,), 1), ((0, 1, 2), 3), ((1, 2), 2), ((2, 3), 0), ((0, 2, 3), 1), ((0, 0, 1), 2), ((), 0)],
    )
    async def test_streak(self, store: Store, days_ago: tuple[int, ...], streak: int) -> None:
        """The streak counts days in a row up to today or yesterday."""
        days = [attempt(i, answered_at_ms=NOW_MS - ago * DAY_MS) for i, ago in enumerate(days_ago)]
        await store.write([(learner(), *days)])
        assert (await store.statistics(ANNA, BANK, 4, NOW_MS)).streak_days == streak

    async def test_weakest_topics_come_worst_first(self, store: Store) -> None:
        """Topics with three answers are ranked by their share of right ones, three at most."""
        verdicts = {"a": "110", "b": "100", "c": "00", "d": "1111", "e": "1110", "f": "110110"}
        given = [(topic, verdict == "1") for topic, text in verdicts.items() for verdict in text]
        rows = [attempt(i, topic_id=topic, is_right=right) for i, (topic, right) in enumerate(given)]
        await store.write([(learner(), *rows)])
        assert (await store.statistics(ANNA, BANK, 4, NOW_MS)).weakest == (
            TopicStatistics("b", 3, 1),
            TopicStatistics("f", 6, 4),
            TopicStatistics("a", 3, 2),
        )

    async def test_attempt_counts_once(self, store: Store) -> None:
        """The same step of the same session counts once, whatever else it says."""
        await store.write([(learner(), attempt(1))])
        await store.write([(attempt(1, is_right=False, update_id=5),)])
        numbers = await store.statistics(ANNA, BANK, 4, NOW_MS)
        assert (numbers.answered, numbers.right) == (1, 1)

    async def test_unknown_elapsed_time_is_kept(self, store: Store) -> None:
        """An attempt of unknown duration is an attempt."""
        await store.write([(learner(), attempt(1, elapsed_ms=None))])
        assert (await store.statistics(ANNA, BANK, 4, NOW_MS)).answered == 1


class TestInbox:
    async def test_order_is_that_of_receipt(self, store: Store) -> None:
        """Items come back in the order they were written, whatever their ids and clocks say."""
        items = [InboxItem(n, ANNA, b"\x00\xff", NOW_MS - n) for n in (7, 3, 9)]
        await store.write([(item,) for item in items])
        assert await store.inbox() == items

    async def test_done_items_are_forgotten(self, store: Store) -> None:
        """A handled item is gone, also when it came and went within one group."""
        await store.write(
            [(InboxItem(1, ANNA, b"", NOW_MS),), (InboxItem(2, ANNA, b"", NOW_MS), InboxDone(1))]
        )
        assert [item.update_id for item in await store.inbox()] == [2]

    async def test_tries_only_grow(self, store: Store) -> None:
        """A failed try is counted, in place; a redelivery does not reset the count."""
        first, second = InboxItem(1, ANNA, b"", NOW_MS), InboxItem(2, ANNA, b"", NOW_MS)
        await store.write([(first,), (second,), (replace(first, tries=2),), (first,)])
        assert await store.inbox() == [replace(first, tries=2), second]

    async def test_item_after_done_is_new(self, store: Store) -> None:
        """An update received again after it was done is an item again."""
        item = InboxItem(1, ANNA, b"", NOW_MS)
        await store.write([(item, InboxDone(1)), (item,)])
        assert await store.inbox() == [item]


class TestFiles:
    async def test_key_is_scope_digest_and_kind(self, store: Store) -> None:
        """A file id is found under exactly its scope, digest and kind."""
        await store.write([(StoredFile("1@api", "d1", "photo", "AgAD"),)])
        assert await store.file_id("1@api", "d1", "photo") == "AgAD"
        assert await store.file_id("2@api", "d1", "photo") is None
        assert await store.file_id("1@api", "d1", "document") is None

    async def test_forgotten_then_stored_stays(self, store: Store) -> None:
        """A file forgotten and uploaded again in one group is known by its new id."""
        key = ("1@api", "d1", "photo")
        await store.write([(StoredFile(*key, "old"),), (ForgottenFile(*key),), (StoredFile(*key, "new"),)])
        assert await store.file_id(*key) == "new"
        await store.write([(ForgottenFile(*key),)])
        assert await store.file_id(*key) is None


class TestHeartbeat:
    async def test_last_one_counts(self, store: Store) -> None:
        """The heartbeat is the last one written, also after the clock went back."""
        assert await store.heartbeat_ms() is None
        await store.write([(Heartbeat(NOW_MS),), (Heartbeat(NOW_MS - 1),)])
        assert await store.heartbeat_ms() == NOW_MS - 1


async def test_owed_parts_keep_their_addresses(store: Store) -> None:
    """Parts left owed after a delivery are the same parts, addresses and all."""
    parts = (Owed(OwedKind.CARD, Address(1, 2, is_photo=True), number=1), Owed(OwedKind.WELCOME, number=2))
    await store.write([(learner(owed=parts, owed_number=2), Delivered(ANNA, 1))])
    assert (await store.load(ANNA)) == learner(owed=parts[1:], owed_number=2)
