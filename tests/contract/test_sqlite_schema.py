"""The SQLite file: its settings, its migrations, what is refused, and its plans."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import apsw
import apsw.ext
import pytest

from contract.samples import ANNA, BANK, NOW_MS, PLAIN, attempt, card, learner, owing
from lplate.adapters.sqlite import SqliteStore, back_up, schema, statements
from lplate.adapters.sqlite.connection import open_reader, open_writer
from lplate.adapters.sqlite.options import SqliteOptions
from lplate.adapters.sqlite.schema import APPLICATION_ID, Migration, known_migrations, migrate
from lplate.domain.tiers import Membership
from lplate.errors import StoreError
from lplate.ports import Heartbeat, InboxItem, StoredFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PUBLISHED = {
    1: "00bd9a36193b30c30296fb2823daf229",
    2: "c5900a39ca883b8a14680c998ac0b880",
    3: "5070d8b21d99324863fa3ef200d56746",
}
"""MD5 of each migration that users may have applied; such a file never changes, a new one follows it."""

NEWEST = len(PUBLISHED)
NEXT = NEWEST + 1
ADDING = Migration(
    NEXT, 1, "-- min_reader: 1\nALTER TABLE learner ADD COLUMN shoe_size INTEGER NOT NULL DEFAULT 42;"
)
BREAKING = Migration(NEXT, NEXT, f"-- min_reader: {NEXT}\nALTER TABLE learner RENAME COLUMN state TO stand;")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "learners.db"


@pytest.fixture
def connection(path: Path) -> Iterator[apsw.Connection]:
    opened = open_writer(path)
    yield opened
    opened.close()


FIRST_UPSERT = """
    INSERT INTO learner (id, chat_id, created_at_ms, active_at_ms, language, bank_id, is_blocked, owed_number,
                         owed, state, updates, seen_bank, seen)
    VALUES (?1, ?1, ?2, ?2, '', '', 0, 0, '[]', '{}', x'', '', x'')
        ON CONFLICT (id) DO UPDATE SET active_at_ms = excluded.active_at_ms, state = excluded.state"""
FIRST_ROW = (ANNA, NOW_MS)
"""How the program of schema 1 writes a learner."""


def knowing(monkeypatch: pytest.MonkeyPatch, *migrations: Migration) -> None:
    """Let the program know *migrations* beyond the first."""
    known = (*known_migrations(), *migrations)
    monkeypatch.setattr("lplate.adapters.sqlite.store.known_migrations", lambda: known)


def query(path: Path, text: str) -> Any:
    connection = apsw.Connection(str(path))
    try:
        return connection.execute(text).get
    finally:
        connection.close()


class TestSettings:
    @pytest.mark.parametrize("opener", [open_writer, open_reader])
    def test_every_connection_is_set_up(self, path: Path, opener: Any) -> None:
        """Each connection waits when busy, checks references and never maps learner data into memory."""
        open_writer(path).close()
        connection = opener(path)
        assert connection.pragma("foreign_keys") == 1
        assert connection.pragma("mmap_size") == 0
        assert connection.pragma("busy_timeout") > 0
        assert connection.pragma("journal_mode") == "wal"
        connection.close()

    @pytest.mark.parametrize("opener", [open_writer, open_reader])
    def test_options_reach_every_connection(self, path: Path, opener: Any) -> None:
        """What an operator turns is what SQLite is told."""
        open_writer(path).close()
        options = SqliteOptions(cache_kib=4096, map_bytes=1 << 20, log_pages=100, busy_ms=1234)
        connection = opener(path, None, options)
        assert connection.pragma("mmap_size") == 1 << 20
        if opener is open_writer:
            told = [connection.pragma(name) for name in ("cache_size", "journal_size_limit", "busy_timeout")]
            assert told == [-4096, 100 * 4096, 1234]
        connection.close()

    def test_writer_survives_power_cuts(self, connection: apsw.Connection) -> None:
        """The writer waits for the disk at every commit."""
        assert connection.pragma("synchronous") == 2

    def test_reader_cannot_write(self, path: Path, connection: apsw.Connection) -> None:
        """A reading connection refuses to write."""
        migrate(connection, path, known_migrations())
        reader = open_reader(path)
        with pytest.raises(apsw.ReadOnlyError):
            reader.execute(statements.UPSERT_HEARTBEAT.for_rows(1), (1,))
        reader.close()

    def test_tables_are_strict(self, path: Path, connection: apsw.Connection) -> None:
        """Every table refuses values of another type than its columns name."""
        migrate(connection, path, known_migrations())
        lax = connection.execute(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
        ).get
        assert lax == "sqlite_schema"
        with pytest.raises(apsw.ConstraintError, match="cannot store TEXT"):
            connection.execute(statements.UPSERT_HEARTBEAT.for_rows(1), ("noon",))

    def test_orphans_are_refused(self, path: Path, connection: apsw.Connection) -> None:
        """A card of an unknown learner cannot be committed."""
        migrate(connection, path, known_migrations())
        with pytest.raises(apsw.ConstraintError, match="FOREIGN KEY"):
            connection.execute(
                statements.UPSERT_CARDS.for_rows(1), (ANNA, BANK, "a", 1.0, 5.0, NOW_MS, NOW_MS, 0, False, 0)
            )


class TestMigrations:
    def test_files_are_numbered_without_gaps(self) -> None:
        """Migrations are numbered from one, in order."""
        assert [migration.version for migration in known_migrations()] == [
            *range(1, len(known_migrations()) + 1)
        ]

    def test_published_files_never_change(self) -> None:
        """A migration that users may have applied is what it was."""
        digests = {m.version: hashlib.md5(m.script.encode()).hexdigest() for m in known_migrations()}
        assert digests == PUBLISHED

    def test_new_database_is_marked_as_ours(self, path: Path, connection: apsw.Connection) -> None:
        """A new file bears our application id and the newest version."""
        migrate(connection, path, known_migrations())
        assert connection.pragma("application_id") == APPLICATION_ID
        assert connection.pragma("user_version") == known_migrations()[-1].version

    async def test_rule_26_old_database_is_copied_then_migrated(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Before a database with data is migrated, a whole copy of it is put beside it."""
        store = SqliteStore.open(path)
        await store.write([(PLAIN,)])
        await store.close()
        knowing(monkeypatch, ADDING)
        store = SqliteStore.open(path)
        assert await store.load(ANNA) == PLAIN
        await store.close()
        assert query(path, "SELECT id, shoe_size FROM learner") == (ANNA, 42)
        copy = path.with_name(f"learners.db.before-{NEXT}")
        assert query(copy, "SELECT id FROM learner") == ANNA
        assert query(copy, "PRAGMA user_version") == NEWEST
        assert query(copy, "PRAGMA quick_check") == "ok"

    async def test_rule_26_learners_of_the_first_schema_go_on(self, path: Path) -> None:
        """A database of schema 1 keeps its learners, who are in no tier."""
        connection = open_writer(path)
        migrate(connection, path, known_migrations()[:1])
        connection.execute(FIRST_UPSERT, FIRST_ROW)
        connection.close()
        store = SqliteStore.open(path)
        assert await store.load(ANNA) == PLAIN
        await store.close()

    async def test_rule_26_the_first_program_leaves_tiers_alone(
        self, path: Path, sqlite: SqliteStore
    ) -> None:
        """A press written by a program that knows no tiers does not take the learner's away."""
        given = replace(PLAIN, membership=Membership("school", NOW_MS))
        await sqlite.write([(given,)])
        connection = apsw.Connection(str(path))
        connection.execute(FIRST_UPSERT, FIRST_ROW)
        connection.close()
        assert await sqlite.load(ANNA) == given

    async def test_rule_26_failing_migration_changes_nothing(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A migration that fails half way leaves the database as it was."""
        await SqliteStore.open(path).close()
        knowing(
            monkeypatch, replace(ADDING, script=ADDING.script + "SELECT 1; INSERT INTO nowhere VALUES (1);")
        )
        with pytest.raises(apsw.SQLError, match="nowhere"):
            SqliteStore.open(path)
        assert query(path, "PRAGMA user_version") == NEWEST
        assert query(path, "SELECT count(*) FROM pragma_table_info('learner') WHERE name = 'shoe_size'") == 0

    async def test_rule_26_older_program_runs_on_newer_schema(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a rollback the former version reads and writes the newer schema."""
        with monkeypatch.context() as newer:
            knowing(newer, ADDING)
            await SqliteStore.open(path).close()
        store = SqliteStore.open(path)
        await store.write([(PLAIN, attempt(1), card("a")), (Heartbeat(NOW_MS),)])
        assert await store.load(ANNA) == PLAIN
        await store.close()

    async def test_rule_26_schema_too_new_is_refused_with_words(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A schema too new is refused, naming file, version and remedy; nothing stays locked."""
        with monkeypatch.context() as newer:
            knowing(newer, BREAKING)
            await SqliteStore.open(path).close()
        for _ in range(2):
            with pytest.raises(
                StoreError,
                match=rf"learners\.db: has schema {NEXT}, .* knows {NEWEST}: install the newer",
            ):
                SqliteStore.open(path)

    async def test_newer_json_is_tolerated(self, path: Path, sqlite: SqliteStore) -> None:
        """What only a newer version knows is passed over, the rest of the learner stays."""
        await sqlite.write([(owing(3, language="de"),)])
        connection = apsw.Connection(str(path))
        connection.execute("""
            UPDATE learner
               SET state = json_set(state, '$.hat', 'red', '$.mode', 'hologram', '$.session.number', 8,
                                    '$.session.step', 5, '$.session.phase', 'dancing'),
                   owed = json_insert(owed, '$[#]', json('{"kind": "song", "number": 3}'))""")
        connection.close()
        loaded = await sqlite.load(ANNA)
        assert loaded is not None
        assert (loaded.session.number, loaded.session.step) == (8, 5)
        assert loaded == replace(owing(3, language="de"), session=loaded.session)

    def test_migration_must_say_who_can_read_it(self) -> None:
        """A migration without its min_reader line is a mistake found by the first test that runs."""
        with pytest.raises(ValueError, match="0009 must begin with"):
            schema._migration(9, "CREATE TABLE hat (size INTEGER) STRICT;")


class TestRefusals:
    def test_other_database_is_refused(self, path: Path) -> None:
        """A database of another program is left alone."""
        connection = apsw.Connection(str(path))
        connection.execute("CREATE TABLE invoices (total REAL)")
        connection.close()
        with pytest.raises(StoreError, match="of another program; move it away"):
            SqliteStore.open(path)

    def test_no_database_is_refused(self, path: Path) -> None:
        """A file that is no database is refused by name."""
        path.write_bytes(b"learners, comma, separated\n" * 100)
        with pytest.raises(StoreError, match=r"learners\.db: the file is no SQLite database"):
            SqliteStore.open(path)

    def test_unwritable_folder_is_refused(self, tmp_path: Path) -> None:
        """A folder that cannot be made is named together with the remedy."""
        (tmp_path / "data").write_text("in the way")
        with pytest.raises(StoreError, match=r"data/learners\.db\.lock: cannot be made .* permissions"):
            SqliteStore.open(tmp_path / "data" / "learners.db")


TABLES = "learner|card|attempt|inbox|dead_letter|stored_file"
READ_WHOLE = {
    "SELECT_OWING": "learner",
    "SELECT_INBOX": "inbox",
    "SELECT_DEAD_LETTERS": "dead_letter",
    "COUNT_LEARNERS": "learner",
    "COUNT_ANSWERS_SINCE": "learner",
}
"""What is read in full on purpose: two small tables, and, on a reading thread, all learners: at a start for
those still owed a reply, and for the numbers of the day. An index would be written at every press."""


def texts() -> dict[str, str]:
    """Return every statement that has a plan, by name."""
    known = {name: value for name, value in vars(statements).items() if name.isupper() and name[0] != "_"}
    several = {n: value.for_rows(2) for n, value in known.items() if isinstance(value, statements.ManyRows)}
    single = {name: value for name, value in known.items() if isinstance(value, str)}
    not_planned = {"BEGIN", "BEGIN_READING", "COMMIT", "ROLLBACK", "COPY_INTO", "TYPE_CHECKING"}
    return {name: text for name, text in {**several, **single}.items() if name not in not_planned}


def plan(connection: apsw.Connection, text: str) -> list[str]:
    """Return the steps of the query plan, outer ones first."""
    found = apsw.ext.query_info(connection, text, explain_query_plan=True).query_plan
    pending = [] if found is None else [found]
    details = []
    while pending:
        step = pending.pop(0)
        details.append(step.detail)
        pending += step.sub or []
    return [detail for detail in details if detail != "QUERY PLAN"]


@pytest.fixture
async def filled(path: Path) -> AsyncIterator[apsw.Connection]:
    """Return a connection to a database with 60 learners and 30 cards each."""
    store = SqliteStore.open(path)
    await store.write([
        (owing(1, who), *(card(f"q{n}", who, is_mistake=n % 3 == 0) for n in range(30)), attempt(1, who))
        for who in range(1, 60)
    ])  # fmt: skip
    await store.write([(InboxItem(1, ANNA, b"", 1), StoredFile("s", "d", "k", "f"), learner())])
    await store.close()
    connection = apsw.Connection(str(path))
    yield connection
    connection.close()


class TestPlans:
    @pytest.mark.parametrize("name", texts())
    async def test_no_statement_scans_a_table(self, filled: apsw.Connection, name: str) -> None:
        """Every statement finds its rows by an index, however many there are."""
        scans = [step for step in plan(filled, texts()[name]) if re.match(rf"SCAN ({TABLES})\b", step)]
        assert scans == ([f"SCAN {READ_WHOLE[name]}"] if name in READ_WHOLE else [])

    async def test_due_mistakes_come_from_their_index_in_order(self, filled: apsw.Connection) -> None:
        """The mistake due first is read off the index: nothing is sorted."""
        assert plan(filled, statements.SELECT_MISTAKES) == [
            "SEARCH card USING COVERING INDEX card_mistake (learner_id=? AND bank_id=?)"
        ]


class TestBackup:
    async def test_copy_is_whole_while_the_bot_runs(self, sqlite: SqliteStore, path: Path) -> None:
        """A copy made beside a running bot holds all that was committed."""
        await sqlite.write([(PLAIN, attempt(1))])
        copy = path.with_name("copy.db")
        for _ in range(2):
            back_up(path, copy)
            assert query(copy, "SELECT count(*) FROM attempt") == 1
            assert query(copy, "PRAGMA quick_check") == "ok"
        await sqlite.write([(attempt(2),)])
        assert sorted(each.name for each in path.parent.glob("copy*")) == ["copy.db"]

    async def test_what_cannot_be_copied_is_said(self, sqlite: SqliteStore, path: Path) -> None:
        """A missing database and a target that cannot be written are store errors that name the file."""
        with pytest.raises(StoreError, match=r"none\.db: the file cannot be opened"):
            back_up(path.with_name("none.db"), path.with_name("copy.db"))
        with pytest.raises(StoreError, match="nowhere"):
            back_up(path, path.parent / "nowhere" / "copy.db")
