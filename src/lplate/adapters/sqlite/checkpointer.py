"""Copy the write-ahead log into the database beside the writer, so that commits need not wait for it."""

from __future__ import annotations

import enum
import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_native import Histogram

_log = logging.getLogger(__name__)

PASSES: Final = 2
"""The first pass copies the log, the second what was written meanwhile; then very little is left."""


class Stage(enum.Enum):
    """Say how far the log is copied."""

    RESTING = enum.auto()
    COPYING = enum.auto()
    NEARLY_DONE = enum.auto()


class _Order(enum.Enum):
    COPY = enum.auto()
    STOP = enum.auto()


class Checkpointer:
    """Copy on a thread and connection of its own when told to.

    While commits go on it can never copy all of the log, and only a log copied in full starts anew: the last
    few pages are the writer's, between two groups.
    """

    def __init__(self, connection: apsw.Connection, path: Path, copying_s: Histogram) -> None:
        self.stage = Stage.RESTING
        self._connection = connection
        self._path = path
        self._copying_s = copying_s
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="lplate-checkpointer", daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Begin to copy; *stage* tells when it is nearly done."""
        self.stage = Stage.COPYING
        self._orders.put(_Order.COPY)

    def close(self) -> None:
        """Finish the copy under way and close the connection."""
        self._orders.put(_Order.STOP)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while self._orders.get() is _Order.COPY:
            self._copy()

    def _copy(self) -> None:
        began_s = time.monotonic()
        for _ in range(PASSES):
            checkpoint(self._connection, apsw.SQLITE_CHECKPOINT_PASSIVE, self._path)
        self._copying_s.observe(time.monotonic() - began_s)
        self.stage = Stage.NEARLY_DONE


def checkpoint(connection: apsw.Connection, mode: int, path: Path) -> tuple[int, int]:
    """Copy the log without waiting for anybody; return its length in pages and how many of them are copied.

    Failing costs only a longer log.
    """
    try:
        return connection.wal_checkpoint(mode=mode)
    except apsw.BusyError:
        _log.debug("checkpoint_put_off file=%s", path)
    except apsw.Error as fault:
        _log.warning("checkpoint_failed file=%s error=%s", path, fault)
    return -1, -1
