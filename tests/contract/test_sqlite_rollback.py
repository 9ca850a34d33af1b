"""The version before runs on the schema after: schemas grow, and take away only what nobody uses any more."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from contract.former_program import former_schemas, read, replayed
from lplate.adapters.sqlite.connection import open_writer
from lplate.adapters.sqlite.schema import Migration, known_migrations, migrate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import apsw

KNOWN = known_migrations()
BASE = "-- min_reader: 1\nCREATE TABLE hat (id INTEGER PRIMARY KEY, size INTEGER NOT NULL) STRICT;"


COLUMNS = 'SELECT name, type, "notnull", dflt_value IS NOT NULL, pk FROM pragma_table_xinfo(?)'
UNIQUE_INDEXES = 'SELECT name FROM pragma_index_list(?) WHERE "unique"'
TRIGGERS = "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"


@dataclass(frozen=True)
class Column:
    """Hold what a program may rely on in a column."""

    type: str
    is_required: bool
    has_default: bool
    key: int


@dataclass(frozen=True)
class Table:
    """Hold what a program may rely on in a table, and what may refuse its rows."""

    columns: dict[str, Column]
    unique: frozenset[tuple[str, ...]]
    references: int
    triggers: int


def tables(path: Path, migrations: Sequence[Migration]) -> dict[str, Table]:
    """Return the tables that *migrations* lead to."""
    with closing(open_writer(path)) as connection:
        migrate(connection, path, migrations)
        names = rows(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {name: table(connection, name) for (name,) in names}


def table(connection: apsw.Connection, name: str) -> Table:
    """Return one table."""
    columns = rows(connection, COLUMNS, name)
    indexes = rows(connection, UNIQUE_INDEXES, name)
    unique = (rows(connection, "SELECT name FROM pragma_index_info(?)", index) for (index,) in indexes)
    return Table(
        {column: Column(kind, bool(required), bool(default), key)
         for column, kind, required, default, key in columns},
        frozenset(tuple(column for (column,) in each) for each in unique),
        len(rows(connection, "SELECT 1 FROM pragma_foreign_key_list(?)", name)),
        len(rows(connection, TRIGGERS, name)),
    )  # fmt: skip


def rows(connection: apsw.Connection, text: str, *bindings: str) -> list[Any]:
    """Return what a query finds."""
    return connection.execute(text, bindings).fetchall()


def findings(before: dict[str, Table], after: dict[str, Table]) -> list[str]:
    """Return what keeps a program that knows *before* from running on *after*."""
    found = [f"table {name} is gone" for name in before.keys() - after.keys()]
    for name in sorted(before.keys() & after.keys()):
        found += [f"{name}: {words}" for words in changes(before[name], after[name])]
    return found


def changes(before: Table, after: Table) -> list[str]:
    """Return what a program that knows the table as *before* would stumble over."""
    found = [f"column {name} is gone" for name in before.columns.keys() - after.columns.keys()]
    for name, column in after.columns.items():
        former = before.columns.get(name)
        if former is None and column.is_required and not column.has_default:
            found.append(f"column {name} is required and has no default")
        elif former is not None and former != column:
            found.append(f"column {name} has changed")
    if after.unique - before.unique:
        found.append("there is a new uniqueness")
    if after.references > before.references:
        found.append("there is a new reference")
    if after.triggers > before.triggers:
        found.append("there is a new trigger")
    return found


def test_a_schema_only_grows(tmp_path: Path) -> None:
    """A migration takes nothing from a program that its min_reader lets run, and asks nothing new of it."""
    for migration in KNOWN[1:]:
        before = tables(tmp_path / f"before-{migration.version}.db", KNOWN[: migration.min_reader])
        after = tables(tmp_path / f"after-{migration.version}.db", KNOWN[: migration.version])
        assert findings(before, after) == [], f"schema {migration.version}"


@pytest.mark.parametrize("schema", former_schemas())
def test_a_former_program_runs_on_the_newest_schema(tmp_path: Path, schema: int) -> None:
    """All that a former program writes and reads brings the same on the newest schema that lets it run."""
    newest = max(m.version for m in KNOWN if all(each.min_reader <= schema for each in KNOWN[: m.version]))
    statements = read(schema)
    assert replayed(statements, tmp_path / "learners.db", newest) == statements


def test_a_former_program_was_written_down() -> None:
    """There is a former program to try, with writes and reads of every table."""
    assert former_schemas()
    text = " ".join(statement.text for statement in read(former_schemas()[0]))
    for table in ("learner", "card", "attempt", "inbox", "dead_letter", "stored_file", "heartbeat"):
        assert f"INTO {table}" in text
        assert f"FROM {table}" in text


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("ALTER TABLE hat ADD COLUMN colour TEXT;", []),
        ("ALTER TABLE hat ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';", []),
        ("CREATE TABLE coat (id INTEGER PRIMARY KEY) STRICT;", []),
        ("CREATE INDEX hat_size ON hat (size);", []),
        ("DROP TABLE hat;", ["table hat is gone"]),
        ("ALTER TABLE hat DROP COLUMN size;", ["hat: column size is gone"]),
        ("CREATE UNIQUE INDEX hat_size ON hat (size);", ["hat: there is a new uniqueness"]),
        (
            "CREATE TRIGGER no_hat BEFORE INSERT ON hat BEGIN SELECT RAISE(ABORT, 'no'); END;",
            ["hat: there is a new trigger"],
        ),
        (
            (
                "DROP TABLE hat; "
                "CREATE TABLE hat (id INTEGER PRIMARY KEY, size TEXT NOT NULL, worn INTEGER NOT NULL) STRICT;"
            ),
            ["hat: column size has changed", "hat: column worn is required and has no default"],
        ),
    ],
)
def test_what_breaks_a_former_program_is_found(tmp_path: Path, script: str, words: list[str]) -> None:
    """Growing is let through; what takes away or demands is named."""
    first = Migration(1, 1, BASE + "CREATE TABLE migration (version INTEGER, min_reader INTEGER) STRICT;")
    before = tables(tmp_path / "before.db", (first,))
    after = tables(tmp_path / "after.db", (first, Migration(2, 1, script)))
    assert findings(before, after) == words
