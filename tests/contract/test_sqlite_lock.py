"""One process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from lplate.adapters.sqlite import SqliteStore
from lplate.adapters.sqlite.lock import DatabaseLock, holder_pid, lock_path
from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from lplate.adapters.sqlite.lock import DatabaseLock
lock = DatabaseLock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


async def test_second_open_is_refused_by_name(sqlite: SqliteStore, tmp_path: Path) -> None:
    """A database in use is refused, naming the process that has it."""
    with pytest.raises(
        StoreError, match=rf"learners\.db: in use by process {os.getpid()}; stop that one first"
    ):
        SqliteStore.open(tmp_path / "learners.db")


async def test_closing_lets_the_next_in(tmp_path: Path) -> None:
    """After close() the database can be opened again."""
    for _ in range(2):
        await SqliteStore.open(tmp_path / "learners.db").close()


async def test_databases_side_by_side_do_not_exclude_each_other(tmp_path: Path) -> None:
    """Two bots keep their learners in one folder."""
    stores = [SqliteStore.open(tmp_path / f"learners-{bot}.db") for bot in (1, 2)]
    for store in stores:
        await store.close()


def test_other_process_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    """The lock names another process and goes with it, even if that is killed."""
    database = tmp_path / "learners.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert holder_pid(database) == holder.pid
        with pytest.raises(StoreError, match=f"process {holder.pid}"):
            DatabaseLock.take(database)
        holder.kill()
        holder.wait()
        DatabaseLock.take(database).release()
    assert holder_pid(database) == os.getpid()


def test_unreadable_pid_is_unknown(tmp_path: Path) -> None:
    """A lock file that is missing or holds no pid names nobody."""
    assert holder_pid(tmp_path / "none.db") is None
    lock_path(tmp_path / "odd.db").write_text("?")
    assert holder_pid(tmp_path / "odd.db") is None
