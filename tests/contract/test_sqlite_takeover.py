"""Taking a database over: who is asked, who is left alone, and when one gives up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from contract.test_sqlite_lock import HOLD
from lplate.adapters.sqlite import holder_pid, successor_pid, take_over, takeover
from lplate.adapters.sqlite.lock import DatabaseLock, lock_path
from lplate.errors import StoppedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + HOLD


@contextmanager
def holder(database: Path, program: str = HOLD) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that holds a database."""
    command = [sys.executable, "-c", program, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def always() -> bool:
    return True


async def test_free_database_is_taken_at_once(tmp_path: Path) -> None:
    """Where nobody holds the database nobody is asked, whatever an old lock file says."""
    database = tmp_path / "learners.db"
    lock_path(database).write_text(str(os.getpid()))
    lock = await take_over(database, always)
    assert holder_pid(database) == os.getpid()
    lock.release()


async def test_holder_is_asked_to_stop(tmp_path: Path) -> None:
    """The process in the lock file gets SIGTERM; once it is gone the lock is ours."""
    database = tmp_path / "learners.db"
    with holder(database) as process:
        lock = await take_over(database, always)
        assert process.wait(10) == -15
        lock.release()


async def test_stranger_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does not have the lock file open is not stopped, though its number stands there."""
    monkeypatch.setattr(takeover, "PATIENCE_S", 0.1)
    database = tmp_path / "learners.db"
    with holder(database), holder(tmp_path / "other.db") as stranger:
        lock_path(database).write_text(str(stranger.pid))
        with pytest.raises(StoreError, match="cannot be seen from here"):
            await take_over(database, always)
        assert stranger.poll() is None


async def test_deaf_holder_is_told_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder that does not let go in time is named with what may be done."""
    monkeypatch.setattr(takeover, "PATIENCE_S", 0.1)
    database = tmp_path / "learners.db"
    with holder(database, DEAF) as process:
        with pytest.raises(StoreError, match=rf"process {process.pid} was asked to stop .* SIGKILL"):
            await take_over(database, always)
        assert process.poll() is None


async def test_waiting_can_be_given_up(tmp_path: Path) -> None:
    """Who waits for the lock asks again and again whether to go on."""
    database = tmp_path / "learners.db"
    lock = DatabaseLock.take(database)
    answers = iter((True, True, False))
    lock_path(database).write_text("?")
    with pytest.raises(StoppedError):
        async with asyncio.timeout(10):
            await take_over(database, lambda: next(answers))
    lock.release()


async def test_holder_can_tell_who_comes(tmp_path: Path) -> None:
    """While the holder drains it knows its successor; once that has the lock, or gave up, there is none."""
    database = tmp_path / "learners.db"
    assert successor_pid(database) is None
    with holder(database, DEAF):
        goes_on = True
        waiting = asyncio.create_task(take_over(database, lambda: goes_on))
        async with asyncio.timeout(10):
            while successor_pid(database) is None:  # noqa: ASYNC110 - the lock is looked at by the clock
                await asyncio.sleep(0.01)
        assert successor_pid(database) == os.getpid()
        goes_on = False
        with pytest.raises(StoppedError):
            await waiting
    assert successor_pid(database) is None


@pytest.mark.parametrize("text", ["", "soon", "-"])
def test_spoilt_note_names_nobody(tmp_path: Path, text: str) -> None:
    """A note of a successor that is no number, or older than one waits, counts as none."""
    note = tmp_path / "learners.db.successor"
    note.write_text(text)
    assert successor_pid(tmp_path / "learners.db") is None
    note.write_text("77")
    assert successor_pid(tmp_path / "learners.db") == 77
    os.utime(note, (1, 1))
    assert successor_pid(tmp_path / "learners.db") is None
