"""Look a database over from beside, without changing it, whether a bot runs on it or not."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import apsw

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.connection import READER_PATIENCE_MS, open_writer
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.adapters.sqlite.health import LARGEST_CHECKED_BYTES
from lplate.adapters.sqlite.lock import DatabaseLock
from lplate.adapters.sqlite.schema import check_schema, known_migrations
from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

LEAST_SQLITE: Final = (3, 51, 3)
"""Earlier ones may lose commits when a log starts anew during a checkpoint. Source: sqlite.org/wal.html."""
COUNT_INBOX: Final = "SELECT count(*) FROM inbox"
COUNT_DEAD_LETTERS: Final = "SELECT count(*) FROM dead_letter"
COUNT_ORPHANS: Final = "SELECT count(*) FROM (SELECT 1 FROM pragma_foreign_key_check LIMIT 1000)"
_FINE: Final = "ok"


@dataclass(frozen=True, slots=True)
class SqliteLibrary:
    """Describe the SQLite library that APSW brings along."""

    version: str
    apsw_version: str
    options: tuple[str, ...]

    @property
    def is_new_enough(self) -> bool:
        """Return True if this library has no known fault that loses commits."""
        return tuple(map(int, self.version.split("."))) >= LEAST_SQLITE

    @property
    def is_threadsafe(self) -> bool:
        """Return True if connections may be used from several threads."""
        return "THREADSAFE=1" in self.options


@dataclass(frozen=True, slots=True)
class Examination:
    """Tell what was found in one database.

    *damage* is empty if the file is sound, *was_checked_in_full* tells if its indexes were compared, too.
    *orphans* counts rows that refer to a learner who is not there.
    """

    schema: int
    newest_schema: int
    damage: str
    was_checked_in_full: bool
    orphans: int
    inbox: int
    dead_letters: int
    heartbeat_ms: int | None


def library() -> SqliteLibrary:
    """Return the SQLite library in use."""
    return SqliteLibrary(apsw.sqlite_lib_version(), apsw.apsw_version(), tuple(apsw.compile_options))


def examine(path: Path) -> Examination:
    """Return what is to be said of the database at *path*; in full unless it is large.

    Raises:
        StoreError: if it cannot be read, is of another program, or its schema is too new.
    """
    try:
        with closing(_opened(path)) as connection:
            return _examined(connection, path)
    except MEDIUM as fault:
        raise store_error(path, fault) from None


def wal_bytes(path: Path) -> int:
    """Return the length of the write-ahead log, 0 if there is none."""
    log = path.with_name(path.name + "-wal")
    return log.stat().st_size if log.exists() else 0


def fold_log(path: Path) -> None:
    """Copy the log of a database that nobody uses into it, and remove it.

    Raises:
        StoreError: if a bot holds the database, or the medium fails.
    """
    lock = DatabaseLock.take(path)
    try:
        connection = open_writer(path)
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        connection.close()
    except MEDIUM as fault:
        raise store_error(path, fault) from None
    finally:
        lock.release()


def _opened(path: Path) -> apsw.Connection:
    """Open without the right to write: the last writer to close would fold the log in passing."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(READER_PATIENCE_MS)
    return connection


def _examined(connection: apsw.Connection, path: Path) -> Examination:
    migrations = known_migrations()
    schema = check_schema(connection, path, migrations)
    if not schema:
        raise StoreError(f"{path}: is empty; it is filled at the next start")
    in_full = path.stat().st_size <= LARGEST_CHECKED_BYTES
    damage = " ".join(str(connection.pragma("integrity_check" if in_full else "quick_check", 1)).split())
    return Examination(
        schema=schema,
        newest_schema=migrations[-1].version,
        damage="" if damage == _FINE else damage,
        was_checked_in_full=in_full,
        orphans=connection.execute(COUNT_ORPHANS).get if damage == _FINE else 0,
        inbox=connection.execute(COUNT_INBOX).get,
        dead_letters=connection.execute(COUNT_DEAD_LETTERS).get,
        heartbeat_ms=connection.execute(sql.SELECT_HEARTBEAT).get,
    )
