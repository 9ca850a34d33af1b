"""bank.yaml: what a bank is, its languages and its topics."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.importing.fields import Fields, clean_text
from lplate.importing.findings import Spot, suggestion
from lplate.importing.yaml_lines import Record, called

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lplate.domain.question import Texts
    from lplate.importing.findings import FindingLog
    from lplate.importing.yaml_lines import Node, Scalar

_FIELDS: Final = ("id", "version", "licence", "attribution", "languages", "country", "name", "topics")
_TOPIC_FIELDS: Final = ("id", "name")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_COUNTRY: Final = re.compile(r"international|[a-z]{2}(-[a-z0-9]{1,3})?")
LONGEST_BANK_ID: Final = 48
"""So that the deep link ``b_BANK_LANG-LANG`` stays within Telegram's 64 characters."""

Written = tuple[str, "Scalar"]
"""A language and a text written for it elsewhere than inline."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Describe a bank as written; *topics* are names by id in order, *languages* start with the source."""

    id: str
    version: str
    licence: str
    attribution: str
    country: str
    languages: tuple[str, ...]
    name: Texts
    topics: Mapping[str, Texts]
    topic_spots: Mapping[str, Spot]


def read_manifest(node: Node, found: FindingLog) -> Manifest | None:
    """Return the manifest, None after logging if not even the languages can be told."""
    if not isinstance(node, Record):
        found.error(node.spot, f"must be a mapping, not {called(node)}")
        return None
    fields = Fields(node, _FIELDS, found)
    languages = _languages(fields, found)
    bank_id = fields.slug("id")
    if len(bank_id) > LONGEST_BANK_ID:
        found.error(
            fields.spot_of("id"), f"id is longer than {LONGEST_BANK_ID} characters; deep links need it short"
        )
    topics, topic_spots = _topics(fields, languages, found)
    manifest = Manifest(
        id=bank_id,
        version=fields.text("version"),
        licence=fields.text("licence"),
        attribution=fields.text("attribution"),
        country=_country(fields, found),
        languages=languages,
        name=read_texts(fields, "name", languages, found),
        topics=topics,
        topic_spots=topic_spots,
    )
    return manifest if languages else None


def _languages(fields: Fields, found: FindingLog) -> tuple[str, ...]:
    languages: list[str] = []
    for spot, language in fields.texts("languages"):
        if not _LANGUAGE.fullmatch(language):
            found.error(spot, f"'{language}' is not a language code of two small letters (ISO 639-1), as en")
        elif language in languages:
            found.error(spot, f"the language '{language}' stands here twice")
        else:
            languages.append(language)
    return tuple(languages)


def _country(fields: Fields, found: FindingLog) -> str:
    country = fields.text("country")
    if country and not _COUNTRY.fullmatch(country):
        rule = "'international' or a code of ISO 3166 in small letters, as de or us-ca"
        found.error(fields.spot_of("country"), f"country must be {rule}, not '{country}'")
    return country


def _topics(
    fields: Fields, languages: Sequence[str], found: FindingLog
) -> tuple[Mapping[str, Texts], Mapping[str, Spot]]:
    topics: dict[str, Texts] = {}
    spots: dict[str, Spot] = {}
    for node in fields.items("topics"):
        if not isinstance(node, Record):
            found.error(node.spot, f"a topic must be a mapping with id and name, not {called(node)}")
            continue
        topic = Fields(node, _TOPIC_FIELDS, found)
        topic_id, name = topic.slug("id"), read_texts(topic, "name", languages, found)
        if topic_id in topics:
            found.error(topic.spot_of("id"), f"the topic '{topic_id}' stands at {spots[topic_id]} already")
        elif topic_id:
            topics[topic_id] = name
            spots[topic_id] = topic.spot_of("id")
    return topics, spots


def read_texts(
    fields: Fields,
    name: str,
    languages: Sequence[str],
    found: FindingLog,
    elsewhere: Sequence[Written] = (),
) -> Texts:
    """Return the field *name* by language, in the bank's order of languages, whole or logged as wanting.

    *elsewhere* brings what the files of i18n add.
    """
    texts = {language: clean_text(node, f"{name} in {language}", found) for language, node in elsewhere}
    places: dict[str, Spot] = {language: node.spot for language, node in elsewhere}
    record = fields.record_of(name) if name in fields or not texts else None
    for language, node in record.nodes.items() if record is not None else ():
        spot = record.spots[language] if record is not None else node.spot
        if language not in languages:
            found.error(
                spot, f"'{language}' is not among the bank's languages{suggestion(language, languages)}"
            )
        elif language in texts:
            found.error(spot, f"{name} in {language} is given at {places[language]} too; keep one")
        else:
            texts[language] = clean_text(node, f"{name} in {language}", found)
    if record is not None or texts:
        _require_all(texts, name, languages, fields.spot_of(name), found)
    return {language: texts.get(language, "") for language in languages}


def _require_all(
    texts: Mapping[str, str], name: str, languages: Sequence[str], spot: Spot, found: FindingLog
) -> None:
    missing = [language for language in languages if language not in texts]
    if missing:
        found.error(spot, f"{name} lacks a translation: {', '.join(missing)}")
