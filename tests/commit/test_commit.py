"""Group commit, with a store that does as it is told and a clock that is told the time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from contract.samples import ANNA, BEN, NOW_MS, attempt, card, learner, owing
from lplate import commit as commit_module
from lplate.adapters.memory import MemoryStore
from lplate.commit import GroupCommit, Pace, PoisonedChange
from lplate.errors import StoreError
from lplate.ports import (
    Delivered,
    ForgottenFile,
    Heartbeat,
    InboxDone,
    InboxItem,
    StoredFile,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lplate.ports import Change, Row

FULL = StoreError("the disk is full")
POISON = (attempt(1, BEN),)  # of a learner nobody knows


class HeldStore(MemoryStore):
    """Begin a write when asked, end it when told, and note the groups."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[list[Change]] = []
        self.begun = asyncio.Semaphore(0)
        self.may_end = asyncio.Semaphore(0)
        self.is_held = True

    async def write(self, group: Sequence[Change]) -> None:
        self.begun.release()
        if self.is_held:
            await self.may_end.acquire()
        await super().write(group)
        self.written.append(list(group))

    def release(self) -> None:
        self.is_held = False
        self.may_end.release()

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.written for change in group for row in change]


class Time:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now_s += seconds
        await asyncio.sleep(0)


@pytest.fixture
async def store() -> HeldStore:
    return HeldStore()


@pytest.fixture
async def free(store: HeldStore) -> HeldStore:
    """Return a store that ends every write at once."""
    store.is_held = False
    return store


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def commit(store: HeldStore, time: Time) -> AsyncIterator[GroupCommit]:
    made = GroupCommit(store, Pace(lazy_s=0.001), clock=time.clock, sleep=time.sleep)
    yield made
    store.release()
    await made.close()


def quiet(future: asyncio.Future[Any]) -> BaseException | None:
    """Return how the future ended, so that nobody warns of an error not looked at."""
    return future.exception()


class TestPace:
    async def test_first_commit_starts_at_once(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """With nothing before it a change is committed without waiting."""
        await commit.submit((learner(),))
        assert time.slept == []
        assert free.written == [[(learner(),)]]

    async def test_second_waits_for_the_window(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """A commit begins 2 ms after the last one began."""
        await commit.submit((learner(),))
        time.now_s += 0.0005
        await commit.submit((learner(BEN),))
        assert time.slept == [0.0015]

    async def test_after_the_window_it_starts_at_once(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """If the last commit began 2 ms ago nothing is waited for."""
        await commit.submit((learner(),))
        time.now_s += 0.002
        await commit.submit((learner(BEN),))
        assert time.slept == []

    async def test_what_waits_forms_the_next_group(self, commit: GroupCommit, store: HeldStore) -> None:
        """One write runs at a time; all that arrives meanwhile is one group, in order of arrival."""
        first = commit.submit((learner(1),))
        await store.begun.acquire()
        rest = [commit.submit((learner(n),)) for n in range(2, 50)]
        assert commit.waiting == 48
        store.release()
        await asyncio.gather(first, *rest)
        assert store.written == [[(learner(1),)], [(learner(n),) for n in range(2, 50)]]

    async def test_groups_are_bounded(self, commit: GroupCommit, free: HeldStore) -> None:
        """More than a group can hold goes into several; the bound may be set anew at any time."""
        commit.pace = Pace(largest_group=4)
        await asyncio.gather(*(commit.submit((learner(n),)) for n in range(10)))
        assert [len(group) for group in free.written] == [4, 4, 2]
        assert commit.counters.largest_group == 4

    async def test_nothing_is_done_before_the_commit(self, commit: GroupCommit, store: HeldStore) -> None:
        """A change is reported durable only after the store has said so."""
        future = commit.submit((learner(),))
        await store.begun.acquire()
        assert not future.done()
        store.release()
        await future

    async def test_a_waiter_that_left_spoils_nothing(self, commit: GroupCommit, store: HeldStore) -> None:
        """If somebody stops waiting, the change is written all the same and the others are told."""
        left, stays = commit.submit((learner(1),)), commit.submit((learner(2),))
        left.cancel()
        store.release()
        await stays
        assert store.rows == [learner(1), learner(2)]


class TestFailure:
    async def test_full_disk_fails_all_who_wait(self, commit: GroupCommit, free: HeldStore) -> None:
        """If the medium fails, every change of the group is reported as not written."""
        free.fault = FULL
        ends = await asyncio.gather(*(commit.submit((learner(n),)) for n in range(3)), return_exceptions=True)
        assert [str(end) for end in ends] == ["the disk is full"] * 3
        assert all(isinstance(end, StoreError) for end in ends)
        assert free.written == []

    async def test_next_submission_tries_anew(self, commit: GroupCommit, free: HeldStore) -> None:
        """Once there is space again, the next change is written: nobody needs to restart anything."""
        free.fault = FULL
        with pytest.raises(StoreError):
            await commit.submit((learner(1),))
        free.fault = None
        await commit.submit((learner(2),))
        assert free.rows == [learner(2)]

    async def test_poison_is_put_aside_alone(
        self, commit: GroupCommit, free: HeldStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One change that cannot be written fails by itself; the rest of its group is written."""
        good, bad, fine = (commit.submit(change) for change in ((learner(1),), POISON, (learner(2),)))
        await asyncio.gather(good, fine)
        error = quiet(bad)
        assert isinstance(error, PoisonedChange)
        assert error.change == POISON
        assert "change of Attempt cannot be written" in str(error)
        assert free.written == [[(learner(1),)], [(learner(2),)]]
        assert commit.counters.poisoned == 1
        assert "change_poisoned" in caplog.text

    async def test_disk_that_fills_during_the_retry_fails_the_rest(
        self, commit: GroupCommit, free: HeldStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If the medium fails while changes are tried one by one, those not tried yet fail too."""
        written = free.write

        async def fill_up(group: Sequence[Change]) -> None:
            await written(group)
            free.fault = FULL

        monkeypatch.setattr(free, "write", fill_up)
        futures = [commit.submit(change) for change in ((learner(1),), POISON, (learner(2),))]
        await asyncio.wait(futures)
        assert [type(quiet(future)) for future in futures] == [type(None), StoreError, StoreError]

    async def test_any_error_of_the_store_reaches_who_waits(
        self, commit: GroupCommit, free: HeldStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No error of the store, of whatever kind, leaves anybody waiting for ever."""
        free.fault = ZeroDivisionError("bug")
        with pytest.raises(PoisonedChange, match="bug"):
            await commit.submit((learner(1),))
        free.fault = None
        await commit.submit((learner(1),))


class TestDeferred:
    async def test_deferred_row_goes_by_itself(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """Without any other change a deferred row is written after a while."""
        commit.defer(Heartbeat(NOW_MS))
        time.now_s += 1
        await free.begun.acquire()
        await commit.close()
        assert free.rows == [Heartbeat(NOW_MS)]

    async def test_deferred_row_rides_along_when_its_time_has_come(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """A deferred row joins the first group after its time, and costs no commit of its own."""
        commit.defer(Delivered(ANNA, 1))
        await commit.submit((learner(BEN),))
        time.now_s += 0.01
        await commit.submit((learner(1),))
        assert free.written == [[(learner(BEN),)], [(learner(1),), (Delivered(ANNA, 1),)]]

    async def test_newer_learner_outdates_a_delivery(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """A delivery is not written when a newer row of that learner no longer owes it."""
        commit.defer(Delivered(ANNA, 1))
        commit.defer(Delivered(BEN, 1))
        await commit.submit((owing(2, ANNA),))
        await commit.submit((owing(1, BEN),))
        await commit.close()
        assert free.rows == [owing(2, ANNA), owing(1, BEN), Delivered(BEN, 1)]

    async def test_older_delivery_does_not_replace_a_newer_one(
        self, commit: GroupCommit, free: HeldStore
    ) -> None:
        """Of two deliveries to one learner the later number is written."""
        for number in (1, 3, 2):
            commit.defer(Delivered(ANNA, number))
        await commit.close()
        assert free.rows == [Delivered(ANNA, 3)]

    @pytest.mark.parametrize(
        ("deferred", "submitted"),
        [
            (StoredFile("s", "d", "k", "old"), ForgottenFile("s", "d", "k")),
            (InboxItem(5, ANNA, b"", NOW_MS, tries=2), InboxDone(5)),
            (Heartbeat(1), Heartbeat(2)),
        ],
    )
    async def test_submitted_row_is_the_last_word(
        self, commit: GroupCommit, free: HeldStore, deferred: Row, submitted: Row
    ) -> None:
        """What was deferred about the same thing is never written after what was submitted later."""
        commit.defer(deferred)
        await commit.submit((submitted,))
        await commit.close()
        assert free.rows == [submitted]

    async def test_deferred_rows_survive_a_full_disk(
        self, commit: GroupCommit, free: HeldStore, time: Time
    ) -> None:
        """Deferred rows of a group that failed are written with a later one, unless outdated meanwhile."""
        commit.defer(Delivered(ANNA, 1))
        commit.defer(Heartbeat(1))
        time.now_s += 1
        free.fault = FULL
        with pytest.raises(StoreError):
            await commit.submit((learner(1),))
        commit.defer(Heartbeat(2))
        free.fault = None
        await commit.submit((learner(2),))
        await commit.close()
        assert free.rows == [learner(2), Delivered(ANNA, 1), Heartbeat(2)]

    async def test_what_was_submitted_during_a_failing_write_stays_the_last_word(
        self, commit: GroupCommit, store: HeldStore, time: Time
    ) -> None:
        """A deferred row that comes back from a failed group does not overtake a newer one that waits."""
        item = InboxItem(5, ANNA, b"", NOW_MS, tries=2)
        commit.defer(item)
        time.now_s += 1
        first = commit.submit((learner(1),))
        await store.begun.acquire()
        done = commit.submit((InboxDone(5),))
        store.fault = FULL
        store.may_end.release()
        await asyncio.wait([first])
        assert isinstance(quiet(first), StoreError)
        await store.begun.acquire()
        store.fault = None
        store.release()
        await done
        await commit.close()
        assert store.rows == [InboxDone(5)]

    async def test_deferred_rows_are_bounded(
        self, commit: GroupCommit, free: HeldStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While the store fails deferred rows do not pile up without end; what is dropped is counted."""
        monkeypatch.setattr(commit_module, "MOST_DEFERRED", 3)
        for learner_id in range(5):
            commit.defer(Delivered(learner_id, 1))
        commit.defer(Delivered(0, 2))
        assert (commit.waiting, commit.counters.dropped) == (3, 2)

    async def test_poisoned_deferred_row_is_dropped(
        self, commit: GroupCommit, free: HeldStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A deferred row that cannot be written is logged and stops nothing."""
        commit.defer(card("a", BEN))
        commit.defer(Heartbeat(1))
        await commit.close()
        assert free.rows == [Heartbeat(1)]
        assert "change_poisoned" in caplog.text


class TestClosing:
    async def test_close_commits_all_that_waits(self, commit: GroupCommit, free: HeldStore) -> None:
        """close() returns when everything handed over is durable, deferred rows too."""
        futures = [commit.submit((learner(n),)) for n in range(5)]
        commit.defer(Heartbeat(1))
        await commit.close()
        assert all(future.done() for future in futures)
        assert free.rows == [*(learner(n) for n in range(5)), Heartbeat(1)]

    async def test_later_submissions_fail(self, commit: GroupCommit, free: HeldStore) -> None:
        """After close() a change is reported as not written, and a deferred row is dropped."""
        await commit.close()
        commit.defer(Heartbeat(1))
        with pytest.raises(StoreError, match="stopping"):
            await commit.submit((learner(1),))
        assert free.rows == []

    async def test_close_ends_although_the_disk_is_full(
        self, commit: GroupCommit, free: HeldStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A store that fails to the last does not keep the bot from stopping; what is lost is counted."""
        free.fault = FULL
        commit.defer(Heartbeat(1))
        await commit.close()
        assert "lost_rows=1" in caplog.text

    async def test_counters_add_up(self, commit: GroupCommit, free: HeldStore, time: Time) -> None:
        """Groups, changes and failures are counted."""
        await asyncio.gather(*(commit.submit((learner(n),)) for n in range(3)))
        free.fault = FULL
        with pytest.raises(StoreError):
            await commit.submit((learner(9),))
        counters = commit.counters
        assert (counters.groups, counters.changes, counters.largest_group) == (1, 3, 3)
        assert (counters.store_failures, counters.poisoned, counters.dropped) == (1, 0, 0)
        assert (counters.group_sizes.sum, len(counters.writing_s), len(counters.waiting_s)) == (3, 2, 2)
        assert counters.fault == str(FULL)
        free.fault = None
        await commit.submit((learner(9),))
        assert counters.fault == ""

    async def test_wait_counts_from_the_first_change(
        self, commit: GroupCommit, store: HeldStore, time: Time
    ) -> None:
        """A group's wait is that of its oldest change; while the store is at it, it is told for how long."""
        first = commit.submit((learner(1),))
        await store.begun.acquire()
        late = commit.submit((learner(2),))
        time.now_s += 5
        later = commit.submit((learner(3),))
        assert commit.writing_for_s == 5
        store.release()
        await asyncio.gather(first, late, later)
        assert (commit.counters.waiting_s.sum, commit.counters.writing_s.sum) == (5, 5)
        assert commit.writing_for_s == 0
