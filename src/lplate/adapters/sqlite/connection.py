"""Open connections with the settings that durability rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.adapters.sqlite.options import DEFAULTS

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.adapters.sqlite.options import SqliteOptions

SYNCHRONOUS: Final = "FULL"
"""NORMAL survives a crash of the process but loses acknowledged work when the power fails."""
READER_PATIENCE_MS: Final = 1000
PAGE_BYTES: Final = 4096


def open_writer(path: Path, vfs: str | None = None, options: SqliteOptions = DEFAULTS) -> apsw.Connection:
    """Open the one writing connection, creating the database if there is none.

    Only one thread at a time may use it: it forgoes a lock around each value bound.

    Raises:
        StoreError: if it cannot be opened, or is no database.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX
    connection = _open(path, flags, vfs, options.busy_ms, options.map_bytes)
    try:
        connection.pragma("journal_mode", "WAL")
        connection.pragma("synchronous", SYNCHRONOUS)
        connection.pragma("journal_size_limit", options.log_pages * PAGE_BYTES)  # cut once copied
        connection.pragma("wal_autocheckpoint", 0)  # commits would wait for it: see checkpointer.py
        connection.pragma("cache_size", -options.cache_kib)
    except MEDIUM as fault:
        connection.close()
        raise store_error(path, fault) from None
    return connection


def open_reader(path: Path, vfs: str | None = None, options: SqliteOptions = DEFAULTS) -> apsw.Connection:
    """Open a connection that cannot write.

    Raises:
        StoreError: if it cannot be opened.
    """
    connection = _open(path, apsw.SQLITE_OPEN_READWRITE, vfs, READER_PATIENCE_MS, options.map_bytes)
    connection.pragma("query_only", 1)
    return connection


def _open(path: Path, flags: int, vfs: str | None, patience_ms: int, map_bytes: int) -> apsw.Connection:
    try:
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
        connection.set_busy_timeout(patience_ms)
        connection.pragma("foreign_keys", 1)
        connection.pragma("mmap_size", map_bytes)  # a mapped file that shrinks kills the process
        connection.pragma("temp_store", "MEMORY")
    except MEDIUM as fault:
        raise store_error(path, fault) from None
    return connection
