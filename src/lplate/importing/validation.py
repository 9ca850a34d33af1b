"""What only shows when questions, pictures and the rest of the bank are seen together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.importing.canonical import read_bank
from lplate.importing.deduplication import duplicates
from lplate.importing.findings import FindingLog, Findings, Spot, suggestion
from lplate.importing.folder import MANIFEST, MEDIA, QUESTIONS, files_below
from lplate.importing.pictures import Original, read_picture
from lplate_native import normalised_md5

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lplate.domain.question import Question
    from lplate.importing.canonical import CanonicalBank
    from lplate.importing.question_reader import Draft

LONGEST_CARD: Final = 1800
"""UTF-16 units of a question in one language: a message of 4,096 holds it in two, with the verdict."""
LONGEST_CAPTION: Final = 1024
"""UTF-16 units that Telegram takes in a message and under a picture."""
_OPTION_MARK: Final = 4
"""UTF-16 units beside each option's text: a line break, a letter, a point, a space."""


@dataclass(frozen=True, slots=True)
class CheckedBank:
    """Hold a bank that went through all checks; *pictures* by file, *repeated* the ids of duplicates."""

    bank: CanonicalBank
    pictures: Mapping[str, Original]
    repeated: frozenset[str]


def check_bank(folder: Path) -> Findings:
    """Return everything that is wrong with the bank in *folder*; drawings are scanned, not rendered."""
    found = FindingLog()
    checked_bank(folder, found)
    return found.findings()


def checked_bank(folder: Path, found: FindingLog) -> CheckedBank | None:
    """Return the bank in *folder* after logging all findings, None if it cannot be told what it is."""
    bank = read_bank(folder, found)
    if bank is None:
        return None
    pictures = _pictures(folder, bank, found)
    for draft in bank.drafts:
        _check_options(draft, found)
        _check_dates(draft, bank, found)
        _check_lengths(draft, found)
    if bank.is_whole:
        _check_use(folder, bank, found)
    repeated = duplicates(bank, {file: picture.digest for file, picture in pictures.items()}, found)
    return CheckedBank(bank, pictures, repeated)


def _pictures(folder: Path, bank: CanonicalBank, found: FindingLog) -> dict[str, Original]:
    read = {file: read_picture(folder, file, spot, found) for file, spot in bank.pictures.items()}
    return {file: picture for file, picture in read.items() if picture is not None}


def _check_options(draft: Draft, found: FindingLog) -> None:
    for language in draft.question.text:
        seen: dict[bytes, str] = {}
        for option in draft.question.options:
            text = option.text.get(language, option.key)
            twin = seen.setdefault(normalised_md5(text), option.key)
            if twin != option.key:
                found.error(
                    draft.spot_of("options"), f"options {twin} and {option.key} read the same in {language}"
                )


def _check_dates(draft: Draft, bank: CanonicalBank, found: FindingLog) -> None:
    if draft.valid_from and draft.valid_to and draft.valid_to < draft.valid_from:
        found.error(draft.spot_of("valid_to"), f"valid_to lies before valid_from ({draft.valid_from})")
    heir = draft.replaced_by
    if heir == draft.question.id:
        found.error(draft.spot_of("replaced_by"), "a question cannot replace itself")
    elif heir and heir not in bank.spots and bank.is_whole:
        found.error(
            draft.spot_of("replaced_by"), f"no question has the id '{heir}'{suggestion(heir, bank.spots)}"
        )


def _check_lengths(draft: Draft, found: FindingLog) -> None:
    for language in draft.question.text:
        length = _card_length(draft.question, language)
        what = f"question and options take {length} characters in {language}"
        if length > LONGEST_CARD:
            found.error(
                draft.spot_of("text"), f"{what}; {LONGEST_CARD} are the most, or two languages do not fit"
            )
        elif draft.picture is not None and length > LONGEST_CAPTION:
            found.warn(draft.spot_of("text"), f"{what}; under a picture {LONGEST_CAPTION} fit")
        explanation = _utf16_units(draft.question.explanation.get(language, ""))
        if explanation > LONGEST_CARD:
            what = f"the explanation takes {explanation} characters in {language}"
            found.error(draft.spot_of("explanation"), f"{what}; {LONGEST_CARD} are the most")


def _card_length(question: Question, language: str) -> int:
    options = (_OPTION_MARK + _utf16_units(option.text.get(language, "")) for option in question.options)
    return _utf16_units(question.text[language]) + sum(options)


def _utf16_units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _check_use(folder: Path, bank: CanonicalBank, found: FindingLog) -> None:
    for file in files_below(folder, MEDIA):
        if file not in bank.pictures:
            found.warn(Spot(file), "no question shows it; delete it or refer to it as media")
    if not bank.spots:
        found.error(Spot(MANIFEST), f"the bank has no question; write some to {QUESTIONS}/<topic>.yaml")
        return
    used = {topic for draft in bank.drafts for topic in draft.question.topics}
    for topic, spot in bank.manifest.topic_spots.items():
        if topic not in used and not (folder / QUESTIONS / f"{topic}.yaml").exists():
            found.warn(spot, f"the topic has no questions; write {QUESTIONS}/{topic}.yaml or remove it")
