"""The Store port on one SQLite file."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager, suppress
from math import inf
from typing import TYPE_CHECKING, Any, Final, Self

import apsw
import msgspec

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.backup import sync_folder
from lplate.adapters.sqlite.batch import rows_by_kind, steps_of
from lplate.adapters.sqlite.checkpointer import Checkpointer
from lplate.adapters.sqlite.connection import open_reader, open_writer
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.adapters.sqlite.health import check, check_space, was_left_open
from lplate.adapters.sqlite.lock import DatabaseLock
from lplate.adapters.sqlite.mistakes import NextMistakes
from lplate.adapters.sqlite.operation import count_recipients, read_day_numbers, read_recipients
from lplate.adapters.sqlite.options import DEFAULTS
from lplate.adapters.sqlite.readers import Readers
from lplate.adapters.sqlite.rows import broadcast_from, card_from, learner_from
from lplate.adapters.sqlite.schema import known_migrations, migrate
from lplate.adapters.sqlite.slow import SlowQueries
from lplate.adapters.sqlite.statistics import read_statistics
from lplate.adapters.sqlite.writer import Writer
from lplate.domain.invitation import Invite
from lplate.domain.operation import Maintenance
from lplate.domain.scheduling import Card
from lplate.metrics import StoreMetrics, StoreState
from lplate.ports import DeadLetter, InboxItem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from apsw import SQLiteValues

    from lplate.adapters.sqlite.options import SqliteOptions
    from lplate.domain.broadcast import Audience, Broadcast, Recipient
    from lplate.domain.learner import Learner
    from lplate.domain.operation import DayNumbers
    from lplate.domain.statistics import Statistics
    from lplate.ports import Accept, Change

FEW: Final = 32
"""More than a learner's recent questions, which are not to come again yet."""
NO_LIMIT: Final = -1
_strings: Final = msgspec.json.Decoder(list[str]).decode
_integers: Final = msgspec.json.Decoder(list[int]).decode


class SqliteStore:
    """Keep learners in one file: a writing thread, point reads inline, long reads on a few threads.

    A point read costs microseconds, less than handing it to a thread would. Each reads to its end before it
    returns: a reader left open would keep the log from being cut.
    """

    def __init__(
        self,
        path: Path,
        lock: DatabaseLock,
        writer: Writer,
        near: apsw.Connection,
        far: Readers,
        mistakes: NextMistakes,
        metrics: StoreMetrics,
    ) -> None:
        self.metrics = metrics
        self._path = path
        self._lock = lock
        self._writer = writer
        self._near = near
        self._far = far
        self._mistakes = mistakes
        self._is_closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        options: SqliteOptions = DEFAULTS,
        *,
        vfs: str | None = None,
        lock: DatabaseLock | None = None,
    ) -> Self:
        """Open the database, creating or migrating it.

        *lock* is its lock if taken already; the store lets go of it in any case.

        Raises:
            StoreError: if another process holds it, it is damaged, of another program or too new, or the
                medium fails.
        """
        with ExitStack() as undo:
            lock = lock or DatabaseLock.take(path)
            undo.callback(lock.release)
            writing = _prepare(path, vfs, options)
            undo.callback(writing.close)
            copying = open_writer(path, vfs, options)
            undo.callback(copying.close)
            near = open_reader(path, vfs, options)
            undo.pop_all()
        metrics = StoreMetrics()
        writer = Writer(writing, Checkpointer(copying, path, metrics.checkpoint_s), path, options)
        far = Readers(path, options, vfs, metrics.connection_wait_s)
        return cls(path, lock, writer, near, far, NextMistakes(options.learners), metrics)

    def log_slow_queries(self, threshold_ms: float) -> None:
        """Log statements that take so long from now on, with their plans; 0: none. May be called again."""
        if self._writer.slow is not None:
            self._writer.slow.set_threshold(threshold_ms)
        elif threshold_ms:
            self._writer.slow = self._far.slow = SlowQueries(self._path, threshold_ms)
            self._writer.slow.watch(self._near)

    async def close(self) -> None:
        """Finish running reads and writes and let go of the files."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._far.close()
        self._near.close()
        await self._writer.close()
        self._lock.release()

    def state(self) -> StoreState:
        """Return how the files and the reading connections are now; a few system calls."""
        in_use = min(self._far.pending, self._far.size)
        return StoreState(
            engine=apsw.sqlite_lib_version(),
            database_bytes=_size(self._path),
            log_bytes=_size(self._path.with_name(self._path.name + "-wal")),
            free_bytes=_free(self._path.parent),
            connections_in_use=in_use,
            connections_idle=self._far.size - in_use,
        )

    @property
    def wal_pages(self) -> int:
        """Return the length of the write-ahead log in pages of 4 KiB; grows if a reader is left open."""
        return self._writer.wal_pages

    async def write(self, group: Sequence[Change]) -> None:
        """Write a group in one transaction, durable on return; writing it again changes nothing."""
        rows = rows_by_kind(group)
        self._mistakes.lower(rows.get(Card, ()))
        await self._writer.run(steps_of(group, rows))

    async def load(self, learner_id: int) -> Learner | None:
        """Return the learner as last committed, None if unknown."""
        row = self._row(sql.SELECT_LEARNER, (learner_id,))
        return None if row is None else learner_from(row)

    async def card(self, learner_id: int, bank_id: str, question_id: str) -> Card | None:
        """Return what the learner knows of one question, None before the first answer."""
        row = self._row(sql.SELECT_CARD, (learner_id, bank_id, question_id))
        return None if row is None else card_from(row)

    async def due_mistake(self, learner_id: int, bank_id: str, now_ms: int, accept: Accept) -> str | None:
        """Return the acceptable mistake that fell due first, None if none is due."""
        if not self._mistakes.may_be_due(learner_id, bank_id, now_ms):
            return None
        earliest = inf
        with self._reading(sql.SELECT_MISTAKES, (learner_id, bank_id)) as rows:
            for question_id, due_at_ms in rows:
                earliest = min(earliest, due_at_ms)
                if due_at_ms > now_ms:
                    break
                if accept(str(question_id)):
                    return str(question_id)
        self._mistakes.note(learner_id, bank_id, earliest)
        return None

    async def least_recalled(self, learner_id: int, bank_id: str, now_ms: int, accept: Accept) -> str | None:
        """Return the acceptable question with the greatest elapsed time over stability."""
        key = (learner_id, bank_id, now_ms)
        # Sorting out the first few takes half the time of sorting all, which few topics may need.
        found = self._first(sql.SELECT_LEAST_RECALLED, (*key, FEW), accept)
        return found or self._first(sql.SELECT_LEAST_RECALLED, (*key, NO_LIMIT), accept)

    async def answered_questions(self, learner_id: int, bank_id: str) -> list[str]:
        """Return the ids of all questions answered at least once, sorted."""
        return _strings(await self._one(sql.SELECT_ANSWERED, (learner_id, bank_id)))

    async def statistics(self, learner_id: int, bank_id: str, size: int, now_ms: int) -> Statistics:
        """Return the learner's numbers for a bank of *size* questions."""
        return await self._far.run(
            lambda connection: read_statistics(connection, learner_id, bank_id, size, now_ms)
        )

    async def owing(self) -> list[int]:
        """Return the ids of all reachable learners who are still owed a reply."""
        return _integers(await self._one(sql.SELECT_OWING))

    async def inbox(self) -> list[InboxItem]:
        """Return the cold updates not handled yet, in order of receipt."""
        return [InboxItem(*row) for row in await self._rows(sql.SELECT_INBOX)]

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the updates put aside, oldest first."""
        return [DeadLetter(*row) for row in await self._rows(sql.SELECT_DEAD_LETTERS)]

    async def file_id(self, scope: str, digest: str, kind: str) -> str | None:
        """Return the remembered file id of a picture."""
        row = self._row(sql.SELECT_FILE, (scope, digest, kind))
        return None if row is None else str(row[0])

    async def heartbeat_ms(self) -> int | None:
        """Return the last noted heartbeat, None before the first."""
        row = self._row(sql.SELECT_HEARTBEAT, ())
        return None if row is None else int(row[0])

    async def invite(self, code: str) -> Invite | None:
        """Return an invitation, None if there is none of that code."""
        row = self._row(sql.SELECT_INVITE, (code,))
        return None if row is None else Invite(*row)

    async def invite_users(self, code: str) -> list[int]:
        """Return the ids of all learners who used an invitation, sorted."""
        return _integers(self._row(sql.SELECT_INVITE_USERS, (code,))[0])

    async def invites(self) -> list[tuple[Invite, int]]:
        """Return all invitations with how often each was used, the oldest first."""
        return [(Invite(*row[:-1]), row[-1]) for row in await self._rows(sql.SELECT_INVITES)]

    async def broadcasts(self, most: int) -> list[Broadcast]:
        """Return the newest broadcasts, the newest first."""
        return [broadcast_from(row) for row in await self._rows(sql.SELECT_BROADCASTS, (most,))]

    async def recipients(self, audience: Audience, after_id: int, most: int, now_ms: int) -> list[Recipient]:
        """Return reachable learners of *audience* with ids above *after_id*, in order of ids."""
        return await self._far.run(
            lambda connection: read_recipients(connection, audience, after_id, most, now_ms)
        )

    async def count_recipients(self, audience: Audience, now_ms: int) -> int:
        """Return how many reachable learners *audience* has."""
        return await self._far.run(lambda connection: count_recipients(connection, audience, now_ms))

    async def maintenance(self) -> Maintenance:
        """Return whether the bot rests, as last set."""
        row = self._row(sql.SELECT_MAINTENANCE, ())
        return Maintenance() if row is None else Maintenance(bool(row[0]), row[1], row[2])

    async def day_numbers(self, since_ms: int) -> DayNumbers:
        """Return all learners' numbers since a moment; takes long where learners are many."""
        return await self._far.run(lambda connection: read_day_numbers(connection, since_ms))

    def _row(self, text: str, bindings: SQLiteValues) -> Any:
        """Return the one row a statement finds, None if it finds none."""
        try:
            return next(iter(self._near.execute(text, bindings).fetchall()), None)
        except MEDIUM as fault:
            raise store_error(self._path, fault) from None

    def _first(self, text: str, bindings: SQLiteValues, accept: Accept) -> str | None:
        with self._reading(text, bindings) as rows:
            return next((str(question_id) for (question_id,) in rows if accept(str(question_id))), None)

    @contextmanager
    def _reading(self, text: str, bindings: SQLiteValues) -> Iterator[apsw.Cursor]:
        """Read rows one by one as far as they are wanted."""
        cursor = self._near.cursor()
        try:
            yield cursor.execute(text, bindings)
        except MEDIUM as fault:
            raise store_error(self._path, fault) from None
        finally:
            cursor.close()  # ends the read: rows may be left over

    async def _one(self, text: str, bindings: SQLiteValues = ()) -> str:
        """Return the one value a statement makes, read on another thread."""
        return str(await self._far.run(lambda connection: connection.execute(text, bindings).get))

    async def _rows(self, text: str, bindings: SQLiteValues = ()) -> list[Any]:
        """Return what may be many rows, read on another thread."""
        return await self._far.run(lambda connection: connection.execute(text, bindings).fetchall())


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0


def _free(folder: Path) -> int | None:
    with suppress(OSError):
        return shutil.disk_usage(folder).free
    return None


def _prepare(path: Path, vfs: str | None, options: SqliteOptions) -> apsw.Connection:
    is_new = not path.exists()
    was_killed = was_left_open(path)
    check_space(path)
    connection = open_writer(path, vfs, options)
    try:
        check(connection, path, was_killed=was_killed)
        migrate(connection, path, known_migrations())
    except BaseException:
        connection.close()
        raise
    if is_new:
        sync_folder(path)
    return connection
