"""Errors that somebody decides about; expected outcomes are values instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class LplateError(Exception):
    """Any error of lplate; the message names the thing and the remedy."""


class ConfigError(LplateError):
    """A setting is missing, misspelt or out of range."""


class StoreError(LplateError):
    """The store cannot read or write now (disk full, locked); the same group may succeed later."""


class StoppedError(LplateError):
    """Work was given up because the program is to stop."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Name one finding in a bank: *file*, *line* (from 1, 0 if unknown), what is wrong, how to mend it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return ``file:line: text`` as editors and compilers print it."""
        return f"{self.file}:{self.line}: {self.text}"


class BankError(LplateError):
    """A question bank failed validation; *issues* lists every finding."""

    def __init__(self, path: Path, issues: Sequence[Issue]) -> None:
        plural = "issue" if len(issues) == 1 else "issues"
        super().__init__(f"{path}: {len(issues)} {plural}, first: {issues[0]}")
        self.path = path
        self.issues = tuple(issues)
