"""A bank's folder: which files belong to it, and one digest over them all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lplate.importing.findings import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate.importing.findings import FindingLog

MANIFEST: Final = "bank.yaml"
QUESTIONS: Final = "questions"
TRANSLATIONS: Final = "i18n"
MEDIA: Final = "media"
_YAML: Final = ".yaml"


def source_digest(folder: Path) -> str:
    """Return an MD5 (hex) over names, sizes and contents of all source files of a bank.

    It reads every file once and parses none: a bank of 100 small files takes a few milliseconds. What cannot
    be read counts as empty; compiling will name it.
    """
    digest = hashlib.md5(usedforsecurity=False)
    for file in _source_files(folder):
        content = _content(folder / file)
        digest.update(f"{file}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
        digest.update(content)
    return digest.hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _source_files(folder: Path) -> Iterator[str]:
    if (folder / MANIFEST).is_file():
        yield MANIFEST
    for part in (QUESTIONS, TRANSLATIONS, MEDIA):
        yield from files_below(folder, part)


def files_below(folder: Path, part: str) -> list[str]:
    """Return all files below *folder*/*part* but hidden ones, as sorted POSIX paths relative to *folder*."""
    below = (folder / part).rglob("*")
    files = (path for path in below if not path.name.startswith(".") and path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in files)


def yaml_files(folder: Path, part: str, found: FindingLog) -> Iterator[tuple[str, str]]:
    """Yield file and stem of the YAML files directly in *folder*/*part*; log what lies there besides."""
    for file in files_below(folder, part):
        path = Path(file)
        if path.suffix == _YAML and path.parent == Path(part):
            yield file, path.stem
        else:
            found.warn(Spot(file), f"is not read; only {part}/*{_YAML} is")
