"""Findings are complete, in order, and divided into what forbids and what can be lived with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importing.bank_folder import FILES, SIGNS, TODAY, edited, image_bytes, write_bank
from importing.faults import BANK_YAML, SIGNS_YAML, SPEED_YAML, STOP_SVG, edit, rewrite
from lplate.adapters.bank_file import BankFileWriter
from lplate.errors import BankError, Issue
from lplate.importing.compiling import compile_bank
from lplate.importing.findings import Findings
from lplate.importing.validation import check_bank

if TYPE_CHECKING:
    from pathlib import Path

    from importing.faults import Fault

LONG = "x" * 1005

ODDITIES = [
    rewrite("unused picture", "media/old.png", image_bytes(), "0: no question shows it"),
    rewrite("foreign file", "questions/more.yml", "", "0: is not read"),
    rewrite("folder too deep", "questions/a/b.yaml", "", "0: is not read"),
    rewrite("no questions", "questions/more.yaml", "[]", "1: has no questions"),
    edit(
        "idle topic",
        BANK_YAML,
        "topics:\n",
        "topics:\n  - id: sea\n    name: {en: S, de: S}\n",
        "9: has no questions",
    ),
    edit("no alt", SIGNS_YAML, ", alt: {en: Red octagon, de: Rotes Achteck}", "", "7: media has no alt"),
    edit(
        "long caption",
        SIGNS_YAML,
        "What now?",
        LONG,
        "6: 1025 characters in en; under a picture 1024 fit",
    ),
]


@pytest.mark.parametrize("oddity", ODDITIES, ids=lambda oddity: oddity.name)
def test_oddity_is_a_warning(tmp_path: Path, oddity: Fault) -> None:
    """What can be lived with is told as a warning, and the bank still compiles."""
    folder = write_bank(tmp_path / "bank", oddity.changed)
    findings = compile_bank(folder, BankFileWriter(tmp_path / "mini.bank"), today=TODAY)
    assert findings.errors == ()
    oddity.check(findings.warnings)


def test_small_bank_has_no_findings(tmp_path: Path) -> None:
    """A bank as the format wants it has neither errors nor warnings; hidden files are nobody's business."""
    folder = write_bank(tmp_path, {"media/.thumbs.db": b"", "README.md": b"\xff"})
    assert check_bank(folder) == Findings()


def test_missing_manifest_is_an_error(tmp_path: Path) -> None:
    """A folder without bank.yaml is told to be no bank."""
    assert [str(issue) for issue in check_bank(tmp_path).errors] == [
        "bank.yaml:0: does not exist; write it, every bank's folder has one"
    ]


def test_folder_in_place_of_the_manifest_is_an_error(tmp_path: Path) -> None:
    """What cannot be read at all is told with the system's reason."""
    (tmp_path / "bank.yaml").mkdir()
    assert [str(issue) for issue in check_bank(tmp_path).errors] == [
        "bank.yaml:0: cannot be read: Is a directory"
    ]


def test_bank_without_questions_is_an_error(tmp_path: Path) -> None:
    """A manifest alone is not a bank yet."""
    write_bank(tmp_path)
    for name in FILES:
        if name != BANK_YAML:
            (tmp_path / name).unlink()
    assert "the bank has no question" in check_bank(tmp_path).errors[0].text


def test_broken_file_hides_no_finding_elsewhere(tmp_path: Path) -> None:
    """A file that cannot be parsed is one finding; what it may hold is not reported as missing or unused."""
    changed = {**edited(SPEED_YAML, "tolerance: 0.1", "tolerance: x"), SIGNS_YAML: SIGNS + "  rev: 4\n"}
    findings = check_bank(write_bank(tmp_path, changed))
    assert [(issue.file, issue.line) for issue in findings.errors] == [(SIGNS_YAML, 23), (SPEED_YAML, 6)]
    assert findings.warnings == ()


def test_all_errors_come_in_one_exception(tmp_path: Path) -> None:
    """Compiling collects every error, raises once, and leaves no file behind."""
    changed = {
        **edited(BANK_YAML, "country: international", "country: x"),
        **edited(SIGNS_YAML, "rev: 3", "rev: x"),
    }
    changed |= edited(STOP_SVG, "<rect", "<text/><rect")
    folder = write_bank(tmp_path / "bank", changed)
    with pytest.raises(BankError) as raised:
        compile_bank(folder, BankFileWriter(tmp_path / "out" / "mini.bank"), today=TODAY)
    assert [(issue.file, issue.line) for issue in raised.value.issues] == [
        (BANK_YAML, 6),
        (STOP_SVG, 2),
        (SIGNS_YAML, 14),
    ]
    assert all(isinstance(issue, Issue) for issue in raised.value.issues)
    assert not (tmp_path / "out").exists()
