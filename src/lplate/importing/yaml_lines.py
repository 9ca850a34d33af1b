"""YAML in which every scalar is a string and every node knows its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import yaml

from lplate.importing.findings import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplate.importing.findings import FindingLog

DEEPEST: Final = 12
"""Levels of nesting that are read."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """Hold one string; *is_plain* if it was written without quotes."""

    spot: Spot
    text: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Items:
    """Hold a list."""

    spot: Spot
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """Hold a mapping in the order written; *spots* tells where each key stands."""

    spot: Spot
    nodes: Mapping[str, Node]
    spots: Mapping[str, Spot]


Node = Scalar | Items | Record

_CALLED: Final = {Scalar: "a text", Items: "a list", Record: "a mapping"}


def called(node: Node | type[Node]) -> str:
    """Return what people call this kind of node."""
    return _CALLED[node if isinstance(node, type) else type(node)]


def parse_yaml(data: bytes, file: str, found: FindingLog) -> Node | None:
    """Return the one document in *data*, None after logging why it cannot be trusted.

    Anchors, aliases, tags and duplicate keys are errors: what is read must be what the eye sees.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found.error(Spot(file, line), "is not UTF-8; save the file in that encoding")
        return None
    errors_before = found.error_count
    try:
        node = _Composer(text, file, found).document()
    except _TooDeepError as error:
        found.error(error.spot, f"is nested more than {DEEPEST} levels deep; a bank needs six")
        return None
    except yaml.YAMLError as error:
        found.error(_spot_of(error, file, text), f"is not valid YAML: {_reason_of(error)}")
        return None
    return node if found.error_count == errors_before else None


def _spot_of(error: yaml.YAMLError, file: str, text: str) -> Spot:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return Spot(file, mark.line + 1)
    position = getattr(error, "position", None)  # of a character that YAML forbids, in bytes of UTF-8
    return Spot(file, text.encode().count(b"\n", 0, position) + 1 if position is not None else 0)


def _reason_of(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)


class _TooDeepError(Exception):
    def __init__(self, spot: Spot) -> None:
        super().__init__(spot)
        self.spot = spot


class _Composer:
    """Build nodes from the events of libyaml, which composes faster but forgets anchors."""

    def __init__(self, text: str, file: str, found: FindingLog) -> None:
        self._events: Iterator[yaml.Event] = iter(yaml.parse(text, Loader=yaml.CBaseLoader))
        self._file = file
        self._found = found

    def document(self) -> Node | None:
        next(self._events)  # StreamStart
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            self._found.error(Spot(self._file), "is empty; write its content or delete the file")
            return None
        node = self._node(next(self._events), 0)
        next(self._events)  # DocumentEnd
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            self._found.error(self._spot(following), "a second document starts here; only one is read")
        return node

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self._refuse_indirection(event)
        spot = self._spot(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(spot, event.value, not event.style)
        if isinstance(event, yaml.AliasEvent):
            return Scalar(spot, "", is_plain=True)
        if depth == DEEPEST:
            raise _TooDeepError(spot)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(
                spot, tuple(self._node(child, depth + 1) for child in self._until(yaml.SequenceEndEvent))
            )
        return self._record(spot, depth)

    def _until(self, end: type[yaml.Event]) -> Iterator[yaml.Event]:
        while not isinstance(event := next(self._events), end):
            yield event

    def _record(self, spot: Spot, depth: int) -> Record:
        nodes: dict[str, Node] = {}
        spots: dict[str, Spot] = {}
        for event in self._until(yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, Scalar):
                self._found.error(key.spot, f"a key must be a text, not {called(key)}")
            elif key.text in nodes:
                self._found.error(
                    key.spot, f"'{key.text}' stands here twice (first in line {spots[key.text].line})"
                )
            else:
                nodes[key.text] = value
                spots[key.text] = key.spot
        return Record(spot, nodes, spots)

    def _refuse_indirection(self, event: yaml.Event) -> None:
        anchor: str | None = getattr(event, "anchor", None)
        tag: str | None = getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent):
            self._found.error(
                self._spot(event), f"the alias '*{anchor}' is not allowed; write the content out"
            )
        elif anchor is not None:
            self._found.error(self._spot(event), f"the anchor '&{anchor}' is not allowed; remove it")
        if tag is not None:
            self._found.error(
                self._spot(event), f"the tag '{tag}' is not allowed; quote a text that starts with '!'"
            )

    def _spot(self, event: yaml.Event) -> Spot:
        mark = event.start_mark
        return Spot(self._file, mark.line + 1 if mark is not None else 0)
