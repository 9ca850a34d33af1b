"""What is wrong with a bank, and where."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from lplate.errors import Issue

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Spot:
    """Point to *line* (1-based, 0 for the file as a whole) of *file*, relative to the bank's folder."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        """Return ``file:line``."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Findings:
    """List what was found: *errors* forbid compiling, *warnings* do not; both by file and line."""

    errors: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()


class FindingLog:
    """Collect findings on the way through a bank."""

    def __init__(self) -> None:
        self._errors: list[Issue] = []
        self._warnings: list[Issue] = []

    def error(self, spot: Spot, text: str) -> None:
        """Note what must be mended before the bank can be used."""
        self._errors.append(Issue(spot.file, spot.line, text))

    def warn(self, spot: Spot, text: str) -> None:
        """Note what is odd, yet can be lived with."""
        self._warnings.append(Issue(spot.file, spot.line, text))

    @property
    def error_count(self) -> int:
        """Return the number of errors so far; unchanged over a step, that step went well."""
        return len(self._errors)

    def findings(self) -> Findings:
        """Return all findings by file and line."""
        return Findings(_sorted(self._errors), _sorted(self._warnings))


def _sorted(issues: list[Issue]) -> tuple[Issue, ...]:
    return tuple(sorted(issues, key=lambda issue: (issue.file, issue.line)))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, nothing if none is near."""
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
