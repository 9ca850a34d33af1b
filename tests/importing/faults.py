"""Faults that people write into banks, and what they are told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importing.bank_folder import edited

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplate.errors import Issue

BANK_YAML = "bank.yaml"
SIGNS_YAML = "questions/signs.yaml"
SPEED_YAML = "questions/speed.yaml"
DE_YAML = "i18n/de.yaml"
STOP_SVG = "media/stop.svg"

_EXPECTED = re.compile(r"(?:(?P<file>[^ :]+):)?(?P<line>\d+): (?P<words>.*)")


@dataclass(frozen=True)
class Fault:
    """Change some files of the small bank; *expected* are (file, line, some words of the finding)."""

    name: str
    changed: dict[str, str | bytes]
    expected: Sequence[tuple[str, int, str]]

    def check(self, issues: Sequence[Issue]) -> None:
        """Fail unless just the expected issues were found."""
        places = [(issue.file, issue.line) for issue in issues]
        assert places == [(file, line) for file, line, _ in self.expected], [str(issue) for issue in issues]
        for issue, (_, _, words) in zip(issues, self.expected, strict=True):
            assert words in issue.text


def edit(name: str, file: str, old: str, new: str, *expected: str) -> Fault:
    """Return the fault of a file with *old* replaced; *expected* as ``[file:]line: words``."""
    return Fault(name, edited(file, old, new), [_parsed(text, file) for text in expected])


def rewrite(name: str, file: str, content: str | bytes, *expected: str) -> Fault:
    """Return the fault of a file with other content; *expected* as ``[file:]line: words``."""
    return Fault(name, {file: content}, [_parsed(text, file) for text in expected])


def _parsed(text: str, file: str) -> tuple[str, int, str]:
    match = _EXPECTED.fullmatch(text)
    assert match is not None, text
    return match["file"] or file, int(match["line"]), match["words"]
