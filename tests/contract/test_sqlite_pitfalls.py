"""What goes wrong with SQLite elsewhere, and must not here."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import apsw
import pytest

from contract.samples import ANNA, BANK, NOW_MS, PLAIN, attempt, card, learner
from lplate.adapters.sqlite import SqliteOptions, SqliteStore, health, writer
from lplate.adapters.sqlite.checkpointer import Checkpointer
from lplate.errors import StoreError
from lplate.ports import Heartbeat, InboxItem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lplate.ports import Change

PAGE = 4096


def wal_bytes(folder: Path) -> int:
    log = folder / "learners.db-wal"
    return log.stat().st_size if log.exists() else 0


def bulky(update_id: int) -> Change:
    """Return a change that fills about one page."""
    return (InboxItem(update_id, ANNA, b"x" * PAGE, NOW_MS),)


async def write_until_refused(store: SqliteStore, words: str) -> int:
    """Return how many groups went in before one was refused with *words*."""
    written = 0
    while (error := await refusal(store, bulky(written))) is None:
        written += 1
    assert words in str(error)
    return written


async def refusal(store: SqliteStore, change: Change) -> StoreError | None:
    try:
        await store.write([change])
    except StoreError as error:
        return error
    return None


class TestDiskFull:
    async def test_full_disk_is_a_store_error_and_heals(self, sqlite: SqliteStore) -> None:
        """A full disk refuses writes with words, keeps what is written, is read on, and heals by itself."""
        await sqlite.write([(PLAIN,)])
        pages = sqlite._writer._connection.pragma("page_count")
        sqlite._writer._connection.pragma("max_page_count", pages + 20)
        written = await write_until_refused(sqlite, "learners.db: the disk is full; free some space")
        assert len(await sqlite.inbox()) == written > 5
        assert await sqlite.load(ANNA) == PLAIN
        sqlite._writer._connection.pragma("max_page_count", 1_000_000)
        await sqlite.write([bulky(written)])
        assert len(await sqlite.inbox()) == written + 1

    async def test_group_that_does_not_fit_is_not_written_in_part(self, sqlite: SqliteStore) -> None:
        """Of a group that fills the disk half way nothing is written."""
        pages = sqlite._writer._connection.pragma("page_count")
        sqlite._writer._connection.pragma("max_page_count", pages + 5)
        with pytest.raises(StoreError, match="disk is full"):
            await sqlite.write([(PLAIN,), *(bulky(n) for n in range(50))])
        assert await sqlite.load(ANNA) is None
        assert await sqlite.inbox() == []


class TestOtherPrograms:
    async def test_closing_does_not_wait_for_a_reader(self, tmp_path: Path) -> None:
        """A program that reads all the time, as Litestream does, holds up no stop; it cuts the log itself."""
        store = SqliteStore.open(tmp_path / "learners.db", SqliteOptions(busy_ms=60_000))
        await store.write([(PLAIN,)])
        with closing(apsw.Connection(str(tmp_path / "learners.db"))) as reading:
            reading.execute("BEGIN")
            assert reading.execute("SELECT count(*) FROM learner").get == 1
            async with asyncio.timeout(30):
                await store.close()
            assert wal_bytes(tmp_path) > 0
            reading.execute("COMMIT")
        assert wal_bytes(tmp_path) == 0

    async def test_locked_database_is_a_store_error(
        self, sqlite: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If another program keeps the file locked, the group fails with words and the next one works."""
        sqlite._writer._connection.set_busy_timeout(1)
        other = apsw.Connection(str(tmp_path / "learners.db"))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds the file"):
            await sqlite.write([(PLAIN,)])
        other.execute("ROLLBACK")
        other.close()
        await sqlite.write([(PLAIN,)])
        assert await sqlite.load(ANNA) == PLAIN

    async def test_writes_claim_the_file_at_once(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        """A write waits for another program's: it never begins as a reader that cannot become a writer."""
        other = apsw.Connection(str(tmp_path / "learners.db"))
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO heartbeat VALUES (1, 5)")
        waiting = asyncio.ensure_future(sqlite.write([(Heartbeat(6),)]))
        await asyncio.to_thread(lambda: None)  # the writer has begun, or will; either way it must get through
        other.execute("COMMIT")
        other.close()
        await waiting
        assert await sqlite.heartbeat_ms() == 6

    async def test_damaged_file_is_a_store_error(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        """Reading a damaged page says so, and names the file and the remedy."""
        await sqlite.write([(learner(n),) for n in range(1, 500)])
        cut_log(tmp_path / "learners.db")
        with (tmp_path / "learners.db").open("r+b") as file:
            file.seek(PAGE)
            file.write(b"\xff" * 200 * PAGE)
        with pytest.raises(StoreError, match=r"learners\.db: the file is damaged; .*backup"):
            await sqlite.load(250)


@pytest.fixture
async def in_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Return a store whose writer copies the log itself, as soon as it holds 50 pages."""

    def copy_at_once(self: Checkpointer) -> None:
        self._copy()

    monkeypatch.setattr(Checkpointer, "start", copy_at_once)
    opened = SqliteStore.open(tmp_path / "learners.db", SqliteOptions(log_pages=50))
    yield opened
    await opened.close()


async def write_pages(store: SqliteStore, pages: int) -> None:
    """Write this many pages of new items, ten a group."""
    seen = len(await store.inbox())
    for first in range(seen, seen + pages, 10):
        await store.write([bulky(first + n) for n in range(10)])


class TestLog:
    async def test_log_is_cut_when_idle(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """After a pause the log is copied into the database and cut to nothing."""
        cut = asyncio.Event()
        loop = asyncio.get_running_loop()
        cut_log = writer.Writer._cut_log

        def noted(self: writer.Writer) -> None:
            cut_log(self)
            loop.call_soon_threadsafe(cut.set)

        monkeypatch.setattr(writer, "IDLE_S", 0.01)
        monkeypatch.setattr(writer.Writer, "_cut_log", noted)
        store = SqliteStore.open(tmp_path / "learners.db")
        await store.write([(PLAIN,)])
        await asyncio.wait_for(cut.wait(), 60)
        assert wal_bytes(tmp_path) == 0
        await store.close()

    async def test_log_stays_short_under_load(self, in_step: SqliteStore, tmp_path: Path) -> None:
        """Without pause the log is reused once it is long, it does not grow with the data."""
        await write_pages(in_step, 600)
        assert 50 * PAGE <= wal_bytes(tmp_path) < 120 * PAGE

    async def test_reader_left_open_is_told_and_healed(
        self,
        in_step: SqliteStore,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """A foreign reader that stays lets the log grow, which is told; once it is gone the log is short."""
        monkeypatch.setattr(writer, "ALARM_LOGS", 4)
        await in_step.write([(PLAIN,)])
        foreign = apsw.Connection(str(tmp_path / "learners.db"))
        left_open = foreign.execute("SELECT id FROM learner UNION ALL SELECT 2")
        next(left_open)
        with caplog.at_level(logging.WARNING):
            await write_pages(in_step, 400)
        assert in_step.wal_pages > 300
        assert "is a reader left open?" in caplog.text
        left_open.close(force=True)
        foreign.close()
        await write_pages(in_step, 200)
        assert in_step.wal_pages < 120

    async def test_commits_go_on_while_the_log_is_copied(
        self, sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """However long the copy takes, groups are committed meanwhile; afterwards the log begins anew."""
        begun, may_end, done = threading.Event(), threading.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        copy = Checkpointer._copy

        def slowly(self: Checkpointer) -> None:
            begun.set()
            may_end.wait()
            copy(self)
            loop.call_soon_threadsafe(done.set)

        monkeypatch.setattr(Checkpointer, "_copy", slowly)
        sqlite._writer._checkpoint_at = 20
        await write_pages(sqlite, 200)
        assert begun.is_set()
        assert sqlite.wal_pages > 200
        may_end.set()
        await done.wait()
        await write_pages(sqlite, 30)
        assert sqlite.wal_pages < 60

    async def test_no_read_is_left_open(self, sqlite: SqliteStore) -> None:
        """Every read ends before its answer is given, also when it stops early or the caller fails."""
        await sqlite.write([(PLAIN, *(card(f"q{n}", is_mistake=True) for n in range(20)), attempt(1))])

        def fails(question_id: str) -> bool:
            raise ZeroDivisionError(question_id)

        await sqlite.load(ANNA)
        await sqlite.card(ANNA, BANK, "q1")
        await sqlite.due_mistake(ANNA, BANK, NOW_MS, lambda _: True)
        await sqlite.least_recalled(ANNA, BANK, NOW_MS, lambda _: True)
        with pytest.raises(ZeroDivisionError):
            await sqlite.due_mistake(ANNA, BANK, NOW_MS, fails)
        with pytest.raises(ZeroDivisionError):
            await sqlite.least_recalled(ANNA, BANK, NOW_MS, fails)
        await sqlite.statistics(ANNA, BANK, 20, NOW_MS)
        connections = [sqlite._near, *sqlite._far._connections]
        assert [each.txn_state() for each in connections] == [apsw.SQLITE_TXN_NONE] * len(connections)

    async def test_long_reads_are_stopped(self, tmp_path: Path) -> None:
        """A read that takes too long ends as a store error instead of holding the log for ever."""
        store = SqliteStore.open(tmp_path / "learners.db", SqliteOptions(read_timeout_s=0.01))
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        with pytest.raises(StoreError, match="took too long"):
            await store._rows(endless)
        await store.close()


class TestClosing:
    async def test_close_finishes_what_was_handed_over(self, tmp_path: Path) -> None:
        """Groups handed over before close() are written by it."""
        store = SqliteStore.open(tmp_path / "learners.db")
        writes = [asyncio.ensure_future(store.write([(learner(n),)])) for n in range(1, 30)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*writes)
        assert not (tmp_path / "learners.db-wal").exists()
        store = SqliteStore.open(tmp_path / "learners.db")
        assert [await store.load(n) for n in range(1, 30)] == [learner(n) for n in range(1, 30)]
        await store.close()

    async def test_closed_store_refuses_with_words(self, tmp_path: Path) -> None:
        """Writing to and reading from a closed store is a store error, closing twice is none."""
        store = SqliteStore.open(tmp_path / "learners.db")
        await store.close()
        await store.close()
        with pytest.raises(StoreError, match="closed"):
            await store.write([(PLAIN,)])
        with pytest.raises(StoreError, match="closed"):
            await store.load(ANNA)

    async def test_killed_database_is_checked_at_the_next_start(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A log left behind tells of a kill: the file is checked, found sound and taken up where it was."""
        await kill_and_leave(tmp_path)
        with caplog.at_level(logging.INFO):
            store = SqliteStore.open(tmp_path / "learners.db")
        assert "sound" in caplog.text
        assert await store.load(ANNA) == PLAIN
        await store.close()

    async def test_damage_found_at_the_start_is_told(self, tmp_path: Path) -> None:
        """A file damaged while nobody looked is refused after a kill, naming the remedy."""
        await kill_and_leave(tmp_path)
        with (tmp_path / "learners.db").open("r+b") as file:
            file.seek(9 * PAGE)  # of the heartbeat: the log has no newer copy of it
            file.write(b"\xff" * PAGE)
        with pytest.raises(StoreError, match=r"the file is damaged .* newest backup"):
            SqliteStore.open(tmp_path / "learners.db")

    async def test_large_files_are_not_checked(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A large file opens at once after a kill; that it was not checked is logged."""
        monkeypatch.setattr(health, "LARGEST_CHECKED_BYTES", 0)
        await kill_and_leave(tmp_path)
        with caplog.at_level(logging.INFO):
            await SqliteStore.open(tmp_path / "learners.db").close()
        assert "store_not_checked" in caplog.text


def cut_log(path: Path) -> None:
    """Copy the log into the database, on a connection of our own: the writer's is busy on its thread."""
    with closing(apsw.Connection(str(path))) as connection:
        connection.pragma("user_version")  # a connection knows of the log once it has read
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


async def kill_and_leave(folder: Path) -> None:
    """Leave the files of a store that knows Anna and was not closed."""
    store = SqliteStore.open(folder / "learners.db")
    await store.write([(learner(n),) for n in range(1, 100)])
    cut_log(folder / "learners.db")
    await store.write([(PLAIN,)])
    left = {name: (folder / name).read_bytes() for name in ("learners.db", "learners.db-wal")}
    await store.close()
    for name, content in left.items():
        (folder / name).write_bytes(content)
