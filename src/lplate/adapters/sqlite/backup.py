"""Copy a database while it is in use."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.connection import open_reader
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    import apsw


def back_up(database: Path, target: Path) -> None:
    """Copy *database* to *target*, whole or not at all; a bot that uses it goes on meanwhile.

    Raises:
        StoreError: if there is no such database, or the copy cannot be written.
    """
    connection = open_reader(database)
    try:
        connection.pragma("query_only", 0)  # VACUUM INTO counts as writing, though not to the database
        copy_database(connection, target)
    except MEDIUM as fault:
        raise store_error(database, fault) from None
    except OSError as error:
        raise StoreError(
            f"{target}: the copy cannot be written ({error.strerror}); name another place"
        ) from None
    finally:
        connection.close()


def copy_database(connection: apsw.Connection, target: Path) -> None:
    """Write a compact copy of the database to *target*, whole or not at all; an older *target* is replaced.

    One VACUUM INTO: SQLite's backup interface in small steps starts anew at every write and may never end.

    Raises:
        OSError: if *target* cannot be written.
        apsw.Error: if the database cannot be read or the copy not written.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        connection.execute(sql.COPY_INTO, (str(unfinished),))
        _sync(unfinished)
        unfinished.replace(target)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    sync_folder(target)


def sync_folder(file: Path) -> None:
    """Wait until the file's name is on the disk, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
