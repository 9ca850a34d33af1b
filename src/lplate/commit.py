"""Group commit: all changes that wait become one transaction, and each learns when it is safe."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from lplate.domain.learner import Learner
from lplate.errors import LplateError, StoreError
from lplate.metrics import seconds, sizes
from lplate.ports import Delivered, ForgottenFile, Heartbeat, InboxDone, InboxItem, StoredFile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping

    from lplate.ports import Change, Row, Store
    from lplate_native import Histogram

    OnEnd = Callable[[Exception | None], None]
    _Entry = tuple[Change, OnEnd | None]

_log = logging.getLogger(__name__)

MOST_DEFERRED: Final = 65_536
"""Beyond this deferred rows are dropped: all they save is repeating what is harmless to repeat."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Say when commits begin and how large they become.

    They begin at least *window_s* apart: at 1,000 presses a second 2 ms halve the CPU time of each. A
    deferred row waits *lazy_s* for one that outdates it, then for a group, at most as long again.
    """

    window_s: float = 0.002
    lazy_s: float = 5.0
    largest_group: int = 4096


DEFAULT_PACE: Final = Pace()


class PoisonedChange(LplateError):  # noqa: N818 - named for what it brings back
    """A change cannot be written although the medium is well; *change* is what it held."""

    def __init__(self, change: Change, reason: Exception) -> None:
        kinds = ", ".join(type(row).__name__ for row in change)
        super().__init__(f"change of {kinds} cannot be written: {reason!r}; put it aside")
        self.change = change
        self.reason = reason


@dataclass(slots=True)
class CommitCounters:
    """Count what was committed since the start.

    *writing_s* is the time the store took for each group, *waiting_s* that until a group was handed to it,
    from the arrival of its first change. *fault* is why the last group failed, empty if it did not.
    """

    groups: int = 0
    changes: int = 0
    largest_group: int = 0
    store_failures: int = 0
    poisoned: int = 0
    dropped: int = 0
    fault: str = ""
    writing_s: Histogram = field(default_factory=seconds)
    waiting_s: Histogram = field(default_factory=seconds)
    group_sizes: Histogram = field(default_factory=sizes)


class GroupCommit:
    """Hand changes to the store in groups, one group at a time, in order of arrival.

    A commit begins at once if the last one began a window ago or longer, else when that time is over. What
    arrives meanwhile forms the next group. *pace* may be set anew at any time.
    """

    def __init__(
        self,
        store: Store,
        pace: Pace = DEFAULT_PACE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.counters = CommitCounters()
        self._store = store
        self.pace = pace
        self._clock = clock
        self._sleep = sleep
        self._waiting: deque[_Entry] = deque()
        self._deferred: dict[Hashable, tuple[float, Row]] = {}  # and the time from when it may go, in order
        self._is_flushing = False
        self._is_closed = False
        self._began_s = -math.inf
        self._is_writing = False
        self._oldest_s = 0.0  # when the first of those waiting came
        self._worker: asyncio.Task[None] | None = None  # runs only while there is something to commit
        self._is_working = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Return how many changes and deferred rows are not handed to the store yet."""
        return len(self._waiting) + len(self._deferred)

    @property
    def writing_for_s(self) -> float:
        """Return for how long the store has been at the group under way, 0 if there is none."""
        return self._clock() - self._began_s if self._is_writing else 0.0

    def start(self, change: Change, on_end: OnEnd) -> None:
        """Commit *change*; *on_end* is told later: None when it is durable, else what submit() would raise.

        The same as submit() without a future and a turn of the event loop.
        """
        if self._is_closed:
            asyncio.get_running_loop().call_soon(
                on_end, StoreError("the bot is stopping; nothing was written")
            )
            return
        if self._deferred:
            self._drop_outdated(change)
        if not self._waiting:
            self._oldest_s = self._clock()
        self._waiting.append((change, on_end))
        if not self._is_working:
            self._work()

    def submit(self, change: Change) -> asyncio.Future[None]:
        """Return a future that is done when *change* is durable; cancelling it stops nothing.

        It fails with StoreError if the medium failed: nothing was written, and the next group tries anew by
        itself. It fails with PoisonedChange if this change alone cannot be written.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.start(change, partial(_settle, future))
        return future

    def defer(self, row: Row) -> None:
        """Write *row* soon, when it costs least: its loss would only mean repeating something harmless."""
        key = _KEYS.get(row.__class__, _itself)(row)
        deferred = self._deferred
        former = deferred.get(key)
        if self._is_closed or (former is None and len(deferred) >= MOST_DEFERRED):
            self.counters.dropped += 1
            return
        if former is None:
            deferred[key] = (self._clock() + self.pace.lazy_s, row)
        elif _outdates(row, former[1]):
            deferred[key] = (former[0], row)
        if self._timer is None:
            self._set_timer()

    async def close(self) -> None:
        """Commit all that waits; later submissions fail. The store stays open."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        self._flush()
        if self._worker is not None:
            await self._worker
        if self.waiting:
            _log.warning("commit_closed lost_rows=%d: the store failed to the last", self.waiting)

    def _drop_outdated(self, change: Change) -> None:
        deferred = self._deferred
        for row in change:
            about = _KEYS.get(row.__class__)
            if about is not None and (older := deferred.get(about(row))) and _outdates(row, older[1]):
                del deferred[about(row)]

    def _set_timer(self) -> None:
        if self._timer is None and not self._is_closed:
            self._timer = asyncio.get_running_loop().call_later(self.pace.lazy_s, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self.waiting:
            self._is_flushing = True
            if not self._is_working:
                self._work()

    def _work(self) -> None:
        self._is_working = True
        self._worker = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting or self._is_flushing:
                wait_s = self._began_s + self.pace.window_s - self._clock()
                if wait_s > 0:
                    await self._sleep(wait_s)
                await self._commit(self._take())
        finally:
            self._is_working = False
        if self._deferred:
            self._set_timer()

    def _take(self) -> list[_Entry]:
        """Return the next group: all that waits, and the deferred rows whose time has come."""
        largest = self.pace.largest_group
        now_s = self._clock()
        if self._waiting:
            self.counters.waiting_s.observe(now_s - self._oldest_s)
        if len(self._waiting) <= largest:
            group = list(self._waiting)
            self._waiting.clear()
        else:
            group = [self._waiting.popleft() for _ in range(largest)]
        now_s = math.inf if self._is_closed else now_s
        while self._deferred and len(group) < largest:
            key, (due_s, row) = next(iter(self._deferred.items()))
            if due_s > now_s:
                break
            del self._deferred[key]
            group.append(((row,), None))
        self._is_flushing = len(group) == largest
        return group

    async def _commit(self, group: list[_Entry]) -> None:
        if not group:
            return
        self._began_s = self._clock()
        self._is_writing = True
        try:
            await self._store.write([change for change, _ in group])
        except StoreError as error:
            self._fail(group, error)
        except Exception as error:  # noqa: BLE001 - some change of the group is at fault, whatever it raised
            _log.warning("group_failed changes=%d error=%r each is tried alone", len(group), error)
            await self._commit_singly(group)
        else:
            self._succeed(group)
        self._is_writing = False
        self.counters.writing_s.observe(self._clock() - self._began_s)

    async def _commit_singly(self, group: list[_Entry]) -> None:
        for position, (change, on_end) in enumerate(group):
            try:
                await self._store.write([change])
            except StoreError as error:
                self._fail(group[position:], error)
                return
            except Exception as error:  # noqa: BLE001 - as above, and this change it is
                self._put_aside(change, on_end, error)
            else:
                self._succeed([(change, on_end)])

    def _succeed(self, group: list[_Entry]) -> None:
        counters = self.counters
        counters.fault = ""
        counters.groups += 1
        counters.group_sizes.observe(len(group))
        counters.changes += len(group)
        counters.largest_group = max(counters.largest_group, len(group))
        _tell(group, None)

    def _fail(self, group: list[_Entry], error: StoreError) -> None:
        """Tell all who wait; deferred rows go back, unless newer ones have come."""
        self.counters.store_failures += 1
        self.counters.fault = str(error)
        _log.warning("store_failed changes=%d error=%s", len(group), error)
        returned: dict[Hashable, tuple[float, Row]] = {}
        for change, on_end in group:
            if on_end is None:
                for row in change:
                    returned[_KEYS.get(row.__class__, _itself)(row)] = (self._began_s, row)
        self._deferred = returned | self._deferred
        for change, _ in self._waiting:
            self._drop_outdated(change)
        self._is_flushing = False
        for entry in group:
            _tell((entry,), StoreError(*error.args))  # each its own: a traceback is hung on it

    def _put_aside(self, change: Change, on_end: OnEnd | None, reason: Exception) -> None:
        self.counters.poisoned += 1
        poisoned = PoisonedChange(change, reason)
        _log.error("change_poisoned error=%s", poisoned, exc_info=reason)
        _tell(((change, on_end),), poisoned)


def _tell(group: Iterable[_Entry], error: Exception | None) -> None:
    for _, on_end in group:
        if on_end is not None:
            try:
                on_end(error)
            except Exception:  # noqa: BLE001 - logged; whatever its fault is, the others wait behind it
                _log.exception("commit_receiver_failed")


def _settle(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():  # whoever waited has gone
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _itself(row: Row) -> Hashable:
    return row


_KEYS: Final[Mapping[type, Callable[[Any], Hashable]]] = {
    Learner: attrgetter("id"),  # a plain number: no other row's key is one
    Delivered: attrgetter("learner_id"),
    InboxItem: lambda row: (InboxItem, row.update_id),
    InboxDone: lambda row: (InboxItem, row.update_id),
    StoredFile: lambda row: (StoredFile, row.scope, row.digest, row.kind),
    ForgottenFile: lambda row: (StoredFile, row.scope, row.digest, row.kind),
    Heartbeat: lambda _: Heartbeat,
}
"""What a row is about: of two about the same, usually only the newer need be written."""


def _outdates(newer: Row, older: Row) -> bool:
    """Return True if *older* need not be written when *newer* is."""
    if not isinstance(older, Delivered):
        return True
    if isinstance(newer, Learner):
        owed = newer.owed
        return not owed or owed[0].number > older.owed_number  # the oldest stands first
    return isinstance(newer, Delivered) and newer.owed_number >= older.owed_number
