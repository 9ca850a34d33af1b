"""Statements that take long are told, with their plan and without what they are about."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import apsw
import pytest

from contract.samples import ANNA, BANK, NOW_MS, attempt, card, learner
from lplate.adapters.sqlite import slow as module
from lplate.adapters.sqlite import statements as sql
from lplate.adapters.sqlite.slow import WINDOW_S, SlowQueries

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.adapters.sqlite import SqliteStore

MS = 1_000_000
EVERYTHING = -1
"""A threshold below what SQLite says of the quickest: 0 ms."""
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT sum(i) FROM n"


@pytest.fixture
async def told(
    sqlite: SqliteStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    """Return what is logged, over a database that exists."""
    caplog.set_level(logging.WARNING, module.__name__)
    return caplog


def lines(told: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in told.records if record.name == module.__name__]


def watching(tmp_path: Path, threshold_ms: float = 50) -> tuple[SlowQueries, list[float]]:
    """Return a watch over the database, and its clock in seconds."""
    now = [0.0]
    return SlowQueries(tmp_path / "learners.db", threshold_ms, lambda: now[0]), now


def test_threshold(told: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """What is quicker than the threshold is nobody's business; it may be changed at any time."""
    slow, _ = watching(tmp_path)
    slow.note(sql.SELECT_LEARNER, 50 * MS - 1)
    assert not lines(told)
    slow.set_threshold(10)
    slow.note(sql.SELECT_LEARNER, 49 * MS)
    (line,) = lines(told)
    assert line.startswith("slow_query took_ms=49 times=1 plan=SEARCH learner USING INTEGER PRIMARY KEY")
    assert "FROM learner WHERE id = ?1" in line


def test_once_a_minute(told: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Each kind of statement is told once a minute, the next time with how often it was slow."""
    slow, now = watching(tmp_path)
    for _ in range(5):
        slow.note(sql.SELECT_LEARNER, 60 * MS)
        slow.note(sql.SELECT_CARD, 60 * MS)
    assert len(lines(told)) == 2
    now[0] += WINDOW_S
    slow.note(sql.SELECT_LEARNER, 60 * MS)
    assert "times=5" in lines(told)[-1]


@pytest.mark.parametrize("text", [sql.BEGIN, sql.COMMIT, "no statement at all"])
def test_without_a_plan(text: str, told: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """A commit has no plan, and what cannot be explained is told all the same."""
    slow, _ = watching(tmp_path)
    slow.note(text, 60 * MS)
    assert text in lines(told)[0]


def test_many_rows(told: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """A statement of many rows is shortened, and one kind however many rows it has."""
    slow, _ = watching(tmp_path)
    for rows in (64, 128):
        slow.note(sql.UPSERT_LEARNERS.for_rows(rows), 60 * MS)
    (line,) = lines(told)
    assert len(line) < 600


async def test_all_connections(sqlite: SqliteStore, told: pytest.LogCaptureFixture) -> None:
    """Writing, point reads and long reads are all watched, and no value of theirs is told."""
    sqlite.log_slow_queries(EVERYTHING)
    await sqlite.write([(learner(), card("secret-question"), attempt(1))])
    await sqlite.load(ANNA)
    await sqlite.statistics(ANNA, BANK, 10, NOW_MS)
    text = "\n".join(lines(told))
    for statement in ("INSERT INTO attempt", "COMMIT", "FROM learner WHERE id", "SELECT topic_id, count(*)"):
        assert statement in text
    assert "secret-question" not in text
    assert str(ANNA) not in text


async def test_threshold_changes(sqlite: SqliteStore, told: pytest.LogCaptureFixture) -> None:
    """The threshold may be changed while the store is open; 0 means that nothing is told."""
    for threshold_ms, count in ((0, 0), (EVERYTHING, 1), (0, 1)):
        sqlite.log_slow_queries(threshold_ms)
        await sqlite.load(ANNA)
        assert len(lines(told)) == count


def test_a_slow_one(told: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """SQLite itself tells how long a statement took."""
    slow, _ = watching(tmp_path, threshold_ms=1)
    connection = apsw.Connection(str(tmp_path / "learners.db"))
    slow.watch(connection)
    assert connection.execute(ENDLESS, (300_000,)).get
    connection.close()
    assert "SCAN n" in lines(told)[0]
    assert "300000" not in lines(told)[0]
