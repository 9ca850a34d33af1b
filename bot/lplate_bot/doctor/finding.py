"""What a check says: how it is, what was seen, what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Level(enum.IntEnum):
    """Grade a finding; the worst grade is the exit code of the command."""

    OK = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what a check saw.

    *remedy* is empty for what is well. *mend* does the remedy where that is safe and returns what it did;
    it may raise OSError or LplateError.
    """

    level: Level
    seen: str
    remedy: str = ""
    mend: Callable[[], str] | None = None


def fine(seen: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(Level.OK, seen)


def warning(seen: str, remedy: str, mend: Callable[[], str] | None = None) -> Finding:
    """Return a finding that somebody should look at while the bot goes on."""
    return Finding(Level.WARNING, seen, remedy, mend)


def error(seen: str, remedy: str, mend: Callable[[], str] | None = None) -> Finding:
    """Return a finding that keeps the bot from running, or from keeping its promises."""
    return Finding(Level.ERROR, seen, remedy, mend)
