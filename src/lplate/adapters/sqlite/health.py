"""Look a database over after the process before us was killed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

_log = logging.getLogger(__name__)

LARGEST_CHECKED_BYTES: Final = 256 * 1024 * 1024
"""Larger files are not checked at start: it would keep learners waiting for more than about a second."""
_FINE: Final = "ok"


def was_left_open(path: Path) -> bool:
    """Return True if the last process did not close the database: closing removes the write-ahead log."""
    log = path.with_name(path.name + "-wal")
    try:
        return log.stat().st_size > 0
    except OSError:
        return False


def check(connection: apsw.Connection, path: Path) -> None:
    """Check the structure of the file, unless it is too large.

    Raises:
        StoreError: if it is damaged.
    """
    if path.stat().st_size > LARGEST_CHECKED_BYTES:
        _log.info("store_not_checked file=%s: larger than %d bytes", path, LARGEST_CHECKED_BYTES)
        return
    finding = " ".join(connection.pragma("quick_check", 1).split())
    if finding != _FINE:
        raise StoreError(
            f"{path}: the file is damaged ({finding}); keep a copy of it and go back to the newest backup"
        )
    _log.info("store_checked file=%s after an unclean stop: sound", path)
