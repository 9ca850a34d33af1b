"""What people write wrong in questions."""

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
    edit(
        "endless question",
        SPEED_YAML,
        "How many mm?",
        "x" * 1801,
        "5: question and options take 1801 characters in en; 1800 are the most, or two languages do not fit",
    ),
    edit("id as list", SIGNS_YAML, "id: signs-stop", "id: [signs-stop]", "1: id must be a text, not a list"),
    edit(
        "media as text",
        SIGNS_YAML,
        "media: {file: media/stop.svg, alt: {en: Red octagon, de: Rotes Achteck}}",
        "media: media/stop.svg",
        "7: media must be a mapping, not a text",
    ),
    edit(
        "credit",
        SIGNS_YAML,
        "{file: media/stop.svg,",
        "{file: media/stop.svg, credit: [A, B],",
        "7: credit must be a text",
    ),
    edit(
        "answer as text",
        SPEED_YAML,
        "answer: {value: false}",
        "answer: no",
        "12: answer must be a mapping, not a text",
    ),
    edit(
        "number as text",
        SPEED_YAML,
        "answer: {value: 1.6, unit: mm, tolerance: 0.1}",
        "answer: 1.6",
        "6: answer must be a mapping, not a text",
    ),
    edit(
        "options as text",
        SPEED_YAML,
        "type: truefalse",
        "type: single\n  options: a or b",
        "10: options must be a mapping, not a text",
        "13: answer does not belong here",
    ),
    edit(
        "member of a list",
        SIGNS_YAML,
        "shuffle: false",
        "licence: [B, [A]]",
        "22: a member of licence must be a text",
    ),
    rewrite("no list", "questions/more.yaml", "id: x", "1: must be a list of questions"),
    edit("no mapping", SPEED_YAML, "- id: speed-faster", "- x\n- id: speed-faster", "7: not a text"),
    edit(
        "unknown field", SIGNS_YAML, "points:", "point:", "5: unknown field 'point'; did you mean 'points'?"
    ),
    edit("nothing near", SIGNS_YAML, "points: 4", "xyz: 4", "5: unknown field 'xyz'"),
    edit("unknown in option", SIGNS_YAML, "Rad}, correct", "Rad}, corect", "19: did you mean 'correct'?"),
    edit("bad slug", SIGNS_YAML, "id: signs-stop", "id: signs_stop", "1: 'signs_stop' is not a slug"),
    edit(
        "duplicate id", SPEED_YAML, "id: speed-tread", "id: signs-stop", "1: questions/signs.yaml:1 already"
    ),
    edit("unknown type", SIGNS_YAML, "type: multi", "type: multiple", "15: did you mean 'multi'?"),
    edit("unknown topic", SIGNS_YAML, "[signs, speed]", "[signs, sped]", "16: did you mean 'speed'?"),
    edit("topic twice", SIGNS_YAML, "[signs, speed]", "[signs, signs]", "16: stands here twice"),
    edit("no topic", SIGNS_YAML, "[signs, speed]", "[]", "16: topics is an empty list"),
    edit(
        "wrong home", SIGNS_YAML, "[signs, speed]", "[speed]", "16: move the question to questions/speed.yaml"
    ),
    edit("revision", SIGNS_YAML, "rev: 3", "rev: 0", "14: a whole number from 1 to"),
    edit("no revision", SIGNS_YAML, "  rev: 3\n", "", "13: 'rev' is missing"),
    edit("points", SIGNS_YAML, "points: 4", "points: four", "5: not 'four'"),
    edit("flag", SIGNS_YAML, "shuffle: false", "shuffle: no", "22: true or false, not 'no'"),
    edit("fatal", SIGNS_YAML, "shuffle: false", "fatal: yes", "22: true or false, not 'yes'"),
    edit("penalty", SIGNS_YAML, "shuffle: false", "penalty: -1", "22: a whole number from 0"),
    edit("section", SIGNS_YAML, "shuffle: false", "section: Part A", "22: not a slug"),
    edit("licence classes", SIGNS_YAML, "shuffle: false", "licence: B", "22: must be a list, not a text"),
    edit("law", SIGNS_YAML, '[{ref: "Vienna Convention 1968, B 2"}]', "[Vienna]", "12: {ref: ...}"),
    edit("missing translation", SIGNS_YAML, ", de: Was nun?", "", "6: text lacks a translation: de"),
    edit("option untranslated", SIGNS_YAML, ", de: Ein Rad", "", "19: text lacks a translation: de"),
    edit(
        "explanation untranslated",
        SIGNS_YAML,
        ", de: Es steht da.",
        "",
        "11: explanation lacks a translation",
    ),
    edit("alt untranslated", SIGNS_YAML, ", de: Rotes Achteck", "", "7: alt lacks a translation: de"),
    edit(
        "foreign language",
        SIGNS_YAML,
        "{en: What now?,",
        "{en: What now?, fr: Quoi?,",
        "6: 'fr' is not among",
    ),
    edit(
        "text as text", SIGNS_YAML, "{en: What now?, de: Was nun?}", "What now?", "6: a mapping, not a text"
    ),
    edit("empty text", SIGNS_YAML, "{en: What now?,", "{en: ' ',", "6: text in en is empty"),
    edit("null", SIGNS_YAML, "{en: What now?,", "{en: null,", "6: 'null', which is read as a text"),
    edit("control character", SIGNS_YAML, "{en: What now?,", '{en: "What\\x07now?",', "6: U+0007"),
    edit("tabulator", SIGNS_YAML, "{en: What now?,", '{en: "What\\tnow?",', "6: U+0009"),
    edit("replacement", SIGNS_YAML, "{en: What now?,", "{en: What�,", "6: wrong encoding"),
    edit("no right option", SIGNS_YAML, "Halten}, correct: true", "Halten}", "8: no option is right"),
    edit("two right", SIGNS_YAML, "Weiterfahren}}", "Weiterfahren}, correct: true}", "8: a and b are right"),
    edit("one option", SIGNS_YAML, "    b: {text: {en: Drive on, de: Weiterfahren}}\n", "", "8: options: 1;"),
    edit("option key", SIGNS_YAML, "    c: {text", "    C!: {text", "21: option key 'C!'"),
    edit(
        "option as text",
        SIGNS_YAML,
        "c: {text: {en: A corner, de: Eine Ecke}}",
        "c: Corner",
        "21: not a text",
    ),
    edit("same options", SIGNS_YAML, "en: A sign", "en: a  WHEEL", "18: options a and b read the same in en"),
    edit(
        "answer beside options",
        SIGNS_YAML,
        "shuffle: false",
        "answer: {value: 1}",
        "22: answer does not belong",
    ),
    edit(
        "options beside answer",
        SPEED_YAML,
        "rev: 1\n  type: n",
        "rev: 1\n  options: {}\n  type: n",
        "3: not options",
    ),
    edit("no answer", SPEED_YAML, "  answer: {value: false}\n", "", "7: 'answer' is missing"),
    edit("no value", SPEED_YAML, "{value: 1.6, unit: mm", "{unit: mm", "6: 'value' is missing"),
    edit("truth", SPEED_YAML, "{value: false}", "{value: wrong}", "12: true or false, not 'wrong'"),
    edit("decimal comma", SPEED_YAML, "value: 1.6", 'value: "1,6"', "6: such as 50 or 1.6, not '1,6'"),
    edit("tolerance", SPEED_YAML, "tolerance: 0.1", "tolerance: -0.1", "6: must not be below 0"),
    edit("unknown in answer", SPEED_YAML, "unit: mm", "units: mm", "6: did you mean 'unit'?"),
    edit(
        "impossible day",
        SPEED_YAML,
        "  answer: {value: f",
        "  valid_to: 2026-02-30\n  answer: {value: f",
        "12: a day",
    ),
    edit(
        "day in words",
        SPEED_YAML,
        "  answer: {value: f",
        "  valid_to: May\n  answer: {value: f",
        "12: not 'May'",
    ),
    edit(
        "days reversed",
        SPEED_YAML,
        "  answer: {value: f",
        "  valid_from: 2026-02-01\n  valid_to: 2026-01-31\n  answer: {value: f",
        "13: lies before valid_from (2026-02-01)",
    ),
    edit(
        "own heir",
        SPEED_YAML,
        "  answer: {value: f",
        "  replaced_by: speed-faster\n  answer: {value: f",
        "12: itself",
    ),
    edit(
        "unknown heir",
        SPEED_YAML,
        "  answer: {value: f",
        "  replaced_by: sped\n  answer: {value: f",
        "12: 'sped'",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_told_with_file_and_line(tmp_path: Path, fault: Fault) -> None:
    """A fault in a question has just its own findings, at file and line."""
    fault.check(check_bank(write_bank(tmp_path, fault.changed)).errors)
