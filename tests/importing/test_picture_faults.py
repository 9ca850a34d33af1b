"""What Telegram would refuse, or nobody could see."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from importing.bank_folder import STOP, TODAY, edited, image_bytes, write_bank
from importing.faults import SIGNS_YAML, STOP_SVG, edit, rewrite
from lplate.adapters.bank_file import BankFileWriter
from lplate.errors import BankError
from lplate.importing.compiling import compile_bank
from lplate.importing.validation import check_bank

if TYPE_CHECKING:
    from pathlib import Path

    from importing.faults import Fault

SVG_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 48">\n'


def drawing(name: str, body: str, expected: str) -> Fault:
    """Return the fault of a drawing with another *body*, which starts in line 2."""
    return rewrite(name, STOP_SVG, f"{SVG_HEAD}{body}\n</svg>\n", expected)


FAULTS = [
    edit(
        "long name",
        SIGNS_YAML,
        "media/stop.svg",
        f"media/{'x' * 300}.svg",
        "7: cannot be read: File name too long",
    ),
    edit("missing", SIGNS_YAML, "media/stop.svg", "media/Stop.svg", "7: did you mean 'media/stop.svg'?"),
    edit("outside", SIGNS_YAML, "media/stop.svg", "media/../bank.yaml", "7: does not lie below media/"),
    edit("absolute", SIGNS_YAML, "media/stop.svg", "/etc/hostname", "7: does not lie below media/"),
    edit("no file", SIGNS_YAML, "{file: media/stop.svg, ", "{", "7: 'file' is missing"),
    drawing("text element", "<g>\n<text>STOP</text></g>", "3: <text>: no fonts"),
    drawing("script", "<script>alert(1)</script>", "2: <script>: a picture must not run code"),
    drawing("handler", '<rect onclick="x()"/>', "2: onclick"),
    drawing("foreign object", "<foreignObject/>", "2: <foreignObject>"),
    drawing(
        "external image", '\n<image href="https://example.org/a.png"/>', "3: 'https://example.org/a.png'"
    ),
    drawing("external paint", '<rect fill="url(other.svg#red)"/>', "2: 'url(other.svg#red)'"),
    drawing("imported style", "<style>@import 'a.css';</style>", "2: @import"),
    drawing(
        "style with reference", "<style>rect { fill: url( 'http://a/b' ) }</style>", "2: outside the file"
    ),
    rewrite("document type", STOP_SVG, f"<!DOCTYPE svg>\n{STOP}", "1: DOCTYPE"),
    rewrite("torn drawing", STOP_SVG, STOP[:-8], "3: not well-formed"),
    rewrite("no drawing", STOP_SVG, "<html/>", "1: is not an SVG drawing"),
    rewrite("shapeless", STOP_SVG, '<svg xmlns="http://www.w3.org/2000/svg"/>', "1: give the root a viewBox"),
    rewrite("flat box", STOP_SVG, STOP.replace("64 48", "64 0"), "1: give the root a viewBox"),
    rewrite("thin drawing", STOP_SVG, STOP.replace("64 48", "64 2"), "0: one side may be 20 times"),
    rewrite(
        "tall drawing", STOP_SVG, STOP.replace("64 48", "64 2000"), "0: together may be 10000", "0: 20 times"
    ),
    rewrite("huge drawing", STOP_SVG, STOP + " " * 1000000, "0: simplify it"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_told_with_file_and_line(tmp_path: Path, fault: Fault) -> None:
    """A fault in a drawing, or in the way to it, has just its own findings, at file and line."""
    fault.check(check_bank(write_bank(tmp_path, fault.changed)).errors)


def png_header(width: int, height: int) -> bytes:
    """Return the start of a PNG that claims a size, without its pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "no intact PNG, JPEG or SVG"),
        (image_bytes()[:-30], "is damaged"),
        (image_bytes(kind="JPEG", size=(400, 400))[:-900], "is damaged"),
        (
            png_header(6_000, 5_000) + image_bytes()[33:],
            "6000 x 5000 pixels; width and height together may be 10000",
        ),
        (png_header(60_000, 50_000) + image_bytes()[33:], "too many pixels"),
        (image_bytes(size=(100, 4)), "100 x 4 pixels; one side may be 20 times the other"),
        (image_bytes() + bytes(10_000_000), "a photo may have 10000000"),
    ],
    ids=["other format", "torn PNG", "torn JPEG", "wide", "bomb", "thin", "heavy"],
)
def test_photograph_that_telegram_would_refuse_is_an_error(tmp_path: Path, data: bytes, words: str) -> None:
    """A photograph that Telegram would not take, or nobody could open, is told by its name."""
    changed = edited(SIGNS_YAML, "media/stop.svg", "media/stop.png")
    findings = check_bank(write_bank(tmp_path, {**changed, "media/stop.png": data}))
    assert [issue.file for issue in findings.errors] == ["media/stop.png"]
    assert words in findings.errors[0].text


def test_link_out_of_the_bank_is_refused(tmp_path: Path) -> None:
    """A link in media/ cannot make the bot send a file from elsewhere."""
    write_bank(tmp_path / "bank")
    (tmp_path / "secret.svg").write_text(STOP)
    (tmp_path / "bank" / STOP_SVG).unlink()
    (tmp_path / "bank" / STOP_SVG).symlink_to(tmp_path / "secret.svg")
    findings = check_bank(tmp_path / "bank")
    assert [str(issue) for issue in findings.errors] == [
        "questions/signs.yaml:7: 'media/stop.svg' does not lie below media/; keep the bank's pictures there"
    ]


def test_drawing_that_does_not_render_is_an_error(tmp_path: Path) -> None:
    """A drawing that only the renderer refuses is told by compiling."""
    drawing = STOP.encode().replace(b"<rect", b"<!-- \xe9 --><rect")
    folder = write_bank(tmp_path / "bank", {STOP_SVG: b'<?xml version="1.0" encoding="latin-1"?>' + drawing})
    with pytest.raises(BankError, match=r"media/stop\.svg:0: does not render"):
        compile_bank(folder, BankFileWriter(tmp_path / "mini.bank"), today=TODAY)
