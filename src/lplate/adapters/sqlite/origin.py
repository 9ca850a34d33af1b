"""Mark a copy with the bot it is of and the time it was made, so that it is not put in another's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import apsw

_CREATE: Final = "CREATE TABLE origin (bot_id INTEGER NOT NULL, made_at_ms INTEGER NOT NULL) STRICT"
_INSERT: Final = "INSERT INTO origin (bot_id, made_at_ms) VALUES (?1, ?2)"
_SELECT: Final = "SELECT bot_id, made_at_ms FROM origin"
_DROP: Final = "DROP TABLE IF EXISTS origin"
_COUNT: Final = "SELECT count(*) FROM sqlite_schema WHERE name = 'origin'"


@dataclass(frozen=True, slots=True)
class Origin:
    """Say of which bot a copy is, and when it was made."""

    bot_id: int
    made_at_ms: int


def mark(connection: apsw.Connection, origin: Origin) -> None:
    """Write *origin* into a copy."""
    unmark(connection)
    connection.execute(_CREATE)
    connection.execute(_INSERT, (origin.bot_id, origin.made_at_ms))


def unmark(connection: apsw.Connection) -> None:
    """Make a copy a database again."""
    connection.execute(_DROP)


def read_origin(connection: apsw.Connection) -> Origin | None:
    """Return what a copy says of itself, None if it was made by other means."""
    if not connection.execute(_COUNT).get:
        return None
    row: tuple[int, int] = connection.execute(_SELECT).get
    return Origin(*row)
