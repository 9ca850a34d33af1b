"""Bring the gettext catalogues up to date: extract from the code, merge, compile. Run by ``make texts``."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "src" / "lplate" / "data" / "locale"
LANGUAGES = ("de",)
VOLATILE = ("-Date:", "Report-", "Generated-")
"""Parts of header lines that would change with every run or version of Babel."""
HEADER = "# The words of lplate. Translate here, then run `make texts`."


def extracted() -> Catalog:
    """Return all messages in the code, in their order."""
    catalog = Catalog(project="lplate", charset="utf-8")
    folder = ROOT / "bot" / "lplate_bot"
    for file, _line, message, comments, _context in extract_from_dir(
        folder, [("**.py", "python")], keywords={"gettext": None, "ngettext": (1, 2)}
    ):
        catalog.add(message, locations=[(file, 0)], auto_comments=comments)
    return catalog


def catalogue_path(language: str) -> Path:
    """Return where the catalogue of *language* lives."""
    return LOCALES / language / "LC_MESSAGES" / "lplate.po"


def merged(language: str) -> Catalog:
    """Return the catalogue of *language*, with all messages of the code and no others."""
    path = catalogue_path(language)
    exists = path.exists()
    known = read_po(BytesIO(path.read_bytes()), locale=language) if exists else Catalog(locale=language)
    known.update(extracted(), no_fuzzy_matching=True)
    known.obsolete.clear()
    known.header_comment = HEADER
    known.project, known.version, known.fuzzy = "lplate", "", False
    known.last_translator, known.language_team = "the lplate authors", language
    return known


def as_po(catalog: Catalog) -> bytes:
    """Return the catalogue as text; the same catalogue gives the same bytes."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=110, omit_header=False, include_lineno=False, sort_output=True)
    return _steady(buffer.getvalue().decode()).encode()


def as_mo(catalog: Catalog) -> bytes:
    """Return the catalogue as gettext reads it; the same catalogue gives the same bytes."""
    steady = _Steady(locale=catalog.locale, project="lplate", charset="utf-8")
    for message in catalog:
        if message.id:
            steady[message.id] = message
    buffer = BytesIO()
    write_mo(buffer, steady)
    return buffer.getvalue()


class _Steady(Catalog):
    """A catalogue that does not tell when and by what it was written."""

    def __iter__(self) -> Iterator[Message]:
        header, *messages = super().__iter__()
        header.string = _steady(str(header.string))
        yield from (header, *messages)


def _steady(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(part in line for part in VOLATILE))


def main() -> None:
    """Write the catalogues."""
    for language in LANGUAGES:
        catalog, path = merged(language), catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        path.with_suffix(".mo").write_bytes(as_mo(read_po(BytesIO(as_po(catalog)), locale=language)))
        missing = sum(1 for message in catalog if message.id and not message.string)
        print(f"{path.relative_to(ROOT)}: {len(catalog)} messages, {missing} untranslated")  # noqa: T201 - a tool


if __name__ == "__main__":
    main()
