"""Sort the rows of a group by statement, so that one step writes many rows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple, dataclass
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
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from apsw import SQLiteValue, SQLiteValues

    from lplate.ports import Change

    Rows = Mapping[type, Sequence[Any]]
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


def rows_by_kind(group: Iterable[Change]) -> Rows:
    """Return the rows of a group by their class, those of one class in order."""
    rows: defaultdict[type, list[Any]] = defaultdict(list)
    for change in group:
        for row in change:
            rows[row.__class__].append(row)
    return rows


def steps_of(group: Iterable[Change], rows: Rows) -> list[Step]:
    """Return statements with their bindings; running them leaves what the rows one after another would.

    *rows* are those of *group* by kind: most groups need no other order.

    Raises:
        TypeError: if a row is of no known kind.
    """
    for kind in rows.keys() - _KINDS.keys():
        raise TypeError(f"{kind.__name__} is no row of the store; add it to every adapter")
    batches = _batches(group) if _is_order_needed(rows) else (rows,)
    return [step for batch in batches for step in _steps(batch)]


def _is_order_needed(rows: Rows) -> bool:
    """Return True if a row makes what another changes or removes: before it or after it."""
    removed = {
        how.removes(row) for kind, how in _KINDS.items() if how.removes and kind in rows for row in rows[kind]
    }
    return bool(removed) and any(
        how.makes(row) in removed
        for kind, how in _KINDS.items()
        if how.makes and kind in rows
        for row in rows[kind]
    )


def _batches(group: Iterable[Change]) -> Iterator[Rows]:
    """Part *group* where a row makes anew what one before it in the batch changes or removes."""
    batch: list[Any] = []
    removed: set[Hashable] = set()
    for row in chain.from_iterable(group):
        how = _KINDS[row.__class__]
        if removed and how.makes is not None and how.makes(row) in removed:
            yield rows_by_kind((tuple(batch),))
            batch.clear()
            removed.clear()
        batch.append(row)
        if how.removes is not None:
            removed.add(how.removes(row))
    yield rows_by_kind((tuple(batch),))


def _steps(rows: Rows) -> Iterator[Step]:
    for kind, how in _KINDS.items():
        if kind in rows:
            bindings: list[SQLiteValue] = []
            bindings_of = how.bindings
            for row in rows[kind]:
                bindings += bindings_of(row)
            yield from _parts(how.statement, bindings)


def _parts(statement: sql.ManyRows, bindings: list[SQLiteValue]) -> Iterator[Step]:
    """Yield *statement* for powers of two of its rows, the largest first, none above MOST_ROWS."""
    columns = statement.columns
    start, rows = 0, len(bindings) // columns
    while rows:
        count = min(MOST_ROWS, 1 << (rows.bit_length() - 1))
        yield statement.for_rows(count), bindings[start : start + count * columns]
        start += count * columns
        rows -= count
