"""The examination as a whole: every check is made, none can end it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.doctor.patients import patient
from lplate_bot.doctor import report, table
from lplate_bot.doctor.finding import Finding, Level, error, fine, warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from lplate_bot.doctor.patient import Patient


def only_check(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    """Have the examination consist of one check that finds these."""

    def check(_: Patient) -> Iterator[Finding]:
        yield from findings

    monkeypatch.setattr(table, "CHECKS", {"it": check})


def test_every_check_has_words() -> None:
    """Each check says in its docstring what it looks at."""
    assert all(check.__doc__ for check in table.CHECKS.values())
    assert len(set(table.CHECKS.values())) == len(table.CHECKS)


def test_a_check_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that fails by a fault of its own is an error among the others."""

    def broken(_: Patient) -> Iterator[Finding]:
        yield fine("at first")
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(table, "CHECKS", {"it": broken, "next": broken})
    results = list(table.examine(patient(tmp_path)))
    assert [result.level for result in results] == [Level.OK, Level.ERROR] * 2
    assert "ZeroDivisionError: by nothing" in results[1].finding.seen


def test_nothing_is_mended_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mending happens with --fix only, once, and then the finding counts as well."""
    done: list[int] = []

    def mend() -> str:
        done.append(1)
        return "done"

    only_check(monkeypatch, warning("bad", "do it", mend), error("worse", "do more"))
    assert [result.level for result in table.examine(patient(tmp_path))] == [Level.WARNING, Level.ERROR]
    assert not done
    assert [result.level for result in table.examine(patient(tmp_path), fix=True)] == [Level.OK, Level.ERROR]
    assert done == [1]


def test_what_cannot_be_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If mending fails the finding is an error with the reason."""

    def mend() -> str:
        raise PermissionError(13, "Permission denied")

    only_check(monkeypatch, warning("bad", "do it", mend))
    (result,) = table.examine(patient(tmp_path), fix=True)
    assert result.level is Level.ERROR
    assert "Permission denied" in result.finding.seen


def test_report() -> None:
    """A report has a word for each grade, the remedy below, colours only where they are wanted."""
    results = [
        table.Result("a", fine("well")),
        table.Result("b", warning("poor", "do it", str)),
        table.Result("c", error("bad", "do more")),
        table.Result("d", warning("was poor", "do it", str), "did it"),
    ]
    text = "\n".join(line for result in results for line in report.lines(result, coloured=False))
    assert "\x1b" not in text
    assert "-> do it (--fix does it)" in text
    assert "-> do more\n" in text
    assert text.endswith("did it")
    assert "\x1b[31;1merror" in "".join(report.lines(results[2], coloured=True))
    assert report.summary(results) == "1 errors, 1 warnings, 2 fine"
    assert report.summary(results[:1]) == "all is well: 1 findings"
    found = json.loads(report.as_json(results))
    assert (found["level"], len(found["findings"])) == ("error", 4)
    assert found["findings"][1]["can_fix"]
