"""Turn drawings into pictures that Telegram takes; photographs go as they are."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import resvg_py
from PIL import Image, ImageChops

from lplate.errors import StoppedError
from lplate.importing.findings import Spot
from lplate.importing.pictures import DRAWING, DRAWING_WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lplate.importing.findings import FindingLog
    from lplate.importing.pictures import Original

_PNG: Final = "image/png"
_PALETTE: Final = 256
_RECIPE: Final = f"resvg {resvg_py.__version__}, {DRAWING_WIDTH} pixels wide, {_PALETTE} colours\n"
"""Part of a drawing's origin: rendered in another way, it is another picture."""
_LARGEST_LOSS: Final = 8
"""Of 255, by which a palette may miss a pixel; only soft gradients miss any."""
_THREADS: Final = 2
"""resvg holds the interpreter's lock, Pillow does not: one renders while the other packs (1.4 x faster)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold a picture as it is sent; *origin* (MD5, hex) tells from what, and how, it was made."""

    data: bytes
    mime: str
    width: int
    height: int
    origin: str

    @property
    def digest(self) -> str:
        """Return the MD5 (hex) of the bytes as sent."""
        return _md5(self.data)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def render(
    originals: Mapping[str, Original],
    rendered: Mapping[str, bytes],
    found: FindingLog,
    goes_on: Callable[[], bool],
) -> dict[str, Picture]:
    """Return all pictures as they are sent, by file; log the drawings that do not render.

    *rendered* are drawings of former times by origin. A new one takes 70 ms.

    Raises:
        StoppedError: as soon as *goes_on* says no.
    """

    def picture(original: Original) -> Picture | None:
        if not goes_on():
            raise StoppedError
        return _picture(original, rendered, found)

    with ThreadPoolExecutor(_THREADS) as pool:
        pictures = pool.map(picture, originals.values())
        return {
            file: picture for file, picture in zip(originals, pictures, strict=True) if picture is not None
        }


def _picture(original: Original, rendered: Mapping[str, bytes], found: FindingLog) -> Picture | None:
    if original.mime != DRAWING:
        return Picture(original.data, original.mime, original.width, original.height, original.digest)
    origin = _md5(_RECIPE.encode() + original.data)
    data = rendered.get(origin) or _drawn(original, found)
    return Picture(data, _PNG, original.width, original.height, origin) if data is not None else None


def _drawn(original: Original, found: FindingLog) -> bytes | None:
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=original.data.decode(),
            width=original.width,
            height=original.height,
            background="#ffffff",  # Telegram makes a JPEG of it, where transparency turns black
            skip_system_fonts=True,
        )
    except ValueError as error:  # not UTF-8, or not what resvg understands
        found.error(Spot(original.file), f"does not render: {error}")
        return None
    return _compact(png)


def _compact(png: bytes) -> bytes:
    """Return the same picture in about a third of the bytes where it has few colours, as signs have."""
    with Image.open(io.BytesIO(png)) as opened:
        image = opened.convert("RGB")
    paletted = _paletted(image)
    packed = io.BytesIO()
    (paletted if _loss(image, paletted) <= _LARGEST_LOSS else image).save(packed, "PNG", optimize=True)
    return min(packed.getvalue(), png, key=len)


def _paletted(image: Image.Image) -> Image.Image:
    has_few_colours = image.getcolors(_PALETTE) is not None
    # Maximum coverage keeps few colours exactly, in half the time; median cut guesses better for many.
    method = Image.Quantize.MAXCOVERAGE if has_few_colours else Image.Quantize.MEDIANCUT
    return image.quantize(_PALETTE, method=method, dither=Image.Dither.NONE)


def _loss(image: Image.Image, other: Image.Image) -> int:
    extrema = ImageChops.difference(image, other.convert("RGB")).getextrema()
    return max(high for _, high in cast("tuple[tuple[int, int], ...]", extrema))
