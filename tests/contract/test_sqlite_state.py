"""What the SQLite store tells whoever operates it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from contract.samples import ANNA, BANK, NOW_MS, PLAIN
from lplate.adapters.sqlite import SqliteOptions, SqliteStore
from lplate.ports import InboxItem

if TYPE_CHECKING:
    from pathlib import Path


async def test_sizes_are_those_of_the_files(sqlite: SqliteStore, tmp_path: Path) -> None:
    """The state names the sizes of database and log, the room on the disk, and the library's version."""
    await sqlite.write([(PLAIN,)])
    state = sqlite.state()
    assert state.database_bytes == (tmp_path / "learners.db").stat().st_size
    assert state.log_bytes == (tmp_path / "learners.db-wal").stat().st_size > 0
    assert state.free_bytes
    assert state.engine.startswith("3.")


async def test_missing_files_are_no_error(tmp_path: Path) -> None:
    """Asked after its files are gone the state says so, without an exception."""
    store = SqliteStore.open(tmp_path / "data" / "learners.db")
    await store.close()
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    (tmp_path / "data").rmdir()
    state = store.state()
    assert (state.database_bytes, state.log_bytes, state.free_bytes) == (0, 0, None)


async def test_connections_in_use_and_waits_are_counted(tmp_path: Path) -> None:
    """More long reads than connections use all of them; each read's wait is timed."""
    store = SqliteStore.open(tmp_path / "learners.db", SqliteOptions(readers=2))
    reads = [asyncio.ensure_future(store.statistics(ANNA, BANK, 4, NOW_MS)) for _ in range(3)]
    await asyncio.sleep(0)
    busy = store.state()
    assert (busy.connections_in_use, busy.connections_idle) == (2, 0)
    await asyncio.gather(*reads)
    idle = store.state()
    assert (idle.connections_in_use, idle.connections_idle) == (0, 2)
    assert len(store.metrics.connection_wait_s) == 3
    await store.close()


async def test_copies_of_the_log_are_timed(tmp_path: Path) -> None:
    """Each time the log is copied into the database counts once."""
    store = SqliteStore.open(tmp_path / "learners.db", SqliteOptions(log_pages=1))
    await store.write([(InboxItem(1, ANNA, b"x" * 9000, NOW_MS),)])
    await store.close()
    assert len(store.metrics.checkpoint_s) == 1
