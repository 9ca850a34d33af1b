"""A machine made of files, and what is examined on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.bothouse import FakeClock
from lplate.checkup import databases
from lplate.config import Settings
from lplate_bot.doctor.botapi import Answer, UnreachableError
from lplate_bot.doctor.patient import Patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from lplate_bot.doctor.finding import Finding, Level

HOOK: dict[str, Any] = {"webhook_url": "https://bot.example/hook", "webhook_secret": "s", "token": "4711:key"}
LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units
Max processes             {processes}                9999                processes
Max open files            {files}                {hard}                files
"""


class FakeApi:
    """Answer methods by a table; what is not in it cannot be reached."""

    root = "https://api.test"
    bot_id = "4711"

    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def ask(self, method: str) -> Answer:
        self.asked.append(method)
        if method not in self.answers:
            raise UnreachableError("nothing listens there (connection refused)")
        return self.answers[method]

    def forget(self) -> None:
        """Nothing is remembered."""


def answer(result: Any, status: int = 200, clock: datetime | None = None, took_s: float = 0.1) -> Answer:
    return Answer(status, result, "" if result is not None else "no", clock, took_s)


def patient(data: Path, root: Path | None = None, api: FakeApi | None = None, **settings: Any) -> Patient:
    """Return a patient with these settings on a machine whose files are below *root*."""
    clock = FakeClock()
    made = Settings(data=data, **{"operate_listen": "none", **settings})
    found = databases(made) if data.is_dir() else ()
    return Patient(
        made, found, api, root or data, clock, clock.wall_ms(), clock.monotonic_ns()  # type: ignore[arg-type]  # a stand-in
    )  # fmt: skip


def machine(root: Path, files: Mapping[str, str]) -> Path:
    """Write files of the system below *root*."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def limits(files: str = "20000", processes: str = "9999", hard: str = "20000") -> dict[str, str]:
    """Return the system's file about a process's limits."""
    return {"proc/self/limits": LIMITS.format(files=files, processes=processes, hard=hard)}


def running(patient: Patient, pid: int = 77, **changes: Any) -> Patient:
    """Return the patient as if a bot ran on its first database."""
    state = replace(patient.databases[0], pid=pid, **changes)
    return replace(patient, databases=(state, *patient.databases[1:]))


def level(check: Callable[[Patient], Iterator[Finding]], patient: Patient) -> Level:
    """Return the worst of what a check finds; every finding but a fine one has a remedy."""
    found = list(check(patient))
    assert all(finding.seen and bool(finding.remedy) == bool(finding.level) for finding in found), found
    return max(finding.level for finding in found)


def only(check: Callable[[Patient], Iterator[Finding]], patient: Patient) -> Finding:
    """Return the one thing that a check finds."""
    (found,) = check(patient)
    return found
