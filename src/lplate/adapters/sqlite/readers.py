"""A few reading connections on threads, for what may take longer than an event loop can wait."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from lplate.adapters.sqlite.connection import open_reader
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import apsw

    from lplate.adapters.sqlite.options import SqliteOptions
    from lplate.adapters.sqlite.slow import SlowQueries
    from lplate_native import Histogram

_T = TypeVar("_T")

_STEPS_BETWEEN_CHECKS: Final = 200_000
"""In SQLite's instructions, about 10 ms: each check waits for the interpreter's lock."""


class Readers:
    """Run reading work on some threads, each with a connection of its own, made when first needed.

    A read that takes too long is stopped: while it runs, the log cannot be cut. *waiting_s* is told how long
    each piece of work waited for its thread.
    """

    def __init__(self, path: Path, options: SqliteOptions, vfs: str | None, waiting_s: Histogram) -> None:
        self.size = options.readers
        self.pending = 0
        """Pieces of work that run or wait."""
        self._options = options
        self._waiting_s = waiting_s
        self._path = path
        self._vfs = vfs
        self._local = threading.local()
        self._connections: list[apsw.Connection] = []
        self._is_closed = False
        self.slow: SlowQueries | None = None
        """Told of every statement of connections made from now on."""
        self._threads = ThreadPoolExecutor(options.readers, thread_name_prefix="lplate-reader")

    async def run(self, work: Callable[[apsw.Connection], _T]) -> _T:
        """Return what *work* makes of a connection.

        Raises:
            StoreError: if the medium fails, or the work takes longer than the read timeout.
        """
        if self._is_closed:
            raise StoreError(f"{self._path}: the store is closed")
        self.pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._bounded, work, time.monotonic()
            )
        except MEDIUM as fault:
            raise store_error(self._path, fault) from None
        finally:
            self.pending -= 1

    async def close(self) -> None:
        """Break off running work, then close all connections."""
        self._is_closed = True
        for connection in self._connections:
            connection.interrupt()
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _bounded(self, work: Callable[[apsw.Connection], _T], asked_s: float) -> _T:
        began_s = time.monotonic()
        self._waiting_s.observe(began_s - asked_s)
        connection = self._connection()
        ends_at_s = began_s + self._options.read_timeout_s
        connection.set_progress_handler(lambda: time.monotonic() > ends_at_s, _STEPS_BETWEEN_CHECKS)
        return work(connection)

    def _connection(self) -> apsw.Connection:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._path, self._vfs, self._options)
            self._connections.append(connection)
            if self.slow is not None:
                self.slow.watch(connection)
        return connection
