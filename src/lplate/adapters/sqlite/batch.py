"""Sort the rows of a group by statement, so that one step writes many rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
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
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from apsw import SQLiteValue, SQLiteValues

    from lplate.ports import Change

    Step = tuple[str, Sequence[SQLiteValue]]

MOST_ROWS: Final = 128
"""Rows written in one step at most; a number is split into powers of two, so that few texts are prepared."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kind:
    """Know how rows of one kind are written, and what they are about if they make or remove it."""

    statement: sql.ManyRows
    bindings: Callable[[Any], SQLiteValues]
    makes: Callable[[Any], Hashable] | None = None
    removes: Callable[[Any], Hashable] | None = None


_KINDS: Final[Mapping[type, _Kind]] = {
    Learner: _Kind(sql.UPSERT_LEARNERS, learner_bindings, makes=lambda row: (Learner, row.id)),
    Attempt: _Kind(sql.INSERT_ATTEMPTS, attempt_bindings),
    Card: _Kind(sql.UPSERT_CARDS, card_bindings),
    InboxItem: _Kind(sql.UPSERT_INBOX, inbox_bindings, makes=lambda row: (InboxItem, row.update_id)),
    InboxDone: _Kind(
        sql.DELETE_INBOX, lambda row: (row.update_id,), removes=lambda row: (InboxItem, row.update_id)
    ),
    DeadLetter: _Kind(sql.UPSERT_DEAD_LETTERS, dead_letter_bindings),
    Delivered: _Kind(
        sql.CLEAR_OWED,
        lambda row: (row.learner_id, row.owed_number),
        removes=lambda row: (Learner, row.learner_id),
    ),
    StoredFile: _Kind(
        sql.UPSERT_FILES,
        lambda row: (row.scope, row.digest, row.kind, row.file_id),
        makes=lambda row: (StoredFile, row.scope, row.digest, row.kind),
    ),
    ForgottenFile: _Kind(
        sql.DELETE_FILES,
        lambda row: (row.scope, row.digest, row.kind),
        removes=lambda row: (StoredFile, row.scope, row.digest, row.kind),
    ),
    Heartbeat: _Kind(sql.UPSERT_HEARTBEAT, lambda row: (row.at_ms,)),
    Invite: _Kind(sql.UPSERT_INVITES, astuple),
    InviteUse: _Kind(sql.INSERT_INVITE_USES, astuple),
    Broadcast: _Kind(sql.UPSERT_BROADCASTS, broadcast_bindings),
    Maintenance: _Kind(sql.UPSERT_MAINTENANCE, astuple),
}
"""Statements run in this order: what makes a row comes before what changes or removes it."""
_PLACES: Final = {kind: place for place, kind in enumerate(_KINDS.values())}


def steps_of(group: Iterable[Change]) -> list[Step]:
    """Return statements with their bindings; running them leaves what the rows one after another would.

    Raises:
        TypeError: if a row is of no known kind.
    """
    steps: list[Step] = []
    batch = _Batch()
    for change in group:
        for row in change:
            if not batch.takes(row):
                steps += batch.steps()
                batch = _Batch()
                batch.takes(row)
    steps += batch.steps()
    return steps


class _Batch:
    """Collect rows whose order does not matter beyond that of the statements."""

    __slots__ = ("_bindings", "_removed")

    def __init__(self) -> None:
        self._bindings: defaultdict[_Kind, list[SQLiteValue]] = defaultdict(list)
        self._removed: set[Hashable] = set()

    def takes(self, row: object) -> bool:
        """Take *row* in; return False if it makes anew what a row of this batch changes or removes."""
        kind = _KINDS.get(type(row))
        if kind is None:
            raise TypeError(f"{type(row).__name__} is no row of the store; add it to every adapter")
        if self._removed and kind.makes is not None and kind.makes(row) in self._removed:
            return False
        self._bindings[kind] += kind.bindings(row)
        if kind.removes is not None:
            self._removed.add(kind.removes(row))
        return True

    def steps(self) -> Iterator[Step]:
        for kind in sorted(self._bindings, key=_PLACES.__getitem__):
            yield from _parts(kind.statement, self._bindings[kind])


def _parts(statement: sql.ManyRows, bindings: list[SQLiteValue]) -> Iterator[Step]:
    """Yield *statement* for powers of two of its rows, the largest first, none above MOST_ROWS."""
    columns = statement.columns
    start, rows = 0, len(bindings) // columns
    while rows:
        count = min(MOST_ROWS, 1 << (rows.bit_length() - 1))
        yield statement.for_rows(count), bindings[start : start + count * columns]
        start += count * columns
        rows -= count
