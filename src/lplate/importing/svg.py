"""Look through an SVG drawing for what would render wrongly, reach outside or never end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from lplate.importing.findings import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate.importing.findings import FindingLog

LARGEST_SVG: Final = 1_000_000
"""Bytes; a sign drawn by hand needs a hundredth of it."""
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_FORBIDDEN: Final = {
    "text": "no fonts exist where pictures are rendered; turn the letters into paths",
    "script": "a picture must not run code; remove it",
    "foreignObject": "it does not render; draw it in SVG",
}
_REFERENCE: Final = re.compile(
    r"""url\(\s*["']?(?!\s*["']?(?:#|data:image/(?:png|jpeg)))[^)]*\)|@import[^;]*""", re.IGNORECASE
)
_LENGTH: Final = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(?:px)?\s*")
_BOX: Final = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class Shape:
    """Tell a drawing's own *width* and *height*, in its units."""

    width: float
    height: float


def scan_svg(data: bytes, file: str, found: FindingLog) -> Shape | None:
    """Return the drawing's shape, None after logging that it has none; log what forbids rendering it."""
    if len(data) > LARGEST_SVG:
        found.error(Spot(file), f"has {len(data)} bytes, a drawing may have {LARGEST_SVG}; simplify it")
        return None
    scan = _Scan(file, found)
    try:
        scan.parser.Parse(data, True)  # noqa: FBT003 - expat takes it by position
    except expat.ExpatError as error:
        found.error(Spot(file, error.lineno), f"is not well-formed SVG: {expat.ErrorString(error.code)}")
        return None
    return scan.shape


class _Scan:
    """Walk once through the elements; expat knows the lines, and no document type is let in to expand."""

    def __init__(self, file: str, found: FindingLog) -> None:
        self.shape: Shape | None = None
        self._file = file
        self._found = found
        self._depth = 0
        self._style: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._style.append
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _error(self, text: str) -> None:
        self._found.error(Spot(self._file, self.parser.CurrentLineNumber), text)

    def _doctype(self, *_: object) -> None:
        self._error("has a DOCTYPE, whose entities may expand without end; remove it")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._depth:
            self._root(namespace, local, attributes)
        self._depth += 1
        self._style.clear()
        if local in _FORBIDDEN:
            self._error(f"<{local}>: {_FORBIDDEN[local]}")
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2], value.strip())

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name.rpartition(" ")[2] == "style":
            self._check_references("".join(self._style))
        self._style.clear()

    def _attribute(self, key: str, value: str) -> None:
        if key.lower().startswith("on"):
            self._error(f"{key}: a picture must not run code; remove it")
        elif key == "href" and value and not value.startswith(("#", "data:image/png", "data:image/jpeg")):
            self._error(f"refers to '{value:.80}' outside the file; draw it here")
        else:
            self._check_references(value)

    def _check_references(self, style: str) -> None:
        if (match := _REFERENCE.search(style)) is not None:
            self._error(f"refers to '{match[0]:.80}' outside the file; draw it here")

    def _root(self, namespace: str, local: str, attributes: Mapping[str, str]) -> None:
        if local != "svg" or namespace != _NAMESPACE:
            self._error(f'is not an SVG drawing: the root must be <svg xmlns="{_NAMESPACE}">')
            return
        self.shape = _shape(attributes)
        if self.shape is None:
            self._error("has no size; give the root a viewBox, as viewBox='0 0 640 480'")


def _shape(attributes: Mapping[str, str]) -> Shape | None:
    sides = [_LENGTH.fullmatch(attributes.get(name, "")) for name in ("width", "height")]
    box = _BOX.split(attributes.get("viewBox", "").strip())
    try:
        if sides[0] is not None and sides[1] is not None:
            shape = Shape(float(sides[0][1]), float(sides[1][1]))
        else:
            shape = Shape(float(box[2]), float(box[3]))
    except (ValueError, IndexError):
        return None
    return shape if 0 < shape.width < float("inf") and 0 < shape.height < float("inf") else None
