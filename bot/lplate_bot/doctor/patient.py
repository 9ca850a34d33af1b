"""What is looked over: settings, data folder, machine, and the Bot API's answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lplate.checkup import databases
from lplate_bot.doctor.botapi import BotApi
from lplate_bot.times import Clock

if TYPE_CHECKING:
    from lplate.checkup import DatabaseState
    from lplate.config import Settings


@dataclass(frozen=True, slots=True)
class Patient:
    """Hold what the checks look at.

    *api* is None without a token. *root* is where the system's ``proc`` and ``sys`` are found.
    """

    settings: Settings
    databases: tuple[DatabaseState, ...] = ()
    api: BotApi | None = None
    root: Path = Path("/")
    clock: Clock = field(default_factory=Clock)
    began_ms: int = 0
    began_ns: int = 0

    @property
    def pid(self) -> int | None:
        """Return the process of a bot that runs on this data folder, None if none is to be seen."""
        return next((state.pid for state in self.databases if state.pid), None)

    @property
    def proc(self) -> Path:
        """Return what the system tells of the running bot, of this process if none runs."""
        return self.root / "proc" / str(self.pid or "self")

    @property
    def whose(self) -> str:
        """Name the process that *proc* is about."""
        return f"the bot (process {self.pid})" if self.pid else "a process started here"

    @property
    def is_running(self) -> bool:
        """Return True if a bot holds a database of this folder."""
        return any(state.pid is not None for state in self.databases)


def admitted(settings: Settings, clock: Clock | None = None, root: Path = Path("/")) -> Patient:
    """Return the patient that *settings* describe, its databases looked over."""
    clock = clock or Clock()
    began_ms, began_ns = clock.wall_ms(), clock.monotonic_ns()
    token = settings.token
    api = BotApi(settings.api_url, token.get_secret_value()) if token is not None else None
    return Patient(settings, databases(settings), api, root, clock, began_ms, began_ns)
