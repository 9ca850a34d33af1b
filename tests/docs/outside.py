"""Fail if a page of the built site fetches anything from elsewhere: `python outside.py FOLDER`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_FETCHED = re.compile(r"""(?:src|srcset|data|poster)=["']?(?:https?:)?//[^"'\s>]+""")
_LINKED = re.compile(r"""<link\b[^>]*\brel=["']?(?:stylesheet|preload|preconnect|icon)[^>]*>""")
_OUTSIDE = re.compile(r"""href=["']?(?:https?:)?//""")
_IMPORTED = re.compile(r"""(?:@import|url\()\s*["']?(?:https?:)?//[^"')\s]+""")


def fetched(page: str) -> list[str]:
    """Return all that a page of HTML fetches from other places; links that a person follows do not count."""
    links = [link for link in _LINKED.findall(page) if _OUTSIDE.search(link)]
    return [*_FETCHED.findall(page), *links, *_IMPORTED.findall(page)]


def findings(folder: Path) -> str:
    """Return what the site in *folder* fetches from elsewhere, by file; nothing if all is well."""
    files = sorted([*folder.rglob("*.html"), *folder.rglob("*.css")])
    found = [(file, what) for file in files for what in fetched(file.read_text(encoding="utf-8"))]
    return "\n".join(f"{file}: fetches {what}" for file, what in found) if files else f"{folder}: no page"


if __name__ == "__main__":
    sys.exit(findings(Path(sys.argv[1])) or 0)
