"""Count what the bot has on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

if TYPE_CHECKING:
    from pathlib import Path

_COUNT: Final = "SELECT count(*) FROM attempt"


def answers(data: Path) -> int:
    """Return how many answers the databases of a stopped bot hold."""
    total = 0
    for path in data.glob("learners-*.db"):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            total += sum(count for (count,) in connection.execute(_COUNT))
        finally:
            connection.close()
    return total
