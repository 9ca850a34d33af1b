"""Copy a database while it is in use."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

import apsw

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.connection import open_reader
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.adapters.sqlite.health import check_all
from lplate.adapters.sqlite.origin import Origin, mark
from lplate.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PARTS: Final = ("", "-wal", "-shm", ".lock")
"""What a database in use consists of, by the ends of the names."""


def back_up(database: Path, target: Path, origin: Origin | None = None) -> None:
    """Copy *database* to *target*, whole or not at all; a bot that uses it goes on meanwhile.

    The copy is as of one moment, checked from end to end, and bears *origin*. An older *target* is replaced.

    Raises:
        StoreError: if there is no such database, or the copy cannot be written.
    """
    parts = {database.with_name(database.name + ending).resolve() for ending in _PARTS}
    if target.resolve() in parts:
        raise StoreError(f"{target}: is the database itself; name another file")

    def finish(copy: apsw.Connection) -> None:
        if origin is not None:
            mark(copy, origin)
        check_all(copy, target)

    connection = open_reader(database)
    try:
        connection.pragma("query_only", 0)  # VACUUM INTO counts as writing, though not to the database
        copy_database(connection, target, finish)
    except MEDIUM as fault:
        raise store_error(database, fault) from None
    except OSError as error:
        raise StoreError(
            f"{target}: the copy cannot be written ({error.strerror}); name another place"
        ) from None
    finally:
        connection.close()


def copy_database(
    connection: apsw.Connection, target: Path, finish: Callable[[apsw.Connection], None] | None = None
) -> None:
    """Write a compact copy of the database to *target*, whole or not at all; an older *target* is replaced.

    *finish* has the last word on the copy before it gets its name.

    One VACUUM INTO: SQLite's backup interface in small steps starts anew at every write and may never end.

    Raises:
        OSError: if *target* cannot be written.
        apsw.Error: if the database cannot be read or the copy not written.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        connection.execute(sql.COPY_INTO, (str(unfinished),))
        if finish is not None:
            with closing(apsw.Connection(str(unfinished), flags=apsw.SQLITE_OPEN_READWRITE)) as copy:
                finish(copy)
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
