"""Take a database over from the process that holds it: ask it to stop, wait until it has let go."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lplate.adapters.sqlite.lock import DatabaseLock, holder_pid, lock_path
from lplate.errors import StoppedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

PATIENCE_S: Final = 30.0
"""Six times what a bot takes to drain and stop."""
LOOK_EVERY_S: Final = 0.02


def successor_pid(database: Path) -> int | None:
    """Return the process that has asked for *database* and waits for it, None if there is none."""
    note = _note_path(database)
    try:
        is_fresh = time.time() - note.stat().st_mtime <= PATIENCE_S
        return int(note.read_text(encoding="ascii")) if is_fresh else None
    except (OSError, ValueError):
        return None


async def take_over(database: Path, goes_on: Callable[[], bool]) -> DatabaseLock:
    """Return the lock of *database*; a process that holds it is asked, once, to drain and stop.

    Meanwhile successor_pid() tells that process who asks.

    Raises:
        StoppedError: as soon as *goes_on* says no.
        StoreError: if the holder cannot be asked, or does not let go within PATIENCE_S.
    """
    try:
        return await _taken(database, goes_on)
    finally:
        with suppress(OSError):
            _note_path(database).unlink()


async def _taken(database: Path, goes_on: Callable[[], bool]) -> DatabaseLock:
    ends_at_s = time.monotonic() + PATIENCE_S
    is_asked = False
    while (lock := DatabaseLock.try_take(database)) is None:
        if not goes_on():
            raise StoppedError
        if time.monotonic() > ends_at_s:
            raise _stays(database, is_asked=is_asked)
        is_asked = is_asked or _ask(database)
        await asyncio.sleep(LOOK_EVERY_S)
    return lock


def _note_path(database: Path) -> Path:
    return database.with_name(database.name + ".successor")


def signal_holder(database: Path, number: signal.Signals) -> int | None:
    """Send a signal to the process that holds *database* and return its id.

    None if that process is not known for sure, or has gone by now.

    Raises:
        StoreError: if it belongs to another user.
    """
    pid = _known_holder(database)
    if pid is None:
        return None
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return None
    except PermissionError:
        raise StoreError(
            f"{database}: in use by process {pid}, which belongs to another user; do this as that user"
        ) from None
    return pid


def _ask(database: Path) -> bool:
    """Ask the holder to stop; return False if it is not known for sure, or has gone by now."""
    if _known_holder(database) is None:
        return False
    with suppress(OSError):  # on a full disk: it is a courtesy to the service manager
        _note_path(database).write_text(str(os.getpid()), encoding="ascii")
    pid = signal_holder(database, signal.SIGTERM)
    if pid is not None:
        _log.info("take_over_asked pid=%d to drain and stop", pid)
    return pid is not None


def _known_holder(database: Path) -> int | None:
    pid = holder_pid(database)
    return pid if pid is not None and _has_open(pid, lock_path(database)) else None


def _has_open(pid: int, file: Path) -> bool:
    """Return True if a process has *file* open: a number alone may be a stranger's by now.

    Where the system does not tell, the number is trusted.
    """
    if not Path("/proc/self/fd").is_dir():
        return True
    try:
        return any(_is_same(link, file) for link in Path(f"/proc/{pid}/fd").iterdir())
    except PermissionError:
        return True  # to be told by kill()
    except OSError:
        return False


def _is_same(link: Path, file: Path) -> bool:
    try:
        return link.samefile(file)
    except OSError:  # closed meanwhile
        return False


def _stays(database: Path, *, is_asked: bool) -> StoreError:
    if is_asked:
        return StoreError(
            f"{database}: process {holder_pid(database)} was asked to stop and has not let go within "
            f"{PATIENCE_S:g} s; look at what keeps it, or end it with SIGKILL: no answer it took is lost"
        )
    return StoreError(
        f"{database}: in use by a process that cannot be seen from here (another container?); stop it there"
    )
