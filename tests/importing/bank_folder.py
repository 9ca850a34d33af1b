"""A small bank in the canonical format, to be copied and then broken in one place."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING, Final

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

TODAY: Final = date(2026, 6, 15)

MANIFEST: Final = """\
id: mini
version: "1.0"
licence: CC-BY-4.0
attribution: The authors
languages: [en, de]
country: international
name: {en: Mini bank, de: Kleine Sammlung}
topics:
  - id: signs
    name: {en: Signs, de: Zeichen}
  - id: speed
    name: {en: Speed, de: Tempo}
"""

SIGNS: Final = """\
- id: signs-stop
  rev: 1
  type: single
  topics: [signs]
  points: 4
  text: {en: What now?, de: Was nun?}
  media: {file: media/stop.svg, alt: {en: Red octagon, de: Rotes Achteck}}
  options:
    a: {text: {en: Stop, de: Halten}, correct: true}
    b: {text: {en: Drive on, de: Weiterfahren}}
  explanation: {en: It says so., de: Es steht da.}
  law: [{ref: "Vienna Convention 1968, B 2"}]
- id: signs-both
  rev: 3
  type: multi
  topics: [signs, speed]
  text: {en: What may be round?, de: Was kann rund sein?}
  options:
    a: {text: {en: A wheel, de: Ein Rad}, correct: true}
    b: {text: {en: A sign, de: Ein Zeichen}, correct: true}
    c: {text: {en: A corner, de: Eine Ecke}}
  shuffle: false
"""

SPEED: Final = """\
- id: speed-tread
  rev: 1
  type: numeric
  topics: [speed]
  text: {en: How many mm?, de: Wie viele mm?}
  answer: {value: 1.6, unit: mm, tolerance: 0.1}
- id: speed-faster
  rev: 1
  type: truefalse
  topics: [speed]
  text: {en: Twice the speed is twice the braking distance.}
  answer: {value: false}
"""

GERMAN: Final = """\
speed-faster:
  text: Doppeltes Tempo heißt doppelter Bremsweg.
"""

STOP: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48">
  <rect width="64" height="48" fill="#e9eef3"/>
  <path d="M24 6h16l10 10v16l-10 10h-16l-10-10v-16z" fill="#c8141e"/>
</svg>
"""

FILES: Final = {
    "bank.yaml": MANIFEST,
    "questions/signs.yaml": SIGNS,
    "questions/speed.yaml": SPEED,
    "i18n/de.yaml": GERMAN,
    "media/stop.svg": STOP,
}


def write_bank(folder: Path, changed: dict[str, str | bytes] | None = None) -> Path:
    """Write the small bank to *folder*, with some files *changed* or added, and return the folder."""
    for name, content in {**FILES, **(changed or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def edited(file: str, old: str, new: str) -> dict[str, str | bytes]:
    """Return *file* of the small bank with its one place *old* replaced."""
    assert FILES[file].count(old) == 1, f"{old!r} is not once in {file}"
    return {file: FILES[file].replace(old, new)}


def image_bytes(colour: str = "red", size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    """Return a picture in one colour."""
    packed = io.BytesIO()
    Image.new("RGB", size, colour).save(packed, kind)
    return packed.getvalue()
