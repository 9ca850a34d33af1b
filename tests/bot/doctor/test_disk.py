"""The checks of the data folder, each made to fail and to pass."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bot.doctor.patients import level, machine, only, patient
from lplate_bot.doctor import disk as checks
from lplate_bot.doctor.finding import Level

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1 << 20


def test_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder must be one, and belong to who runs the bot; one not made yet is fine."""
    assert level(checks.folder, patient(folder)) is Level.OK
    assert level(checks.folder, patient(tmp_path / "none")) is Level.OK
    (tmp_path / "file").touch()
    assert level(checks.folder, patient(tmp_path / "file")) is Level.ERROR
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    assert "belongs to user" in only(checks.folder, patient(folder)).seen


def test_folder_is_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that its owner may not write to is mended."""
    monkeypatch.setattr(os, "access", lambda path, _: bool(path.stat().st_mode & 0o200))
    folder.chmod(0o500)
    found = only(checks.folder, patient(folder))
    assert found.level is Level.ERROR
    assert found.mend is not None
    found.mend()
    assert level(checks.folder, patient(folder)) is Level.OK


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o700, Level.OK), (0o750, Level.OK), (0o755, Level.WARNING), (0o777, Level.ERROR)]
)
def test_privacy(folder: Path, mode: int, expected: Level) -> None:
    """Other users may not read who learns what, still less change it; mending keeps the group's rights."""
    folder.chmod(mode)
    found = only(checks.privacy, patient(folder))
    assert found.level is expected
    if found.mend is not None:
        found.mend()
    assert folder.stat().st_mode & 0o777 == mode & 0o770


@pytest.mark.parametrize(
    ("free", "expected"), [(512 * MIB, Level.OK), (200 * MIB, Level.WARNING), (1000, Level.ERROR)]
)
def test_space(folder: Path, free: int, expected: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """Little room is worth a word, none is an error."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert level(checks.space, patient(folder)) is expected


def test_inodes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk may have room and still take no more files."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=512 * MIB))
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_files=1000, f_favail=3))
    assert level(checks.space, patient(folder)) is Level.WARNING


@pytest.mark.parametrize(
    ("kind", "expected"), [("ext4", Level.OK), ("nfs4", Level.ERROR), ("tmpfs", Level.WARNING)]
)
def test_file_system(folder: Path, kind: str, expected: Level) -> None:
    """The nearest mount above the folder counts; network and memory are no place for learners."""
    mounts = f"/dev/sda / xfs rw 0 0\nx {folder} {kind} rw 0 0\ny /elsewhere nfs rw 0 0\n"
    root = machine(folder, {"proc/self/mounts": mounts})
    assert level(checks.file_system, patient(folder, root)) is expected


def test_syncing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that a sync takes is measured on the folder itself, and graded; nothing stays behind."""
    looked = patient(folder)
    for pause_s, expected in ((0.001, Level.OK), (0.05, Level.WARNING), (0.5, Level.ERROR)):
        monkeypatch.setattr(os, "fsync", lambda _, pause_s=pause_s: looked.clock.tick(pause_s))  # type: ignore[attr-defined]  # a test's clock
        assert level(checks.syncing, looked) is expected
    assert not list(folder.glob(".doctor-*"))


def test_syncing_impossible(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that takes no file is an error with its reason."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    found = only(checks.syncing, patient(folder))
    assert found.level is Level.ERROR
    assert "Permission denied" in found.seen


def test_leftovers(folder: Path) -> None:
    """What a killed process left is deleted; what a backup under way writes, and former databases, stay."""
    looked = patient(folder)
    assert level(checks.leftovers, looked) is Level.OK
    old, young = folder / "learners-1.db.unfinished", folder / "learners-2.db.unfinished"
    kept = folder / "learners-4711.db.replaced-20260101-000000"
    now_s = looked.clock.wall_ms() / 1000
    for file, age_s in ((old, 7200), (young, 60), (kept, 7200)):
        file.write_bytes(b"x")
        os.utime(file, (now_s - age_s, now_s - age_s))
    assert level(checks.leftovers, looked) is Level.WARNING
    for finding in checks.leftovers(looked):
        if finding.mend is not None:
            finding.mend()
    assert not old.exists()
    assert young.exists()
    assert kept.exists()
    assert "kept" in only(checks.leftovers, looked).seen


def test_no_folder(tmp_path: Path) -> None:
    """Before the first start there is nothing to say of files, and the disk above the folder is looked at."""
    looked = patient(tmp_path / "a" / "b")
    for check in (checks.privacy, checks.syncing, checks.leftovers):
        assert not list(check(looked))
    assert list(checks.space(looked))
