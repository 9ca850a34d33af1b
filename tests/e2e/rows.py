"""Rows of a database, read-only; as a script, for a process that stands in another mount namespace."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE_MS = 5000


def read_rows(path: str, text: str, bindings: Iterable[int]) -> list[Any]:
    """Return the rows that a query finds."""
    with closing(apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        connection.set_busy_timeout(PATIENCE_MS)
        return list(connection.execute(text, tuple(bindings)))


if __name__ == "__main__":
    print(json.dumps(read_rows(*json.loads(sys.argv[1]))))  # noqa: T201 - who started the script reads it
