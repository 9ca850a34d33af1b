"""Every query is served by an index, whether it stands in the code or was seen when a bot ran."""

from __future__ import annotations

import re
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import apsw
import pytest

from contract import sql
from contract.samples import ANNA, attempt, card, learner, owing
from lplate.adapters.sqlite import SqliteStore, examine
from lplate.adapters.sqlite.slow import plan_of
from lplate.ports import InboxItem, StoredFile
from playing import compiled_data
from torture.pressing import PressedHouse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

READ_WHOLE = {
    "statements.SELECT_OWING": "at start; an index on those owed a reply would be written at every press",
    "statements.SELECT_INBOX": "what was not handled when the last run ended: at start",
    "statements.SELECT_DEAD_LETTERS": "the few updates put aside, for whoever looks into them",
    "statements.SELECT_INVITES": "the invitations an operator made, for the operator",
    "statements.SELECT_BROADCASTS": "the newest fifty, for the operator and at start",
    "statements.COUNT_LEARNERS": "the numbers of the day, for an operator, on a reading thread",
    "statements.COUNT_ANSWERS_SINCE": "as above; an index on activity would be written at every press",
    "statements.SELECT_MIN_READER": "a row for each migration",
    "examination.COUNT_INBOX": "the doctor counts; usually nothing waits",
    "examination.COUNT_DEAD_LETTERS": "the doctor counts what was put aside",
    "origin._SELECT": "the one row of a copy",
    "origin._COUNT": "the schema: some twenty rows",
    "statements.COUNT_TABLES": "the schema: some twenty rows",
    "reader._META": "the few properties of a compiled bank",
    "reader._IDS": "a compiled bank is read when it is opened",
    "reader._FURTHER_TOPICS": "as above",
    "reader._DRAWINGS": "read when a bank is compiled anew",
}
"""Statements that read a whole table or index on purpose, and why that does no harm."""
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
NOT_HERE = {"origin._SELECT", "origin._INSERT"}
"""Statements for a table that only copies have."""
PLANNED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b")


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[tuple[apsw.Connection, ...]]:
    """Return connections to a database of 60 learners with 30 cards each, and to a compiled bank."""
    store = SqliteStore.open(tmp_path / "learners.db")
    for who in range(1, 60):
        cards = (card(f"q{n}", who, is_mistake=n % 3 == 0) for n in range(30))
        await store.write([(owing(1, who), *cards, attempt(1, who))])
    await store.write([(InboxItem(1, ANNA, b"", 1), StoredFile("s", "d", "k", "f"), learner())])
    await store.close()
    paths = (tmp_path / "learners.db", compiled_data() / "banks" / "core.bank")
    opened = tuple(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY) for path in paths)
    yield opened
    for connection in opened:
        connection.close()


def scans(databases: tuple[apsw.Connection, ...], text: str) -> list[str]:
    """Return the steps of a statement's plan that read all rows of a table or index."""
    faults = []
    for connection in databases:
        try:
            steps = plan_of(connection, text)
        except apsw.SQLError as fault:
            faults.append(str(fault))
            continue
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        kept = "|".join(map(re.escape, (*tables, "sqlite_schema", "sqlite_master")))
        return [step for step in steps if re.match(rf"SCAN ({kept})\b", step)]
    raise AssertionError(f"no database has what this asks for: {faults}")


@pytest.mark.parametrize("name", sorted(sql.statements().keys() - NOT_HERE))
async def test_no_statement_reads_a_whole_table(name: str, databases: tuple[apsw.Connection, ...]) -> None:
    """A statement finds its rows by an index, but for those listed with their reason."""
    found = scans(databases, sql.statements()[name])
    assert bool(found) is (name in READ_WHOLE), found


def test_the_list_is_not_longer_than_needed() -> None:
    """Every statement listed as an exception exists."""
    assert READ_WHOLE.keys() <= sql.statements().keys()
    assert sql.statements().keys() >= NOT_HERE
    assert len(sql.statements()) > 40


def test_sql_stands_in_constants() -> None:
    """No statement hides in a function, or outside the adapters, where this would not look."""
    assert not list(sql.loose_texts())


async def test_what_a_running_bot_asks(databases: tuple[apsw.Connection, ...], tmp_path: Path) -> None:
    """Whatever a bot that is opened, pressed and started again asks of its database is served so, too."""
    with recorded() as texts:
        await practise(tmp_path / "played.db")
    allowed = {_words(sql.statements()[name]) for name in READ_WHOLE}
    asked = {text for text in texts if PLANNED.match(text) and "sqlite_" not in text}
    assert len(asked) > 20
    assert {text for text in asked if scans(databases, text)} <= {t for t in asked if _words(t) in allowed}


async def practise(path: Path) -> None:
    """Let learners press for a while, with commands and everything, twice."""
    for seed in (1, 2):
        house = PressedHouse(SqliteStore.open(path), 20, seed)
        await house.open()
        await house.begin_all()
        for _ in range(40):
            await house.press_all()
        await house.store.answered_questions(10_000, "core")
        await house.store.heartbeat_ms()
        await house.close()
        await house.store.close()
        house.close_banks()
    examine(path)


@contextmanager
def recorded() -> Iterator[set[str]]:
    """Note the text of every statement that runs on a connection made meanwhile."""
    texts: set[str] = set()

    def note(cursor: apsw.Cursor, text: str, bindings: Any) -> bool:
        texts.add(text)
        return True

    def hook(connection: apsw.Connection) -> None:
        connection.exec_trace = note

    apsw.connection_hooks.append(hook)
    try:
        yield texts
    finally:
        apsw.connection_hooks.remove(hook)


def test_the_recorder_records(tmp_path: Path) -> None:
    """A statement that reads a whole table would be seen."""
    with recorded() as texts, closing(apsw.Connection(str(tmp_path / "x.db"))) as connection:
        connection.execute("CREATE TABLE learner (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("SELECT name FROM learner WHERE name = 'a'")
        assert scans((connection,), "SELECT name FROM learner WHERE name = 'a'") == ["SCAN learner"]
    assert "SELECT name FROM learner WHERE name = 'a'" in texts


def _words(text: str) -> str:
    return " ".join(text.split())
