"""Encode what is sent: JSON as it is, files as multipart/form-data."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class FilePart:
    """Hold one file of a form; *name* is the file name that Telegram shows."""

    name: str
    content: bytes
    mime: str = "application/octet-stream"


def multipart(fields: Mapping[str, str], files: Mapping[str, FilePart]) -> tuple[bytes, str]:
    """Return body and content type of a form; values that are objects must be JSON already."""
    boundary = f"lplate-{secrets.token_hex(12)}"
    parts: list[bytes] = []
    for name, value in fields.items():
        parts.append(_part_head(boundary, f'name="{_quoted(name)}"'))
        parts.append(value.encode())
    for name, file in files.items():
        disposition = f'name="{_quoted(name)}"; filename="{_quoted(file.name)}"'
        parts.append(_part_head(boundary, disposition, file.mime))
        parts.append(file.content)
    parts.append(f"\r\n--{boundary}--\r\n".encode())
    body = b"".join(parts)[2:]  # the first boundary needs no line break before it
    return body, f"multipart/form-data; boundary={boundary}"


def _part_head(boundary: str, disposition: str, mime: str | None = None) -> bytes:
    kind = f"\r\nContent-Type: {mime}" if mime else ""
    return f"\r\n--{boundary}\r\nContent-Disposition: form-data; {disposition}{kind}\r\n\r\n".encode()


def _quoted(name: str) -> str:
    """Escape a name as browsers do (HTML standard, multipart/form-data encoding)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
