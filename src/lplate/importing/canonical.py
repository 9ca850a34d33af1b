"""The canonical format: a folder of YAML and pictures that people write and diff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.importing.findings import Spot, suggestion
from lplate.importing.folder import MANIFEST, QUESTIONS, TRANSLATIONS, yaml_files
from lplate.importing.manifest import Manifest, read_manifest
from lplate.importing.question_reader import Draft, QuestionReader
from lplate.importing.translations import Translation, read_translations
from lplate.importing.yaml_lines import Items, Node, called, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lplate.importing.findings import FindingLog

MOST_HINTS: Final = 20
"""Unknown ids up to which the nearest known one is looked for: each takes 50 ms in a bank of 7,000."""


@dataclass(frozen=True, slots=True)
class CanonicalBank:
    """Hold a bank as written.

    *drafts* are the questions without findings of their own, in order of topics, then as written; *spots*
    are the places of all question ids, *pictures* the files that questions refer to, with the first place.
    *is_whole* is False if a file could not be parsed, so that what is missing may stand there.
    """

    manifest: Manifest
    drafts: tuple[Draft, ...]
    spots: Mapping[str, Spot]
    pictures: Mapping[str, Spot]
    is_whole: bool


def read_bank(folder: Path, found: FindingLog) -> CanonicalBank | None:
    """Return the bank in *folder*, None after logging why there is no telling what it is."""
    reader = _FolderReader(folder, found)
    node = reader.parse(MANIFEST)
    manifest = read_manifest(node, found) if node is not None else None
    return reader.read(manifest) if manifest is not None else None


class _FolderReader:
    def __init__(self, folder: Path, found: FindingLog) -> None:
        self._folder = folder
        self._found = found
        self._is_whole = True
        self._drafts: list[Draft] = []
        self._spots: dict[str, Spot] = {}
        self._pictures: dict[str, Spot] = {}

    def parse(self, file: str) -> Node | None:
        try:
            data = (self._folder / file).read_bytes()
        except FileNotFoundError:
            self._found.error(Spot(file), "does not exist; write it, every bank's folder has one")
            node = None
        except OSError as error:
            self._found.error(Spot(file), f"cannot be read: {error.strerror}")
            node = None
        else:
            node = parse_yaml(data, file, self._found)
        self._is_whole &= node is not None
        return node

    def read(self, manifest: Manifest) -> CanonicalBank:
        translations = self._translations(manifest)
        reader = QuestionReader(manifest, translations, self._found)
        for file, topic in yaml_files(self._folder, QUESTIONS, self._found):
            for node in self._listed(file):
                self._add(reader, node, topic)
        if self._is_whole:
            self._check_translated(translations)
        order = {topic: number for number, topic in enumerate(manifest.topics)}
        self._drafts.sort(key=lambda draft: order[draft.question.topics[0]])
        return CanonicalBank(manifest, tuple(self._drafts), self._spots, self._pictures, self._is_whole)

    def _translations(self, manifest: Manifest) -> Mapping[str, Sequence[Translation]]:
        written: dict[str, list[Translation]] = {}
        for file, language in yaml_files(self._folder, TRANSLATIONS, self._found):
            if language not in manifest.languages:
                self._found.error(
                    Spot(file), f"'{language}' is not among the languages of {MANIFEST}; add it there"
                )
                continue
            node = self.parse(file)
            translations = read_translations(node, language, self._found) if node is not None else {}
            for question_id, translation in translations.items():
                written.setdefault(question_id, []).append(translation)
        return written

    def _listed(self, file: str) -> Iterator[Node]:
        node = self.parse(file)
        if isinstance(node, Items):
            yield from node.nodes
            if not node.nodes:
                self._found.warn(node.spot, "has no questions; write some or delete the file")
        elif node is not None:
            self._found.error(node.spot, f"must be a list of questions, not {called(node)}")

    def _add(self, reader: QuestionReader, node: Node, topic: str) -> None:
        errors_before = self._found.error_count
        draft = reader.read(node)
        if draft is None:
            return
        question = draft.question
        if question.id in self._spots:
            self._found.error(
                draft.spot, f"the id '{question.id}' stands at {self._spots[question.id]} already"
            )
        else:
            self._spots[question.id] = draft.spot
        if draft.picture is not None and draft.picture.file:
            self._pictures.setdefault(draft.picture.file, draft.picture.spot)
        if question.topics and question.topics[0] != topic:
            home = f"{QUESTIONS}/{question.topics[0]}.yaml"
            self._found.error(
                draft.spot_of("topics"), f"its first topic is its home; move the question to {home}"
            )
        if self._found.error_count == errors_before:
            self._drafts.append(draft)

    def _check_translated(self, translations: Mapping[str, Sequence[Translation]]) -> None:
        unknown = [question_id for question_id in translations if question_id not in self._spots]
        for question_id in unknown:
            hint = suggestion(question_id, self._spots) if len(unknown) <= MOST_HINTS else ""
            for translation in translations[question_id]:
                self._found.error(translation.spot, f"no question has the id '{question_id}'{hint}")
