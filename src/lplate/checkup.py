"""Tell how a data folder is: its databases, its banks, the library that reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.adapters.sqlite import (
    LEAST_FREE_BYTES,
    LOW_FREE_BYTES,
    Examination,
    SqliteLibrary,
    examine,
    fold_log,
    holder_pid,
    is_held,
    library,
    wal_bytes,
)
from lplate.errors import BankError, StoreError
from lplate.importing import source_digest
from lplate.safekeeping import learners_of
from lplate.wiring import bank_sources

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.config import Settings

__all__ = [
    "LEAST_FREE_BYTES",
    "LOW_FREE_BYTES",
    "BankState",
    "DatabaseState",
    "SqliteLibrary",
    "banks",
    "databases",
    "fold_log",
    "library",
]


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """Tell how the learners of one bot are kept; *pid* is the process that holds them now.

    *found* is an error in words if the file could not be looked over; 0 stands for a holder not to be seen.
    """

    path: Path
    bot_id: int
    bytes: int
    wal_bytes: int
    pid: int | None
    found: Examination | str


@dataclass(frozen=True, slots=True)
class BankState:
    """Tell how one bank is: *size* questions once it is compiled; *trouble* is empty if it can be read."""

    name: str
    size: int
    is_fresh: bool
    trouble: str


def databases(settings: Settings) -> tuple[DatabaseState, ...]:
    """Return the state of every database of learners in the data folder."""
    return tuple(_database(path, bot_id) for bot_id, path in learners_of(settings.data))


def banks(settings: Settings) -> tuple[BankState, ...]:
    """Return the state of every bank that a bot with *settings* offers.

    Raises:
        ConfigError: if the folder of banks is not there or holds none.
    """
    return tuple(_bank(folder, compiled) for folder, compiled in bank_sources(settings))


def _database(path: Path, bot_id: int) -> DatabaseState:
    pid = (holder_pid(path) or 0) if is_held(path) else None
    found: Examination | str
    try:
        found = examine(path)
    except StoreError as error:
        found = str(error)
    return DatabaseState(path, bot_id, path.stat().st_size, wal_bytes(path), pid, found)


def _bank(folder: Path, compiled: Path) -> BankState:
    today = datetime.now(UTC).date()
    if not compiled.exists():
        return BankState(folder.name, 0, is_fresh=False, trouble="")
    try:
        bank = BankFile.open(compiled)
        bank.close()
        is_fresh = BankFileWriter(compiled).is_fresh(source_digest(folder), today)
    except BankError as error:
        return BankState(folder.name, 0, is_fresh=False, trouble=str(error))
    return BankState(folder.name, bank.info.size, is_fresh=is_fresh, trouble="")
