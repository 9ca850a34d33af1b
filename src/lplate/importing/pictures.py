"""Picture files as banks bring them: what Telegram would refuse is told before anything is sent."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from PIL import Image, UnidentifiedImageError

from lplate.importing.findings import Spot, suggestion
from lplate.importing.folder import MEDIA, files_below
from lplate.importing.svg import scan_svg

if TYPE_CHECKING:
    from pathlib import Path

    from lplate.importing.findings import FindingLog

LARGEST_PHOTO: Final = 10_000_000
"""Bytes; Telegram's limit for a photo, in decimal megabytes to be on the safe side."""
LONGEST_SIDES: Final = 10_000
"""Pixels; Telegram's limit for width and height together."""
STEEPEST_RATIO: Final = 20
"""Telegram's limit for the longer side over the shorter."""
DRAWING_WIDTH: Final = 960
"""Pixels; sharp on a phone, and Telegram keeps photos up to 1280 wide."""
DRAWING: Final = "image/svg+xml"
_MIME: Final = {"PNG": "image/png", "JPEG": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Original:
    """Hold a checked picture file; *width* and *height* are in pixels as it will be sent."""

    file: str
    data: bytes
    mime: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        """Return the MD5 (hex) of the file's bytes: a renamed file is still the same picture."""
        return hashlib.md5(self.data, usedforsecurity=False).hexdigest()


def read_picture(folder: Path, file: str, spot: Spot, found: FindingLog) -> Original | None:
    """Return a picture of the bank, None after logging why it cannot be sent.

    *spot* is where the bank refers to *file*; what is wrong inside a drawing is logged at its own lines.
    """
    data = _read(folder, file, spot, found)
    if data is None:
        return None
    errors_before = found.error_count
    original = _drawing(file, data, found) if file.endswith(".svg") else _photo(file, data, found)
    if original is not None:
        _check_size(original, found)
    return original if found.error_count == errors_before else None


def _read(folder: Path, file: str, spot: Spot, found: FindingLog) -> bytes | None:
    path = folder / file
    is_plain = PurePosixPath(file).parts[0] == MEDIA and ".." not in PurePosixPath(file).parts
    if not is_plain or not path.resolve().is_relative_to(folder.resolve()):
        found.error(spot, f"'{file}' does not lie below {MEDIA}/; keep the bank's pictures there")
        return None
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        found.error(spot, f"the file '{file}' does not exist{suggestion(file, files_below(folder, MEDIA))}")
    except OSError as error:
        found.error(spot, f"the file '{file}' cannot be read: {error.strerror}")
    return None


def _drawing(file: str, data: bytes, found: FindingLog) -> Original | None:
    shape = scan_svg(data, file, found)
    if shape is None:
        return None
    height = max(1, round(DRAWING_WIDTH * shape.height / shape.width))
    return Original(file, data, DRAWING, DRAWING_WIDTH, height)


def _photo(file: str, data: bytes, found: FindingLog) -> Original | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _opened(file, data)
    except UnidentifiedImageError:
        found.error(Spot(file), "is no intact PNG, JPEG or SVG; convert it")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        found.error(Spot(file), f"has too many pixels; width and height together may be {LONGEST_SIDES}")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for torn files, by format
        found.error(Spot(file), f"is damaged ({error}); save it again")
    return None


def _opened(file: str, data: bytes) -> Original:
    with Image.open(io.BytesIO(data), formats=tuple(_MIME)) as image:
        original = Original(file, data, _MIME[image.format or ""], *image.size)
        if _are_sides_short(original):
            image.load()  # a torn file opens well and fails here
    return original


def _are_sides_short(original: Original) -> bool:
    return original.width + original.height <= LONGEST_SIDES


def _check_size(original: Original, found: FindingLog) -> None:
    spot = Spot(original.file)
    size = f"{original.width} x {original.height}"
    if not _are_sides_short(original):
        found.error(spot, f"is {size} pixels; width and height together may be {LONGEST_SIDES}")
    longer, shorter = max(original.width, original.height), min(original.width, original.height)
    if longer > STEEPEST_RATIO * shorter:
        found.error(spot, f"is {size} pixels; one side may be {STEEPEST_RATIO} times the other")
    if len(original.data) > LARGEST_PHOTO:
        found.error(spot, f"has {len(original.data)} bytes; a photo may have {LARGEST_PHOTO}")
