"""Sort the rows of a group by statement, so that one step writes many rows."""

from __future__ import annotations

from dataclasses import astuple
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.rows import (
    attempt_bindings,
    broadcast_bindings,
    card_bindings,
    dead_letter_bindings,
    inbox_bindings,
    learner_bindings,
)
from lplate.domain.broadcast import Broadcast
from lplate.domain.invitation import Invite, InviteUse
from lplate.domain.learner import Learner
from lplate.domain.operation import Maintenance
from lplate.domain.scheduling import Card
from lplate.ports import (
    Attempt,
    DeadLetter,
    Delivered,
    ForgottenFile,
    Heartbeat,
    InboxDone,
    InboxItem,
    StoredFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from apsw import SQLiteValues

    from lplate.ports import Change

    Step = tuple[str, SQLiteValues]

MOST_ROWS: Final = 128
"""Rows written in one step at most; a number is split into powers of two, so that few texts are prepared."""

_WRITING: Final[Mapping[type, tuple[sql.ManyRows, Callable[[Any], SQLiteValues]]]] = {
    Learner: (sql.UPSERT_LEARNERS, learner_bindings),
    Attempt: (sql.INSERT_ATTEMPTS, attempt_bindings),
    Card: (sql.UPSERT_CARDS, card_bindings),
    InboxItem: (sql.UPSERT_INBOX, inbox_bindings),
    InboxDone: (sql.DELETE_INBOX, lambda row: (row.update_id,)),
    DeadLetter: (sql.UPSERT_DEAD_LETTERS, dead_letter_bindings),
    Delivered: (sql.CLEAR_OWED, lambda row: (row.learner_id, row.owed_number)),
    StoredFile: (sql.UPSERT_FILES, lambda row: (row.scope, row.digest, row.kind, row.file_id)),
    ForgottenFile: (sql.DELETE_FILES, lambda row: (row.scope, row.digest, row.kind)),
    Heartbeat: (sql.UPSERT_HEARTBEAT, lambda row: (row.at_ms,)),
    Invite: (sql.UPSERT_INVITES, astuple),
    InviteUse: (sql.INSERT_INVITE_USES, astuple),
    Broadcast: (sql.UPSERT_BROADCASTS, broadcast_bindings),
    Maintenance: (sql.UPSERT_MAINTENANCE, astuple),
}
"""Statements run in this order: what makes a row comes before what changes or removes it."""

_MADE: Final[Mapping[type, Callable[[Any], Hashable]]] = {
    InboxItem: lambda row: (InboxItem, row.update_id),
    Learner: lambda row: (Learner, row.id),
    StoredFile: lambda row: (StoredFile, row.scope, row.digest, row.kind),
}
_REMOVED: Final[Mapping[type, Callable[[Any], Hashable]]] = {
    InboxDone: lambda row: (InboxItem, row.update_id),
    Delivered: lambda row: (Learner, row.learner_id),
    ForgottenFile: lambda row: (StoredFile, row.scope, row.digest, row.kind),
}


def steps_of(group: Iterable[Change]) -> list[Step]:
    """Return statements with their bindings; running them leaves what the rows one after another would.

    Raises:
        TypeError: if a row is of no known kind.
    """
    steps: list[Step] = []
    batch = _Batch()
    for change in group:
        for row in change:
            if batch.must_end_before(row):
                steps += batch.steps()
                batch = _Batch()
            batch.add(row)
    steps += batch.steps()
    return steps


class _Batch:
    """Collect rows whose order does not matter beyond that of the statements."""

    def __init__(self) -> None:
        self._rows: dict[type, list[SQLiteValues]] = {}
        self._removed: set[Hashable] = set()

    def must_end_before(self, row: object) -> bool:
        """Return True if *row* makes anew what a row of this batch changes or removes."""
        if not self._removed:
            return False
        made = _MADE.get(type(row))
        return made is not None and made(row) in self._removed

    def add(self, row: object) -> None:
        kind = type(row)
        if kind not in _WRITING:
            raise TypeError(f"{kind.__name__} is no row of the store; add it to every adapter")
        self._rows.setdefault(kind, []).append(_WRITING[kind][1](row))
        if kind in _REMOVED:
            self._removed.add(_REMOVED[kind](row))

    def steps(self) -> Iterator[Step]:
        for kind, (statement, _) in _WRITING.items():
            rows = self._rows.get(kind, ())
            start = 0
            for count in _powers_of_two(len(rows)):
                yield statement.for_rows(count), tuple(chain.from_iterable(rows[start : start + count]))
                start += count


def _powers_of_two(rows: int) -> Iterator[int]:
    """Split a number of rows, the largest part first, none above MOST_ROWS."""
    count = MOST_ROWS
    while rows:
        while count > rows:
            count //= 2
        yield count
        rows -= count
