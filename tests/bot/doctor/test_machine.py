"""The checks of what the system gives, each on a machine that has it and on one that has not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from bot.doctor.patients import HOOK, level, limits, machine, only, patient, running
from lplate_bot.doctor import machine as checks
from lplate_bot.doctor.finding import Level

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1 << 30


def meminfo(total: int, available: int) -> dict[str, str]:
    return {"proc/meminfo": f"MemTotal: {total // 1024} kB\nMemAvailable: {available // 1024} kB\n"}


def test_versions(tmp_path: Path) -> None:
    """What runs is told, for whoever reports a fault."""
    assert "Python 3" in only(checks.versions, patient(tmp_path)).seen


@pytest.mark.parametrize(
    ("files", "settings", "expected"),
    [
        ("20000", HOOK, Level.OK),
        ("unlimited", HOOK, Level.OK),
        ("1024", {"token": "1:k"}, Level.OK),
        ("1024", HOOK, Level.WARNING),
        ("1024", {}, Level.WARNING),
        ("256", HOOK, Level.ERROR),
    ],
)
def test_open_files(tmp_path: Path, files: str, settings: dict[str, Any], expected: Level) -> None:
    """A webhook server needs a thousand files more than polling does; few are an error."""
    root = machine(tmp_path, limits(files))
    assert level(checks.descriptors, patient(tmp_path, root, **settings)) is expected


def test_open_files_hard(tmp_path: Path) -> None:
    """Where the soft limit cannot be raised far enough, the remedy names the hard one."""
    root = machine(tmp_path, limits("256", hard="512"))
    assert "limits.conf" in only(checks.descriptors, patient(tmp_path, root, **HOOK)).remedy


def test_open_files_of_the_bot(folder: Path) -> None:
    """If a bot runs its own limits count, not those of the shell."""
    root = machine(folder, limits("20000"))
    machine(root, {"proc/77/limits": limits("100")["proc/self/limits"]})
    found = only(checks.descriptors, running(patient(folder, root)))
    assert found.level is Level.ERROR
    assert "process 77" in found.seen


def test_limits_unknown(tmp_path: Path) -> None:
    """A system that does not tell its limits gives no finding, and no fault."""
    assert not list(checks.descriptors(patient(tmp_path)))
    assert not list(checks.processes(patient(tmp_path)))
    assert not list(checks.memory(patient(tmp_path)))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (limits(), Level.OK),
        (limits(processes="9"), Level.ERROR),
        (limits() | {"sys/fs/cgroup/pids.max": "max\n"}, Level.OK),
        (limits() | {"sys/fs/cgroup/pids.max": "12\n"}, Level.ERROR),
        (limits() | {"sys/fs/cgroup/pids/pids.max": "12\n"}, Level.ERROR),
    ],
)
def test_threads(tmp_path: Path, files: dict[str, str], expected: Level) -> None:
    """Too few threads are an error, whether the user, the container or the unit limits them."""
    assert level(checks.processes, patient(tmp_path, machine(tmp_path, files))) is expected


@pytest.mark.parametrize(
    ("files", "load", "expected"),
    [
        ({}, 0.5, Level.OK),
        ({"sys/fs/cgroup/cpu.max": "max 100000"}, 0.5, Level.OK),
        ({"sys/fs/cgroup/cpu.max": "50000 100000"}, 0.5, Level.WARNING),
        ({"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "20000",
          "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 0.5, Level.WARNING),
        ({}, 1e6, Level.WARNING),
    ],
)  # fmt: skip
def test_processors(
    tmp_path: Path, files: dict[str, str], load: float, expected: Level, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less than one processor, or a crowd that wants it, is worth a word."""
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    assert level(checks.processors, patient(tmp_path, machine(tmp_path, files))) is expected


@pytest.mark.parametrize(
    ("files", "settings", "expected"),
    [
        (meminfo(8 * GIB, 6 * GIB), {}, Level.OK),
        (meminfo(8 * GIB, GIB // 8), {}, Level.WARNING),
        (meminfo(8 * GIB, 6 * GIB), {"learner_cache": 10_000_000}, Level.WARNING),
        (meminfo(8 * GIB, 6 * GIB), {"learner_cache": 10_000_000, "memory_mb": 4000}, Level.OK),
        (meminfo(8 * GIB, 6 * GIB), {"memory_mb": 9000}, Level.ERROR),
        (meminfo(8 * GIB, 6 * GIB), {"memory_mb": 60}, Level.WARNING),
        (meminfo(8 * GIB, 6 * GIB) | {"proc/self/cgroup": "0::/svc/lplate\n",
          "sys/fs/cgroup/svc/memory.max": str(GIB)}, {"memory_mb": 2000}, Level.ERROR),
        (meminfo(8 * GIB, 6 * GIB) | {"proc/self/cgroup": "4:memory:/x\n0::/\n",
          "sys/fs/cgroup/memory/x/memory.limit_in_bytes": str(GIB)}, {"memory_mb": 2000}, Level.ERROR),
        (meminfo(8 * GIB, 6 * GIB) | {"sys/fs/cgroup/memory/memory.limit_in_bytes": str(2**63 - 4096)},
          {"memory_mb": 2000}, Level.OK),
    ],
)  # fmt: skip
def test_memory(tmp_path: Path, files: dict[str, str], settings: dict[str, Any], expected: Level) -> None:
    """Full caches must fit, the cap must lie below what a container enforces, and some must be free."""
    assert level(checks.memory, patient(tmp_path, machine(tmp_path, files), **settings)) is expected


def test_memory_kills(tmp_path: Path) -> None:
    """Processes that the kernel ended for want of memory are counted; none are not worth a line."""
    root = machine(tmp_path, {"sys/fs/cgroup/memory.events": "low 0\noom 3\noom_kill 0\n"})
    assert not list(checks.memory_kills(patient(tmp_path, root)))
    machine(root, {"sys/fs/cgroup/memory.events": "low 0\noom 3\noom_kill 2\n"})
    assert level(checks.memory_kills, patient(tmp_path, root)) is Level.WARNING


def test_clock(tmp_path: Path) -> None:
    """A clock that jumps while one looks, or tells an impossible time, is found out."""
    looked = patient(tmp_path)
    assert level(checks.clock, looked) is Level.OK
    looked.clock.tick(5)  # type: ignore[attr-defined]  # a test's clock
    assert level(checks.clock, looked) is Level.OK
    looked.clock.skew_ms += 2000  # type: ignore[attr-defined]  # as above
    assert level(checks.clock, looked) is Level.WARNING
    looked.clock.skew_ms = 0  # type: ignore[attr-defined]  # as above
    assert level(checks.clock, looked) is Level.ERROR
