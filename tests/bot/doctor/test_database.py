"""The checks of databases and banks, each made to fail and to pass."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import apsw
import pytest

from bot.doctor.patients import level, machine, only, patient, running
from lplate import checkup
from lplate.adapters.sqlite import examination
from lplate.adapters.sqlite.lock import DatabaseLock
from lplate.errors import StoreError
from lplate_bot.doctor import database as checks
from lplate_bot.doctor.finding import Level

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_bot.doctor.patient import Patient


def spoil(folder: Path, *statements: str) -> None:
    """Run statements on the database behind the bot's back."""
    with closing(apsw.Connection(str(folder / "learners-4711.db"))) as connection:
        for statement in statements:
            connection.execute(statement)


def with_log(looked: Patient, wal_bytes: int, pid: int | None = None) -> Patient:
    """Return the patient as if the log of its database were so long."""
    return replace(looked, databases=(replace(looked.databases[0], wal_bytes=wal_bytes, pid=pid),))


def test_sqlite(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that may lose commits, or takes no threads, is an error."""
    assert level(checks.sqlite, patient(folder)) is Level.OK
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    assert level(checks.sqlite, patient(folder)) is Level.ERROR
    monkeypatch.undo()
    monkeypatch.setattr(apsw, "compile_options", ("THREADSAFE=0",))
    assert level(checks.sqlite, patient(folder)) is Level.ERROR


def test_running(folder: Path) -> None:
    """Who holds the database is seen by its lock, and looking leaves no trace."""
    assert "no bot" in only(checks.running, patient(folder)).seen
    before = sorted(file.name for file in folder.iterdir())
    lock = DatabaseLock.take(folder / "learners-4711.db")
    looked = patient(folder)
    assert looked.is_running
    assert looked.pid is not None
    assert f"process {looked.pid}" in only(checks.running, looked).seen
    lock.release()
    assert not patient(folder).is_running
    assert sorted(file.name for file in folder.iterdir()) == before


def test_uptime(folder: Path) -> None:
    """How long the bot has been up is read from the system's own count."""
    fields = " ".join(["0"] * 19)
    root = machine(folder, {"proc/uptime": "7300.0 1", "proc/77/stat": f"77 (a b) {fields} 10000 0"})
    assert "up for 2.0 h" in only(checks.running, running(patient(folder, root))).seen


def test_silence(folder: Path) -> None:
    """A bot that holds the database and gives no sign of life is an error; one unseen is not judged."""
    looked = patient(folder)
    spoil(folder, f"INSERT INTO heartbeat VALUES (1, {looked.clock.wall_ms() - 30_000})")
    assert level(checks.running, running(patient(folder))) is Level.OK
    spoil(folder, f"UPDATE heartbeat SET at_ms = {looked.clock.wall_ms() - 120_000}")
    assert level(checks.running, running(patient(folder))) is Level.ERROR
    assert level(checks.running, running(patient(folder), pid=0)) is Level.OK


def test_heartbeat(folder: Path) -> None:
    """A clock behind what was written last went back."""
    looked = patient(folder)
    assert not list(checks.heartbeat(looked))
    spoil(folder, f"INSERT INTO heartbeat VALUES (1, {looked.clock.wall_ms() + 60_000})")
    assert level(checks.heartbeat, patient(folder)) is Level.ERROR


def test_schema(folder: Path, tmp_path: Path) -> None:
    """Schemas that this program can work with are fine, others say what to install."""
    assert level(checks.schema, patient(folder)) is Level.OK
    assert "no learners" in only(checks.schema, patient(tmp_path / "none")).seen
    spoil(folder, "INSERT INTO migration VALUES (99, 1)", "PRAGMA user_version = 99")
    assert level(checks.schema, patient(folder)) is Level.WARNING
    spoil(folder, "UPDATE migration SET min_reader = 99")
    assert "newer lplate" in only(checks.schema, patient(folder)).seen
    spoil(folder, "PRAGMA application_id = 1")
    assert level(checks.schema, patient(folder)) is Level.ERROR


def test_schema_to_come(folder: Path) -> None:
    """An older schema is fine: the next start migrates it."""
    looked = patient(folder)
    found = looked.databases[0].found
    assert isinstance(found, examination.Examination)
    older = replace(found, newest_schema=found.schema + 1)
    states = (replace(looked.databases[0], found=older),)
    assert "next start" in only(checks.schema, replace(looked, databases=states)).seen


def test_integrity(folder: Path) -> None:
    """Rows of learners who are not there, and broken pages, are errors that point to the backup."""
    assert level(checks.integrity, patient(folder)) is Level.OK
    spoil(folder, "PRAGMA foreign_keys = 0", "INSERT INTO card VALUES (5, 'b', 'q', 1, 1, 1, 1, 1, 0, 0)")
    assert "lplate restore" in only(checks.integrity, patient(folder)).remedy
    spoil(folder, "PRAGMA writable_schema = 1", "UPDATE sqlite_schema SET rootpage = 3 WHERE name = 'card'")
    assert level(checks.integrity, patient(folder)) is Level.ERROR


def test_no_database(folder: Path) -> None:
    """A file that is no database is an error of the schema check, and told once."""
    (folder / "learners-4711.db").write_bytes(b"no database" * 1000)
    looked = patient(folder)
    assert level(checks.schema, looked) is Level.ERROR
    for check in (checks.integrity, checks.set_aside, checks.heartbeat):
        assert not list(check(looked))


def test_log_length(folder: Path) -> None:
    """A log that a reader keeps from being cut, or that a killed bot left, is worth a word."""
    looked = patient(folder)
    assert level(checks.log_length, looked) is Level.OK
    assert level(checks.log_length, with_log(looked, 1 << 29, pid=7)) is Level.WARNING
    assert level(checks.log_length, with_log(looked, 100 << 20, pid=7)) is Level.OK
    assert level(checks.log_length, with_log(looked, 100 << 20)) is Level.WARNING


def test_log_is_folded(folder: Path) -> None:
    """The log of a killed bot is folded into the database, nothing is lost; not while a bot runs."""
    path = folder / "learners-4711.db"
    killed = apsw.Connection(str(path))
    killed.pragma("wal_autocheckpoint", 0)
    killed.execute("INSERT INTO heartbeat VALUES (1, 5)")
    log = path.with_name(path.name + "-wal").read_bytes()
    killed.execute("DELETE FROM heartbeat")
    killed.close()
    path.with_name(path.name + "-wal").write_bytes(log)
    looked = patient(folder)
    assert looked.databases[0].wal_bytes == len(log)
    assert path.with_name(path.name + "-wal").read_bytes() == log
    finding = only(checks.log_length, with_log(looked, 100 << 20))
    assert finding.mend is not None
    lock = DatabaseLock.take(path)
    with pytest.raises(StoreError, match="in use"):
        finding.mend()
    lock.release()
    finding.mend()
    state = patient(folder).databases[0]
    assert state.wal_bytes == 0
    assert isinstance(state.found, examination.Examination)
    assert state.found.heartbeat_ms == 5


def test_set_aside(folder: Path) -> None:
    """Updates that could not be handled are counted; a few that wait are no trouble, many are."""
    assert level(checks.set_aside, patient(folder)) is Level.OK
    spoil(
        folder,
        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1001) "
        "INSERT INTO inbox SELECT i, i, 1, x'', 1, 0 FROM n",
    )
    assert level(checks.set_aside, patient(folder)) is Level.WARNING
    spoil(folder, "DELETE FROM inbox", "INSERT INTO dead_letter VALUES (1, x'', 'e', 1)")
    assert level(checks.set_aside, patient(folder)) is Level.WARNING


def test_banks(data: Path, tmp_path: Path) -> None:
    """Banks are compiled from what their folders hold; damaged files and missing folders say so."""
    assert "153 questions" in only(checks.bank_files, patient(data)).seen
    assert level(checks.bank_files, patient(tmp_path / "none")) is Level.OK
    assert level(checks.bank_files, patient(data, starter_bank=False)) is Level.ERROR
    assert level(checks.bank_files, patient(data, banks=tmp_path / "none")) is Level.ERROR
    compiled = data / "banks" / "core.bank"
    compiled.write_bytes(compiled.read_bytes()[:5000])
    assert level(checks.bank_files, patient(data)) is Level.WARNING


def test_bank_that_changed(data: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that changed under a running bot is worth a word, before a start it is not."""
    monkeypatch.setattr(checkup, "source_digest", lambda _: "another")
    assert level(checks.bank_files, patient(data)) is Level.OK
    looked = replace(patient(data), databases=running(patient(folder)).databases)
    assert level(checks.bank_files, looked) is Level.WARNING
