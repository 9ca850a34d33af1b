"""One thread that owns the writing connection: groups in, one word back for each."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import apsw

from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.checkpointer import Checkpointer, Stage, checkpoint
from lplate.adapters.sqlite.faults import MEDIUM, store_error
from lplate.adapters.sqlite.options import DEFAULTS
from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.adapters.sqlite.batch import Step
    from lplate.adapters.sqlite.options import SqliteOptions
    from lplate.adapters.sqlite.slow import SlowQueries

_log = logging.getLogger(__name__)

ALARM_LOGS: Final = 8
"""A log so many times as long as it should be means that a reader was left open."""
IDLE_S: Final = 2.0
"""After a pause of this length the log is copied, after another one cut to nothing."""


@dataclass(frozen=True, slots=True)
class _Job:
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]
    steps: list[Step]


class Writer:
    """Run groups in the order they were handed over, each in one transaction."""

    def __init__(
        self,
        connection: apsw.Connection,
        checkpointer: Checkpointer,
        path: Path,
        options: SqliteOptions = DEFAULTS,
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor()  # one for all statements: none returns rows
        self._checkpointer = checkpointer
        self._path = path
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._wal_pages = 0
        self.slow: SlowQueries | None = None
        self._options = options
        self._checkpoint_at = options.log_pages
        self._thread = threading.Thread(target=self._run, name="lplate-writer", daemon=True)
        self._thread.start()

    @property
    def wal_pages(self) -> int:
        """Return the length of the log in pages, as far as the writer knows."""
        return self._wal_pages

    async def run(self, steps: list[Step]) -> None:
        """Run *steps* in one transaction; durable on return.

        Raises:
            StoreError: if the medium fails.
            Exception: if a row cannot be written. Either way nothing was.
        """
        if not self._thread.is_alive():
            raise StoreError(f"{self._path}: the store is closed")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._jobs.put(_Job(loop, done, steps))
        await done

    async def close(self) -> None:
        """Finish all groups handed over, then cut the log and close the connections."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            fault = self._write(job.steps)
            with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
                job.loop.call_soon_threadsafe(_settle, job.done, fault)
            self._tend_log()
        self._checkpointer.close()
        self._cut_log()  # without patience: a program that copies the log, as Litestream, reads all the time
        self._connection.close()

    def _next(self) -> _Job | None:
        while self._wal_pages:
            with suppress(queue.Empty):
                return self._jobs.get(timeout=IDLE_S)
            self._use_pause()
        return self._jobs.get()

    def _write(self, steps: list[Step]) -> Exception | None:
        execute = self._cursor.execute
        if self.slow is not None:
            execute = self.slow.timed(execute)
        try:
            execute(sql.BEGIN)
            for text, bindings in steps:
                execute(text, bindings)
            execute(sql.COMMIT)
        except MEDIUM as fault:
            self._roll_back()
            return store_error(self._path, fault)
        except Exception as fault:  # noqa: BLE001 - handed to whoever waits for the group
            self._roll_back()
            return fault
        return None

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite itself may have rolled back a full disk
            with suppress(apsw.Error):
                self._connection.execute(sql.ROLLBACK)

    def _tend_log(self) -> None:
        # Not by wal_hook: it would have to win the interpreter's lock in the midst of every commit.
        written, _ = self._connection.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE, reset=True)
        self._wal_pages += written
        if self._checkpointer.stage is Stage.NEARLY_DONE:
            self._checkpointer.stage = Stage.RESTING
            self._finish_copy()
        elif self._checkpointer.stage is Stage.RESTING and self._wal_pages >= self._checkpoint_at:
            self._checkpointer.start()

    def _use_pause(self) -> None:
        """Let the log be copied; in the next pause cut it to nothing, which is quick then."""
        if self._checkpointer.stage is Stage.RESTING:
            self._checkpointer.start()
        elif self._checkpointer.stage is Stage.NEARLY_DONE:
            self._checkpointer.stage = Stage.RESTING
            self._cut_log()

    def _finish_copy(self) -> None:
        pages, copied = checkpoint(self._connection, apsw.SQLITE_CHECKPOINT_PASSIVE, self._path)
        is_done = 0 <= pages == copied  # then it begins anew at the next commit
        self._note_log(0 if is_done else max(pages, self._wal_pages))

    def _cut_log(self) -> None:
        """Copy all of the log and cut it to nothing, unless somebody reads or copies it: they come first."""
        self._connection.set_busy_timeout(0)
        checkpoint(self._connection, apsw.SQLITE_CHECKPOINT_TRUNCATE, self._path)
        self._connection.set_busy_timeout(self._options.busy_ms)
        self._note_log(0)

    def _note_log(self, pages: int) -> None:
        self._wal_pages = pages
        self._checkpoint_at = pages + self._options.log_pages
        if pages >= ALARM_LOGS * self._options.log_pages:
            _log.warning("wal_long file=%s pages=%d: is a reader left open?", self._path, pages)


def _settle(done: asyncio.Future[None], fault: Exception | None) -> None:
    if done.done():
        return
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)
