"""Open connections with the settings that durability rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

from lplate.adapters.sqlite.faults import MEDIUM, store_error

if TYPE_CHECKING:
    from pathlib import Path

SYNCHRONOUS: Final = "FULL"
"""NORMAL survives a crash of the process but loses acknowledged work when the power fails."""
WRITER_PATIENCE_MS: Final = 5000
"""How long a write waits for another program, as a backup tool, before it gives up."""
READER_PATIENCE_MS: Final = 1000
_CACHE_KIB: Final = 32 * 1024
WAL_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""A log that grew beyond this is cut back once it has been copied into the database."""


def open_writer(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open the one writing connection, creating the database if there is none.

    Raises:
        StoreError: if it cannot be opened, or is no database.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = _open(path, flags, vfs, WRITER_PATIENCE_MS)
    try:
        connection.pragma("journal_mode", "WAL")
        connection.pragma("synchronous", SYNCHRONOUS)
        connection.pragma("journal_size_limit", WAL_LIMIT_BYTES)
        connection.pragma("wal_autocheckpoint", 0)  # commits would wait for it: see checkpointer.py
        connection.pragma("cache_size", -_CACHE_KIB)
    except MEDIUM as fault:
        connection.close()
        raise store_error(path, fault) from None
    return connection


def open_reader(path: Path, vfs: str | None = None) -> apsw.Connection:
    """Open a connection that cannot write.

    Raises:
        StoreError: if it cannot be opened.
    """
    connection = _open(path, apsw.SQLITE_OPEN_READWRITE, vfs, READER_PATIENCE_MS)
    connection.pragma("query_only", 1)
    return connection


def _open(path: Path, flags: int, vfs: str | None, patience_ms: int) -> apsw.Connection:
    try:
        connection = apsw.Connection(str(path), flags=flags, vfs=vfs)
        connection.set_busy_timeout(patience_ms)
        connection.pragma("foreign_keys", 1)
        connection.pragma("mmap_size", 0)  # a mapped file that shrinks kills the process
        connection.pragma("temp_store", "MEMORY")
    except MEDIUM as fault:
        raise store_error(path, fault) from None
    return connection
