"""Bring a database to the newest schema, step by step, with a copy put aside first."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.backup import copy_database
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import apsw

_log = logging.getLogger(__name__)

APPLICATION_ID: Final = 0x4C504C54
"""Marks a file as ours: "LPLT" in ASCII."""
_NAME: Final = re.compile(r"(?P<version>\d{4})_[a-z0-9_]+\.sql")
_MIN_READER: Final = re.compile(r"-- min_reader: (?P<version>\d+)\n")


@dataclass(frozen=True, slots=True)
class Migration:
    """Lead to schema *version*; programs that know *min_reader* or later can still run on it."""

    version: int
    min_reader: int
    script: str


def known_migrations() -> tuple[Migration, ...]:
    """Return all migrations of this program in order."""
    folder = files(__package__) / "migrations"
    found = ((match, entry) for entry in folder.iterdir() if (match := _NAME.fullmatch(entry.name)))
    return tuple(
        sorted(
            (_migration(int(match["version"]), entry.read_text("utf-8")) for match, entry in found),
            key=lambda migration: migration.version,
        )
    )


def _migration(version: int, script: str) -> Migration:
    header = _MIN_READER.match(script)
    if header is None:
        raise ValueError(f"migration {version:04} must begin with '-- min_reader: N'")
    return Migration(version, int(header["version"]), script)


def migrate(connection: apsw.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Apply what is missing, each migration in a transaction of its own.

    A database that holds data is copied to ``<name>.before-<version>`` first.

    Raises:
        StoreError: if the file is of another program, of a schema too new, or the medium fails.
    """
    try:
        found = check_schema(connection, path, migrations)
        newest = migrations[-1].version
        if 0 < found < newest:
            copy_database(connection, path.with_name(f"{path.name}.before-{newest}"))
        for migration in migrations[found:]:
            _apply(connection, migration)
            _log.info("store_migrated file=%s version=%d", path, migration.version)
    except MEDIUM as fault:
        raise store_error(path, fault) from None


def check_schema(connection: apsw.Connection, path: Path, migrations: Sequence[Migration]) -> int:
    """Return the schema of a database that this program can work with; 0 for an empty one.

    Raises:
        StoreError: if the file is of another program, or of a schema too new.
    """
    found = _version(connection, path)
    newest = migrations[-1].version
    if found > newest:
        _accept_newer(connection, path, found, newest)
    return found


def _version(connection: apsw.Connection, path: Path) -> int:
    version = int(connection.pragma("user_version"))
    is_ours = connection.pragma("application_id") == APPLICATION_ID
    is_empty = version == 0 and connection.execute(sql.COUNT_TABLES).get == 0
    if not is_ours and not is_empty:
        raise StoreError(f"{path}: a database of another program; move it away or name another data folder")
    return version


def _accept_newer(connection: apsw.Connection, path: Path, found: int, newest: int) -> None:
    min_reader = int(connection.execute(sql.SELECT_MIN_READER).get)
    if newest < min_reader:
        raise StoreError(
            f"{path}: has schema {found}, for programs that know {min_reader}; this one knows {newest}: "
            f"install the newer lplate, or put back the copy {path.name}.before-{found}"
        )
    _log.info("store_newer_than_program file=%s schema=%d known=%d", path, found, newest)


def _apply(connection: apsw.Connection, migration: Migration) -> None:
    connection.execute(sql.BEGIN)
    try:
        for _ in connection.execute(migration.script):
            """Statements after one that returns rows only run when those are read."""
        connection.execute(sql.INSERT_MIGRATION, (migration.version, migration.min_reader))
        connection.pragma("application_id", APPLICATION_ID)
        connection.pragma("user_version", migration.version)
        connection.execute(sql.COMMIT)
    except BaseException:
        if connection.in_transaction:
            connection.execute(sql.ROLLBACK)
        raise
