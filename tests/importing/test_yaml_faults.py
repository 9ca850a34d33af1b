"""What is wrong with the YAML itself, whatever it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importing.bank_folder import write_bank
from importing.faults import SIGNS_YAML, SPEED_YAML, edit, rewrite
from lplate.importing.validation import check_bank

if TYPE_CHECKING:
    from pathlib import Path

    from importing.faults import Fault

FAULTS = [
    edit("anchor", SIGNS_YAML, "text: {en: What now?", "text: {en: &x What now?", "6: anchor '&x'"),
    edit(
        "alias",
        SIGNS_YAML,
        "{en: Stop, de: Halten}",
        "{en: &stop Stop, de: *stop}",
        "9: anchor '&stop'",
        "9: alias '*stop'",
    ),
    edit("tag", SIGNS_YAML, "rev: 3", "rev: !!int 3", "14: tag 'tag:yaml.org,2002:int'"),
    edit("local tag", SIGNS_YAML, "rev: 3", "rev: !x 3", "14: tag '!x'"),
    edit("duplicate key", SIGNS_YAML, "points: 4", "rev: 2", "5: 'rev' stands here twice (first in line 2)"),
    edit(
        "duplicate option",
        SIGNS_YAML,
        "    b: {text: {en: A sign",
        "    a: {text: {en: A sign",
        "20: line 19",
    ),
    edit(
        "key that is a list",
        SPEED_YAML,
        "- id: speed-tread",
        "- [id]: speed-tread",
        "1: a key must be a text",
    ),
    edit("syntax", SIGNS_YAML, "points: 4", "points: 4: 5", "5: not valid YAML: mapping values"),
    edit("unclosed", SPEED_YAML, "answer: {value: false}", "answer: {value: false", "13: not valid YAML"),
    edit("forbidden character", SPEED_YAML, "How many", "How\x07many", "5: control characters"),
    edit("lone surrogate", SPEED_YAML, "How many mm?", '"\\ud800"', "5: not valid YAML"),
    edit("two documents", SPEED_YAML, "- id: speed-faster", "---\n- id: speed-faster", "7: second document"),
    edit(
        "too deep", SPEED_YAML, "rev: 1\n  type: numeric", f"rev: {'[' * 20}{']' * 20}", "2: nested more than"
    ),
    rewrite("empty file", SPEED_YAML, "", "0: is empty"),
    rewrite("not UTF-8", SPEED_YAML, b"a: b\nc: \xff", "2: not UTF-8"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_yaml_that_the_eye_misreads_is_refused(tmp_path: Path, fault: Fault) -> None:
    """YAML that is broken, or reads otherwise than it looks, has one finding at its line."""
    fault.check(check_bank(write_bank(tmp_path, fault.changed)).errors)
