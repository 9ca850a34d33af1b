"""Copies of a database: what is checked, what is kept, what is refused."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from contract.samples import ANNA, PLAIN, attempt, learner
from contract.test_sqlite_pitfalls import PAGE, kill_and_leave
from lplate.adapters.sqlite import Origin, SqliteStore, back_up, health, inspect, restore
from lplate.errors import StoreError

STAMP = "20260101-120000"
ORIGIN = Origin(42, 1_767_268_800_000)
MANY = 200


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A closed database with Anna and others."""
    path = tmp_path / "learners.db"
    store = SqliteStore.open(path)
    await store.write([(PLAIN, attempt(1)), *((learner(n),) for n in range(1000, 1000 + MANY))])
    await store.close()
    return path


@pytest.fixture
def copy(database: Path, tmp_path: Path) -> Path:
    """A backup of it, elsewhere."""
    (tmp_path / "elsewhere").mkdir()
    target = tmp_path / "elsewhere" / "copy.db"
    back_up(database, target, ORIGIN)
    return target


def dump(path: Path) -> list[str]:
    """Return all that a database holds, table by table."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        return [f"{name} {row}" for name in tables for row in connection.execute(f"SELECT * FROM {name}")]


def garble(path: Path) -> None:
    """Overwrite a page in the middle."""
    with path.open("r+b") as file:
        file.seek(3 * PAGE)
        file.write(b"\xff" * PAGE)


class TestBackup:
    def test_copy_knows_its_bot_and_moment(self, copy: Path) -> None:
        """A backup says of which bot it is and when it was made."""
        assert inspect(copy) == ORIGIN

    async def test_copy_is_of_one_moment(self, database: Path, tmp_path: Path) -> None:
        """What is committed before the copy is in it, what comes later is not, though the bot runs."""
        store = SqliteStore.open(database)
        await store.write([(learner(7),)])
        back_up(database, tmp_path / "copy.db")
        await store.write([(learner(8),)])
        await store.close()
        copied = SqliteStore.open(tmp_path / "copy.db")
        assert await copied.load(7) == learner(7)
        assert await copied.load(8) is None
        await copied.close()

    def test_damaged_database_gives_no_copy(self, database: Path, tmp_path: Path) -> None:
        """A copy that does not pass the check gets no name, and an older one stays."""
        (tmp_path / "copy.db").write_text("an older one")
        garble(database)
        with pytest.raises(StoreError, match="damaged"):
            back_up(database, tmp_path / "copy.db")
        assert (tmp_path / "copy.db").read_text() == "an older one"
        assert not (tmp_path / "copy.db.unfinished").exists()

    @pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
    def test_database_is_not_copied_over_itself(self, database: Path, ending: str) -> None:
        """A copy in the place of the database, its log or its lock is refused."""
        with pytest.raises(StoreError, match="is the database itself"):
            back_up(database, database.parent / "elsewhere" / ".." / (database.name + ending))


class TestInspection:
    def test_missing_file(self, tmp_path: Path) -> None:
        """A file that is not there is named."""
        with pytest.raises(StoreError, match=r"nowhere\.db: there is no such file"):
            inspect(tmp_path / "nowhere.db")

    def test_file_that_is_no_database(self, tmp_path: Path) -> None:
        """A text is no backup."""
        (tmp_path / "notes.txt").write_text("what I did today " * 100)
        with pytest.raises(StoreError, match="no SQLite database"):
            inspect(tmp_path / "notes.txt")

    def test_database_of_another_program(self, tmp_path: Path) -> None:
        """A database with other tables is no backup."""
        with closing(apsw.Connection(str(tmp_path / "other.db"))) as other:
            other.execute("CREATE TABLE recipe (id INTEGER)")
        with pytest.raises(StoreError, match="of another program"):
            inspect(tmp_path / "other.db")

    def test_empty_file(self, tmp_path: Path) -> None:
        """An empty file is no backup, though SQLite takes it for a database."""
        (tmp_path / "empty.db").touch()
        with pytest.raises(StoreError, match="is empty"):
            inspect(tmp_path / "empty.db")

    def test_damaged_copy(self, copy: Path) -> None:
        """Damage anywhere in the file is found."""
        garble(copy)
        with pytest.raises(StoreError, match="damaged"):
            inspect(copy)

    def test_copy_of_a_newer_program(self, copy: Path) -> None:
        """A schema that this program cannot work with is refused with the remedy."""
        with closing(apsw.Connection(str(copy))) as connection:
            connection.execute("INSERT INTO migration VALUES (99, 99)")
            connection.pragma("user_version", 99)
        with pytest.raises(StoreError, match="install the newer lplate"):
            inspect(copy)

    def test_copy_by_other_means(self, database: Path) -> None:
        """A file that was copied by hand is sound, and does not say whose it is."""
        shutil.copy(database, database.with_name("by-hand.db"))
        assert inspect(database.with_name("by-hand.db")) is None


class TestRestore:
    def test_state_is_that_of_the_copy(self, database: Path, copy: Path) -> None:
        """After restoring the database holds exactly what it held when the backup was made."""
        before = dump(database)
        database.unlink()
        assert restore(copy, database, STAMP) is None
        assert dump(database) == before

    async def test_former_database_is_kept_with_its_log(self, tmp_path: Path, copy: Path) -> None:
        """What a killed bot left is kept whole beside the restored one, and its log is not read into that."""
        database = tmp_path / "killed" / "learners.db"
        database.parent.mkdir()
        await kill_and_leave(database.parent)
        kept = restore(copy, database, STAMP)
        assert kept == database.with_name(f"learners.db.replaced-{STAMP}")
        for path, in_log, in_copy in ((kept, 99, False), (database, None, True)):
            store = SqliteStore.open(path)
            assert await store.load(ANNA) == PLAIN
            assert (await store.load(99) is not None) is (in_log is not None)
            assert (await store.load(1000) is not None) is in_copy
            await store.close()

    def test_damaged_database_is_kept_as_it_is(self, database: Path, copy: Path) -> None:
        """A database that cannot be read any more is moved aside, log and all, byte for byte."""
        database.write_bytes(b"\xff" * 4 * PAGE)
        log = database.with_name(database.name + "-wal")
        log.write_bytes(b"\xfe" * PAGE)
        kept = restore(copy, database, STAMP)
        assert kept is not None
        assert kept.read_bytes() == b"\xff" * 4 * PAGE
        assert kept.with_name(kept.name + "-wal").read_bytes() == b"\xfe" * PAGE
        assert not log.exists()
        assert inspect(database) is None

    async def test_running_bot_keeps_its_database(self, database: Path, copy: Path) -> None:
        """While a bot holds the database nothing is replaced."""
        store = SqliteStore.open(database)
        await store.write([(learner(7),)])
        with pytest.raises(StoreError, match=r"in use by process \d+; stop the bot first"):
            restore(copy, database, STAMP)
        assert await store.load(7) == learner(7)
        await store.close()

    def test_failure_leaves_the_database_as_it_was(
        self, database: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """If the last step fails the name still stands for the former database, and nothing lies about."""
        before = dump(database)
        replace = Path.replace

        def fails(path: Path, target: Path) -> Path:
            if target == database:
                raise OSError(5, "Input/output error")
            return replace(path, target)

        monkeypatch.setattr(Path, "replace", fails)
        with pytest.raises(StoreError, match="cannot be replaced"):
            restore(copy, database, STAMP)
        assert dump(database) == before
        assert not database.with_name(database.name + ".restoring").exists()


class TestStart:
    async def test_damage_is_found_after_a_clean_stop_too(self, database: Path) -> None:
        """A file damaged while no bot ran is refused with the remedy."""
        garble(database)
        with pytest.raises(StoreError, match=r"damaged .* lplate restore FILE"):
            SqliteStore.open(database)

    def test_junk_is_refused_with_the_remedy(self, database: Path) -> None:
        """A file that is no database any more is refused, and the backup remembered."""
        database.write_bytes(b"\xff" * 4 * PAGE)
        with pytest.raises(StoreError, match="lplate restore FILE"):
            SqliteStore.open(database)

    def test_full_disk_is_told_before_anything_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without room for a group the store does not open."""
        monkeypatch.setattr(health, "LEAST_FREE_BYTES", 1 << 62)
        with pytest.raises(StoreError, match="disk is full; free some space"):
            SqliteStore.open(tmp_path / "new.db")
        assert not (tmp_path / "new.db").exists()

    async def test_little_room_is_a_warning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """With little room the bot runs and says so."""
        monkeypatch.setattr(health, "LOW_FREE_BYTES", 1 << 62)
        await SqliteStore.open(tmp_path / "new.db").close()
        assert "disk_nearly_full" in caplog.text
