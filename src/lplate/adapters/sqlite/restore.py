"""Put a backup in the place of a database, whole or not at all; the former one is kept."""

from __future__ import annotations

import os
import shutil
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

import apsw

from lplate.adapters.sqlite.backup import copy_database, sync_folder
from lplate.adapters.sqlite.checkpointer import checkpoint
from lplate.adapters.sqlite.connection import open_writer
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.adapters.sqlite.health import check_all
from lplate.adapters.sqlite.lock import DatabaseLock, holder_pid
from lplate.adapters.sqlite.origin import Origin, read_origin, unmark
from lplate.adapters.sqlite.schema import check_schema, known_migrations
from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_LOG: Final = "-wal"
_INDEX: Final = "-shm"
_MAGIC: Final = b"SQLite format 3\0"


def inspect(backup: Path) -> Origin | None:
    """Check a backup from end to end and return its origin, None if it was made by other means.

    Raises:
        StoreError: if it is missing, damaged, of another program, empty or too new.
    """
    if not backup.is_file():
        raise StoreError(f"{backup}: there is no such file; name one that lplate backup made")
    try:
        with closing(_opened(backup)) as connection:
            if not check_schema(connection, backup, known_migrations()):
                raise StoreError(f"{backup}: is empty; name a file that lplate backup made")
            check_all(connection, backup)
            return read_origin(connection)
    except MEDIUM as fault:
        raise store_error(backup, fault) from None


def restore(backup: Path, database: Path, stamp: str) -> Path | None:
    """Put *backup* in the place of *database*; return where the former one is, None if there was none.

    The former one is kept beside it as ``<name>.replaced-<stamp>``. Whenever this is cut short, the name
    stands for either of the two, whole.

    Raises:
        StoreError: if a bot holds the database, or the folder does not take the copy.
    """
    lock = DatabaseLock.try_take(database)
    if lock is None:
        raise StoreError(f"{database}: in use by process {holder_pid(database)}; stop the bot first")
    fresh = database.with_name(database.name + ".restoring")
    try:
        _copy(backup, fresh)
        kept = _set_aside(database, stamp)
        fresh.replace(database)
        sync_folder(database)
    except MEDIUM as fault:
        raise store_error(database, fault) from None
    except OSError as error:
        raise StoreError(f"{database}: cannot be replaced ({error.strerror}); it is as it was") from None
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        lock.release()
    return kept


def _opened(file: Path) -> apsw.Connection:
    return apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)


def _copy(backup: Path, fresh: Path) -> None:
    def finish(copy: apsw.Connection) -> None:
        unmark(copy)
        check_all(copy, fresh)

    with closing(_opened(backup)) as connection:
        copy_database(connection, fresh, finish)


def _set_aside(database: Path, stamp: str) -> Path | None:
    """Give the database a second name, and take its log away: SQLite would read it into the new file."""
    kept = database.with_name(f"{database.name}.replaced-{stamp}") if database.exists() else None
    if kept is not None:
        _fold_log(database)
        _link(database, kept)
    for ending in (_LOG, _INDEX):
        part = database.with_name(database.name + ending)
        if part.exists() and kept is not None and ending == _LOG:
            part.replace(kept.with_name(kept.name + ending))
        part.unlink(missing_ok=True)
    sync_folder(database)
    return kept


def _fold_log(database: Path) -> None:
    """Copy the log that a killed bot left into its database; one that is damaged stays as it is."""
    with database.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:  # SQLite would take the log for a stray one and delete it
            return
    with suppress(StoreError, apsw.Error), closing(open_writer(database)) as connection:
        checkpoint(connection, apsw.SQLITE_CHECKPOINT_TRUNCATE, database)


def _link(database: Path, kept: Path) -> None:
    try:
        os.link(database, kept)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names
        shutil.copy2(database, kept)
