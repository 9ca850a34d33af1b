"""Look a database over before it is used: is it sound, is there room."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING, Final

from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

_log = logging.getLogger(__name__)

LARGEST_CHECKED_BYTES: Final = 256 * 1024 * 1024
"""Larger files are not checked at start: it would keep learners waiting for more than about a second."""
_FINE: Final = "ok"
_MIB: Final = 1024 * 1024
LEAST_FREE_BYTES: Final = _MIB
"""With less there is no point in starting: hardly a group could be written."""
LOW_FREE_BYTES: Final = 256 * _MIB
"""With less somebody should look, while the bot goes on."""


def was_left_open(path: Path) -> bool:
    """Return True if the last process did not close the database: closing removes the write-ahead log."""
    log = path.with_name(path.name + "-wal")
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def check_space(path: Path) -> None:
    """Check that the disk has room for learners' answers.

    Raises:
        StoreError: if it has none.
    """
    free = shutil.disk_usage(path.parent).free
    if free < LEAST_FREE_BYTES:
        raise StoreError(
            f"{path}: the disk is full; free some space (at least {LEAST_FREE_BYTES // _MIB} MiB)"
        )
    if free < LOW_FREE_BYTES:
        _log.warning("disk_nearly_full folder=%s free_mib=%d: free some space", path.parent, free // _MIB)


def check(connection: apsw.Connection, path: Path, *, was_killed: bool) -> None:
    """Check the structure of the file, unless it is too large.

    Raises:
        StoreError: if it is damaged.
    """
    if path.stat().st_size > LARGEST_CHECKED_BYTES:
        _log.info("store_not_checked file=%s larger_than_bytes=%d", path, LARGEST_CHECKED_BYTES)
        return
    _accept(path, connection.pragma("quick_check", 1))
    if was_killed:
        _log.info("store_checked file=%s after an unclean stop: sound", path)


def check_all(connection: apsw.Connection, path: Path) -> None:
    """Check the structure of the file and that its indexes hold what its tables hold; takes its time.

    Raises:
        StoreError: if it is damaged.
    """
    _accept(path, connection.pragma("integrity_check", 1))


def _accept(path: Path, finding: str) -> None:
    finding = " ".join(finding.split())
    if finding != _FINE:
        raise StoreError(
            f"{path}: the file is damaged ({finding}); go back to the newest backup: lplate restore FILE"
        )
