"""i18n/<language>.yaml: texts that translators keep apart from the questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lplate.importing.fields import Fields
from lplate.importing.findings import suggestion
from lplate.importing.yaml_lines import Record, Scalar, called

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from lplate.importing.findings import FindingLog, Spot
    from lplate.importing.yaml_lines import Node

_FIELDS: Final = ("text", "explanation", "options", "media")


@dataclass(frozen=True, slots=True)
class Translation:
    """Give one question's texts in one language; None is what the translator left out."""

    spot: Spot
    language: str
    text: Scalar | None
    explanation: Scalar | None
    alt: Scalar | None
    options: Mapping[str, Scalar] = field(default_factory=dict)


def read_translations(node: Node, language: str, found: FindingLog) -> dict[str, Translation]:
    """Return the translations of one file by question id."""
    if not isinstance(node, Record):
        found.error(node.spot, f"must be a mapping of question ids, not {called(node)}")
        return {}
    translations: dict[str, Translation] = {}
    for question_id, entry in node.nodes.items():
        if isinstance(entry, Record):
            translations[question_id] = _translation(entry, node.spots[question_id], language, found)
        else:
            found.error(entry.spot, f"the texts of '{question_id}' must be a mapping, not {called(entry)}")
    return translations


def _translation(entry: Record, spot: Spot, language: str, found: FindingLog) -> Translation:
    fields = Fields(entry, _FIELDS, found)
    options = fields.record_of("options") if "options" in fields else None
    media = fields.fields("media", ("alt",)) if "media" in fields else None
    return Translation(
        spot=spot,
        language=language,
        text=_scalar(fields, "text", found),
        explanation=_scalar(fields, "explanation", found),
        alt=_scalar(media, "alt", found) if media is not None else None,
        options=_scalars(options, found) if options is not None else {},
    )


def _scalar(fields: Fields, name: str, found: FindingLog) -> Scalar | None:
    node = fields.node(name) if name in fields else None
    if node is None or isinstance(node, Scalar):
        return node
    found.error(node.spot, f"{name} must be a text, not {called(node)}")
    return None


def _scalars(record: Record, found: FindingLog) -> dict[str, Scalar]:
    scalars: dict[str, Scalar] = {}
    for key, node in record.nodes.items():
        if isinstance(node, Scalar):
            scalars[key] = node
        else:
            found.error(node.spot, f"the option '{key}' must be a text, not {called(node)}")
    return scalars


def check_unused(translations: Iterable[Translation], options: Collection[str], found: FindingLog) -> None:
    """Log texts for options that the question, offering *options*, does not have."""
    for translation in translations:
        for key, node in translation.options.items():
            if key not in options:
                found.error(node.spot, f"the question has no option '{key}'{suggestion(key, options)}")
