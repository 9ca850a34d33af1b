"""What people write wrong in bank.yaml and in the files of translators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importing.bank_folder import write_bank
from importing.faults import BANK_YAML, DE_YAML, edit, rewrite
from lplate.importing.validation import check_bank

if TYPE_CHECKING:
    from pathlib import Path

    from importing.faults import Fault

MANIFEST_FAULTS = [
    rewrite("not a mapping", BANK_YAML, "- id: mini", "1: must be a mapping, not a list"),
    edit(
        "misspelt field",
        BANK_YAML,
        "licence:",
        "license:",
        "1: 'licence' is missing",
        "3: unknown field 'license'; did you mean 'licence'?",
    ),
    edit("missing field", BANK_YAML, "country: international\n", "", "1: 'country' is missing"),
    edit("bad id", BANK_YAML, "id: mini", "id: Mini_1", "1: 'Mini_1' is not a slug"),
    edit("long id", BANK_YAML, "id: mini", f"id: {'m' * 49}", "1: longer than 48"),
    edit("language", BANK_YAML, "[en, de]", "[en, de, deu]", "5: 'deu' is not a language code"),
    edit("same language", BANK_YAML, "[en, de]", "[en, de, en]", "5: 'en' stands here twice"),
    edit("country", BANK_YAML, "country: international", "country: Germany", "6: not 'Germany'"),
    edit("name untranslated", BANK_YAML, ", de: Kleine Sammlung", "", "7: name lacks a translation: de"),
    edit("topic untranslated", BANK_YAML, ", de: Tempo", "", "12: name lacks a translation: de"),
    edit(
        "topic twice",
        BANK_YAML,
        "topics:\n",
        "topics:\n  - id: signs\n    name: {en: S, de: Z}\n",
        "11: stands at bank.yaml:9 already",
    ),
    edit("topic as text", BANK_YAML, "topics:\n", "topics:\n  - lights\n", "9: a topic must be a mapping"),
]

TRANSLATION_FAULTS = [
    edit(
        "question as text",
        DE_YAML,
        "speed-faster:",
        "speed-tread: x\nspeed-faster:",
        "1: must be a mapping, not a text",
    ),
    edit(
        "option as list",
        DE_YAML,
        "speed-faster:",
        "signs-stop: {options: {a: [x]}}\nspeed-faster:",
        "1: the option 'a' must be a text, not a list",
    ),
    edit(
        "unknown question",
        DE_YAML,
        "speed-faster:",
        "sign-stop: {}\nspeed-faster:",
        "1: did you mean 'signs-stop'?",
    ),
    edit(
        "given twice",
        DE_YAML,
        "speed-faster:",
        "speed-tread:\n  text: x\nspeed-faster:",
        "questions/speed.yaml:5: is given at i18n/de.yaml:2 too",
    ),
    edit(
        "no such option",
        DE_YAML,
        "speed-faster:\n",
        "speed-faster:\n  options: {a: Ja}\n",
        "2: no option 'a'",
    ),
    edit(
        "nothing to describe",
        DE_YAML,
        "speed-faster:\n",
        "speed-faster:\n  media: {alt: Bild}\n",
        "2: no media",
    ),
    edit("unknown field", DE_YAML, "  text: D", "  txt: x\n  text: D", "2: did you mean 'text'?"),
    edit(
        "mapping as text",
        DE_YAML,
        "  text: D",
        "  explanation: {de: x}\n  text: D",
        "2: a text, not a mapping",
    ),
    rewrite("undeclared language", "i18n/fr.yaml", "a: {text: b}", "0: add it there"),
    rewrite("no mapping", "i18n/en.yaml", "- a", "1: a mapping of question ids, not a list"),
]


@pytest.mark.parametrize("fault", [*MANIFEST_FAULTS, *TRANSLATION_FAULTS], ids=lambda fault: fault.name)
def test_fault_is_told_with_file_and_line(tmp_path: Path, fault: Fault) -> None:
    """A fault in the manifest or a translation has just its own findings, at file and line."""
    fault.check(check_bank(write_bank(tmp_path, fault.changed)).errors)
