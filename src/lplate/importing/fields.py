"""Typed access to one mapping of a bank; whatever is amiss goes to the log."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from lplate.importing.findings import suggestion
from lplate.importing.yaml_lines import Items, Node, Record, Scalar, called

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from lplate.importing.findings import FindingLog, Spot

LONGEST_SLUG: Final = 64
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NULLS: Final = frozenset({"null", "Null", "NULL", "~"})
_REPLACEMENT: Final = "\ufffd"
_BYTE_ORDER_MARK: Final = "\ufeff"

N = TypeVar("N", Scalar, Items, Record)


def clean_text(node: Node, what: str, found: FindingLog) -> str:
    """Return the text of *node* without space around it, "" after logging why there is none."""
    if not isinstance(node, Scalar):
        found.error(node.spot, f"{what} must be a text, not {called(node)}")
        return ""
    text = node.text.strip()
    if not text:
        found.error(node.spot, f"{what} is empty")
    elif node.is_plain and text in _NULLS:
        found.error(
            node.spot, f"{what} is '{text}', which is read as a text; leave the field out, or quote it"
        )
    elif (odd := _odd_character(text)) is not None:
        found.error(node.spot, f"{what} holds {odd}; type that place again")
    else:
        return text
    return ""


def _odd_character(text: str) -> str | None:
    if text.isprintable():
        if _REPLACEMENT in text:
            return "U+FFFD, left by a conversion from the wrong encoding"
        return None
    for character in text:
        if character != "\n" and (
            unicodedata.category(character) in {"Cc", "Cs"} or character == _BYTE_ORDER_MARK
        ):
            return f"the control character U+{ord(character):04X}"
    return "U+FFFD, left by a conversion from the wrong encoding" if _REPLACEMENT in text else None


def clean_slug(node: Node, what: str, found: FindingLog) -> str:
    """Return the slug in *node*, "" after logging why it is none."""
    text = clean_text(node, what, found)
    if not text:
        return ""
    if _SLUG.fullmatch(text) and len(text) <= LONGEST_SLUG:
        return text
    rule = f"small letters a-z, digits and single hyphens between them, at most {LONGEST_SLUG}"
    found.error(node.spot, f"{what} '{text}' is not a slug ({rule})")
    return ""


class Fields:
    """Read a mapping field by field.

    Getters return a neutral value after logging an error; count the log's errors to know. Unknown
    fields are logged at once, with the nearest known name.
    """

    def __init__(self, record: Record, known: Collection[str], found: FindingLog) -> None:
        self.record = record
        self.spot = record.spot
        self._found = found
        for name in record.nodes:
            if name not in known:
                found.error(record.spots[name], f"unknown field '{name}'{suggestion(name, known)}")

    def __contains__(self, name: str) -> bool:
        return name in self.record.nodes

    def spot_of(self, name: str) -> Spot:
        """Return where a field stands, the mapping's own place if it is absent."""
        return self.record.spots.get(name, self.spot)

    def node(self, name: str) -> Node | None:
        """Return a field as it is, None after logging that it is missing."""
        node = self.record.nodes.get(name)
        if node is None:
            self._found.error(self.spot, f"the field '{name}' is missing")
        return node

    def text(self, name: str) -> str:
        """Return a field that must be a text."""
        node = self.node(name)
        return clean_text(node, name, self._found) if node is not None else ""

    def slug(self, name: str) -> str:
        """Return a field that must be a slug."""
        node = self.node(name)
        return clean_slug(node, name, self._found) if node is not None else ""

    def whole(self, name: str, lowest: int, highest: int) -> int:
        """Return a field that must be a whole number in a range."""
        text = self.text(name)
        if text and _WHOLE.fullmatch(text) and lowest <= int(text) <= highest:
            return int(text)
        if text:
            what = f"a whole number from {lowest} to {highest}"
            self._found.error(self.spot_of(name), f"{name} must be {what}, not '{text}'")
        return lowest

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a field that must be true or false, *default* if absent."""
        if name not in self:
            return default
        text = self.text(name)
        if text and text not in {"true", "false"}:
            self._found.error(self.spot_of(name), f"{name} must be true or false, not '{text}'")
        return text == "true"

    def decimal(self, name: str) -> Decimal:
        """Return a field that must be a number, with a point before its decimals."""
        text = self.text(name)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
        if text:
            self._found.error(self.spot_of(name), f"{name} must be a number such as 50 or 1.6, not '{text}'")
        return Decimal(0)

    def date(self, name: str) -> date | None:
        """Return a field that must be a day, None if absent."""
        if name not in self:
            return None
        text = self.text(name)
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass  # as 2026-02-30: said below
        if text:
            self._found.error(self.spot_of(name), f"{name} must be a day such as 2026-01-31, not '{text}'")
        return None

    def fields(self, name: str, known: Collection[str]) -> Fields | None:
        """Return a field that must be a mapping with *known* fields, None after logging."""
        record = self.record_of(name)
        return Fields(record, known, self._found) if record is not None else None

    def record_of(self, name: str) -> Record | None:
        """Return a field that must be a mapping with keys of its own, None after logging."""
        return self._typed(name, Record)

    def items(self, name: str) -> tuple[Node, ...]:
        """Return the members of a field that must be a list with at least one."""
        listed = self._typed(name, Items)
        if listed is not None and not listed.nodes:
            self._found.error(self.spot_of(name), f"{name} is an empty list")
        return listed.nodes if listed is not None else ()

    def texts(self, name: str) -> Iterator[tuple[Spot, str]]:
        """Yield place and text of a list of texts, without those that are none."""
        for node in self.items(name):
            if text := clean_text(node, f"a member of {name}", self._found):
                yield node.spot, text

    def _typed(self, name: str, kind: type[N]) -> N | None:
        node = self.node(name)
        if node is None or isinstance(node, kind):
            return node
        self._found.error(node.spot, f"{name} must be {called(kind)}, not {called(node)}")
        return None
