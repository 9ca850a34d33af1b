"""What the examination found, for people or for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from lplate_bot.doctor.finding import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplate_bot.doctor.table import Result

_NAMES: Final = {Level.OK: "ok", Level.WARNING: "warning", Level.ERROR: "error"}
_COLOURS: Final = {Level.OK: "32", Level.WARNING: "33", Level.ERROR: "31;1"}
_WIDTH: Final = 13


def lines(result: Result, *, coloured: bool) -> Iterator[str]:
    """Return one finding in words: what was seen, and below it the remedy."""
    finding = result.finding
    word = f"{'mended' if result.mended else _NAMES[result.level]:<7}"
    if coloured:
        word = f"\x1b[{_COLOURS[result.level]}m{word}\x1b[0m"
    yield f"{word} {result.check:<{_WIDTH}} {finding.seen}"
    if result.mended:
        yield f"{'':<{8 + _WIDTH}} {result.mended}"
    elif finding.remedy:
        hint = " (--fix does it)" if finding.mend and "--fix" not in finding.remedy else ""
        yield f"{'':<{8 + _WIDTH}} -> {finding.remedy}{hint}"


def summary(results: Sequence[Result]) -> str:
    """Return how many findings of each grade there are, in one line."""
    levels = [result.level for result in results]
    bad, poor = levels.count(Level.ERROR), levels.count(Level.WARNING)
    if not bad and not poor:
        return f"all is well: {len(levels)} findings"
    return f"{bad} errors, {poor} warnings, {len(levels) - bad - poor} fine"


def as_json(results: Sequence[Result]) -> str:
    """Return all findings as one JSON document."""
    level = max((result.level for result in results), default=Level.OK)
    return json.dumps({"level": _NAMES[level], "findings": [_entry(result) for result in results]}, indent=2)


def _entry(result: Result) -> dict[str, Any]:
    finding = result.finding
    return {
        "check": result.check,
        "level": _NAMES[result.level],
        "seen": finding.seen,
        "remedy": finding.remedy,
        "can_fix": finding.mend is not None,
        "mended": result.mended,
    }
