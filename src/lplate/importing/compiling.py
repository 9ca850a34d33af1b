"""From a checked bank to the compiled one: pictures, order, dates, and a digest over it all."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain.question import BankInfo, Media, Question, Topic
from lplate.errors import BankError, Issue
from lplate.importing.findings import FindingLog, Findings
from lplate.importing.folder import MANIFEST, source_digest
from lplate.importing.rendering import render
from lplate.importing.stopping import always
from lplate.importing.validation import checked_bank

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from lplate.importing.bank_writer import BankWriter
    from lplate.importing.manifest import Manifest
    from lplate.importing.question_reader import Draft
    from lplate.importing.rendering import Picture
    from lplate.importing.validation import CheckedBank

_DAY: Final = timedelta(days=1)


def compile_bank(
    folder: Path, writer: BankWriter, *, today: date, goes_on: Callable[[], bool] = always
) -> Findings:
    """Compile the bank in *folder* as of *today* and return the warnings.

    Raises:
        BankError: if the bank has errors, with all of them; nothing is written.
        StoppedError: as soon as *goes_on* says no, asked before each picture; nothing is written.
    """
    source = source_digest(folder)  # first: what changes meanwhile makes the result stale, not wrong
    found = FindingLog()
    checked = checked_bank(folder, found)
    if checked is None or found.error_count:
        raise BankError(folder, found.findings().errors)
    pictures = render(checked.pictures, writer.drawings(), found, goes_on)
    if found.error_count:
        raise BankError(folder, found.findings().errors)
    edition = _edition(checked, today)
    if not edition.current:
        raise BankError(folder, [Issue(MANIFEST, 0, f"no question is valid on {today}; mend their dates")])
    writer.write(
        _described(edition, {file: original.digest for file, original in checked.pictures.items()}),
        [_complete(draft, pictures) for draft in edition.current],
        withdrawn=[_complete(draft, pictures) for draft in edition.withdrawn],
        pictures={picture.digest: (picture.origin, picture.data) for picture in pictures.values()},
        source=source,
        changes_on=edition.changes_on,
    )
    return found.findings()


@dataclass(frozen=True, slots=True)
class _Edition:
    """Divide a bank's questions into those *current* on a day and the others; next time on *changes_on*."""

    manifest: Manifest
    current: Sequence[Draft]
    withdrawn: Sequence[Draft]
    changes_on: date | None


def _edition(checked: CheckedBank, today: date) -> _Edition:
    drafts = checked.bank.drafts
    current = [d for d in drafts if d.is_current(today) and d.question.id not in checked.repeated]
    offered = {draft.question.id for draft in current}
    withdrawn = [draft for draft in drafts if draft.question.id not in offered]
    starts = [draft.valid_from for draft in drafts if draft.valid_from is not None]
    ends = [draft.valid_to + _DAY for draft in drafts if draft.valid_to and draft.valid_to < date.max]
    changes_on = min((day for day in (*starts, *ends) if day > today), default=None)
    return _Edition(checked.bank.manifest, current, withdrawn, changes_on)


def _complete(draft: Draft, pictures: Mapping[str, Picture]) -> Question:
    """Return the question with its picture."""
    if draft.picture is None:
        return draft.question
    picture = pictures[draft.picture.file]
    media = Media(picture.digest, picture.mime, picture.width, picture.height, draft.picture.alt)
    return replace(draft.question, media=media)


def _described(edition: _Edition, originals: Mapping[str, str]) -> BankInfo:
    manifest = edition.manifest
    info = BankInfo(
        id=manifest.id,
        version=manifest.version,
        digest="",
        licence=manifest.licence,
        attribution=manifest.attribution,
        country=manifest.country,
        languages=manifest.languages,
        name=manifest.name,
        topics=_topics(edition),
        size=len(edition.current),
    )
    return replace(info, digest=_digest(info, edition, originals))


def _topics(edition: _Edition) -> tuple[Topic, ...]:
    """Return the topics that have questions today, with the ordinals they own."""
    owned = Counter(draft.question.topics[0] for draft in edition.current)
    used = {topic for draft in edition.current for topic in draft.question.topics}
    topics: list[Topic] = []
    first = 0
    for topic, name in edition.manifest.topics.items():
        if topic in used:
            topics.append(Topic(topic, name, first, owned[topic]))
            first += owned[topic]
    return tuple(topics)


def _digest(info: BankInfo, edition: _Edition, originals: Mapping[str, str]) -> str:
    """Return an MD5 (hex) over all content, with drawings as drawn: a new renderer makes no new bank."""
    content = [
        (draft.question, (originals[draft.picture.file], draft.picture.alt) if draft.picture else None)
        for draft in (*edition.current, *edition.withdrawn)
    ]
    encoded = msgspec.json.encode((info, content), order="deterministic")
    return hashlib.md5(encoded, usedforsecurity=False).hexdigest()
