"""Hold a database for one process, by a lock that the system drops when the process ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    _FAR_OFF = 1 << 30  # locked bytes cannot be read on Windows: lock one the pid never reaches

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR_OFF, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def lock_path(database: Path) -> Path:
    """Return where the lock of *database* lies: beside it, its name with ``.lock`` added."""
    return database.with_name(database.name + ".lock")


def holder_pid(database: Path) -> int | None:
    """Return the process that holds *database* or held it last, None if unknown."""
    try:
        text = lock_path(database).read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return int(text) if text.strip().isdecimal() else None


def is_held(database: Path) -> bool:
    """Return True if a process holds *database*; looking leaves no trace."""
    try:
        descriptor = os.open(lock_path(database), os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(descriptor)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


class DatabaseLock:
    """Keep other processes from opening the database until released.

    The file stays when the lock goes: removing it would let two processes lock two files of one name.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, database: Path) -> Self:
        """Take the lock and note this process in it.

        Raises:
            StoreError: if another process holds it, or the folder cannot be written to.
        """
        lock = cls.try_take(database)
        if lock is None:
            raise _held(database)
        return lock

    @classmethod
    def try_take(cls, database: Path) -> Self | None:
        """Take the lock and note this process in it; None if another process holds it.

        Raises:
            StoreError: if the folder cannot be written to.
        """
        path = lock_path(database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(
                f"{path}: cannot be made ({error.strerror}); check the folder and its permissions"
            ) from None
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return None
        _note_pid(descriptor)
        return cls(descriptor)

    def release(self) -> None:
        """Let other processes open the database."""
        os.close(self._descriptor)


def _held(database: Path) -> StoreError:
    pid = holder_pid(database)
    holder = "another process" if pid is None else f"process {pid}"
    return StoreError(
        f"{database}: in use by {holder}; stop that one first, have it replaced (lplate run --take-over), "
        "or name another data folder"
    )


def _note_pid(descriptor: int) -> None:
    with suppress(OSError):  # on a full disk: the pid is a courtesy, the lock holds without it
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode())
