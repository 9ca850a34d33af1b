"""Duplicates are known by what the learner sees, not by ids, file names or the order of options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importing.bank_folder import SPEED, TODAY, image_bytes, write_bank
from lplate.adapters.bank_file import BankFile, BankFileWriter
from lplate.importing.compiling import compile_bank
from lplate.importing.validation import check_bank

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.importing.findings import Findings

SIGN = """\
- id: {id}
  rev: 1
  type: {type}
  topics: [signs]
  text: {{en: "{text}", de: "{id}"}}
  media: {{file: media/{picture}, alt: {{en: A sign, de: Ein Zeichen}}}}
  options:
    {first}: {{text: {{en: Stop, de: Halten}}, correct: {stop}}}
    {second}: {{text: {{en: Drive on, de: Fahren}}, correct: {drive}}}
"""
DEFAULTS = {
    "type": "single",
    "text": "What does this sign mean?",
    "picture": "one.png",
    "first": "a",
    "second": "b",
    "stop": "true",
    "drive": "false",
}
RED, BLUE = image_bytes("red"), image_bytes("blue")


def two_signs(folder: Path, pictures: dict[str, str | bytes], **second: str) -> Path:
    """Write a bank with two questions that read the same but for what *second* says."""
    one = SIGN.format(id="signs-one", **DEFAULTS)
    two = SIGN.format(**{"id": "signs-two", **DEFAULTS, **second})
    write_bank(folder, {"questions/signs.yaml": one + two, **pictures})
    (folder / "media/stop.svg").unlink()
    return folder


def found(findings: Findings) -> tuple[list[str], list[str]]:
    """Return errors and warnings as they are printed."""
    return [str(issue) for issue in findings.errors], [str(issue) for issue in findings.warnings]


PARTNER = "'signs-one' (questions/signs.yaml:1)"
REPEATS = [
    f"questions/signs.yaml:10: repeats {PARTNER} and is left out of practice; delete one or make them differ"
]
CONTRADICTS = [
    f"questions/signs.yaml:10: asks the same as {PARTNER} but has another right answer; mend one of them"
]
TREAD, _, _ = SPEED.partition("- id: speed-faster")
FASTER = SPEED.removeprefix(TREAD)


def test_questions_that_differ_only_in_their_picture_are_two(tmp_path: Path) -> None:
    """Text and options alone would merge all questions of the kind "What does this sign mean?"."""
    folder = two_signs(tmp_path, {"media/one.png": RED, "media/two.png": BLUE}, picture="two.png")
    assert found(check_bank(folder)) == ([], [])


def test_renamed_picture_is_the_same_picture(tmp_path: Path) -> None:
    """A copy of a picture under another name does not make another question."""
    folder = two_signs(tmp_path, {"media/one.png": RED, "media/two.png": RED}, picture="two.png")
    assert found(check_bank(folder)) == ([], REPEATS)


@pytest.mark.parametrize(
    "second",
    [
        {},
        {"text": "  WHAT does this\u00a0sign   mean?"},
        {"text": "What does this sign mean\uff1f"},
        {"first": "x", "second": "y"},
        {"type": "multi"},
    ],
    ids=["verbatim", "case and space", "width", "keys of options", "type"],
)
def test_spelling_makes_no_other_question(tmp_path: Path, second: dict[str, str]) -> None:
    """Case, space, width and keys of options do not hide a duplicate."""
    folder = two_signs(tmp_path, {"media/one.png": RED}, **second)
    assert found(check_bank(folder)) == ([], REPEATS)


def test_order_of_options_makes_no_other_question(tmp_path: Path) -> None:
    """Options in another order are the same options."""
    folder = two_signs(tmp_path, {"media/one.png": RED})
    path = folder / "questions/signs.yaml"
    lines = path.read_text().splitlines()
    lines[-2:] = reversed(lines[-2:])
    path.write_text("\n".join(lines))
    assert found(check_bank(folder)) == ([], REPEATS)


@pytest.mark.parametrize(
    "second",
    [{"stop": "false", "drive": "true"}, {"type": "multi", "drive": "true"}],
    ids=["other answer", "more answers"],
)
def test_contradiction_is_an_error_that_names_both(tmp_path: Path, second: dict[str, str]) -> None:
    """The same question with other right options cannot be learned."""
    folder = two_signs(tmp_path, {"media/one.png": RED}, **second)
    assert found(check_bank(folder)) == (CONTRADICTS, [])


@pytest.mark.parametrize(
    ("old", "new"),
    [("value: 1.6", "value: 3"), ("unit: mm", "unit: cm"), ("tolerance: 0.1", "tolerance: 0")],
)
def test_numbers_contradict_each_other(tmp_path: Path, old: str, new: str) -> None:
    """A number, its unit and its tolerance are the answer of a numeric question."""
    twin = TREAD.replace("speed-tread", "speed-twin").replace(old, new)
    errors, warnings = found(check_bank(write_bank(tmp_path, {"questions/speed.yaml": SPEED + twin})))
    assert warnings == []
    assert errors[0].startswith(
        "questions/speed.yaml:13: asks the same as 'speed-tread' (questions/speed.yaml:1)"
    )


def test_number_written_otherwise_is_the_same_number(tmp_path: Path) -> None:
    """1.60 is 1.6."""
    twin = TREAD.replace("speed-tread", "speed-twin").replace("1.6", "1.60")
    errors, warnings = found(check_bank(write_bank(tmp_path, {"questions/speed.yaml": SPEED + twin})))
    assert errors == []
    assert "repeats 'speed-tread'" in warnings[0]


@pytest.mark.parametrize(("value", "is_contradiction"), [("false", False), ("true", True)])
def test_statement_is_true_or_false_but_not_both(
    tmp_path: Path, value: str, *, is_contradiction: bool
) -> None:
    """The same statement twice is a duplicate or a contradiction, by its answer."""
    twin = FASTER.replace("speed-faster", "speed-twin").replace("value: false", f"value: {value}")
    german = "speed-faster: {text: x}\nspeed-twin: {text: x}\n"
    folder = write_bank(tmp_path, {"questions/speed.yaml": SPEED + twin, "i18n/de.yaml": german})
    errors, warnings = found(check_bank(folder))
    assert (len(errors), len(warnings)) == ((1, 0) if is_contradiction else (0, 1))


def test_heir_may_read_like_the_question_it_replaces(tmp_path: Path) -> None:
    """When the law changes, the same question gets another answer under a new id."""
    new = FASTER.replace("speed-faster", "speed-heir").replace("value: false", "value: true")
    speed = f"{SPEED}  valid_to: 2026-06-30\n{new}  valid_from: 2026-07-01\n"
    german = "speed-faster: {text: x}\nspeed-heir: {text: x}\n"
    folder = write_bank(tmp_path, {"questions/speed.yaml": speed, "i18n/de.yaml": german})
    assert found(check_bank(folder)) == ([], [])


def test_repeated_question_is_kept_out_of_practice(tmp_path: Path) -> None:
    """The first of two equal questions is practised; the other can be looked up by those who had it."""
    folder = two_signs(tmp_path / "source", {"media/one.png": RED})
    compile_bank(folder, BankFileWriter(tmp_path / "mini.bank"), today=TODAY)
    bank = BankFile.open(tmp_path / "mini.bank")
    assert bank.info.size == 3
    assert bank.in_topics("signs-one", ())
    assert not bank.in_topics("signs-two", ())
    assert bank.question("signs-two") is not None
    bank.close()


def test_missing_picture_is_no_contradiction(tmp_path: Path) -> None:
    """Questions whose pictures are missing are not compared: what they ask cannot be told."""
    folder = two_signs(tmp_path, {}, stop="false", drive="true", picture="two.png")
    errors, warnings = found(check_bank(folder))
    assert warnings == []
    assert [error.partition(" ")[2] for error in errors] == [
        "the file 'media/one.png' does not exist",
        "the file 'media/two.png' does not exist",
    ]
