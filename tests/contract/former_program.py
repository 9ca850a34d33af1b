"""What a former version of the program asks of its database, kept to hold newer schemas against it.

`PYTHONPATH=tests python -m contract.former_program` writes down what this version does, before a release that
brings no schema of its own any more: one file for each schema, `former/<schema>.json`.
"""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import apsw

from contract.samples import ANNA, BANK, BEN, FULL, NOW_MS, PLAIN, attempt, card, learner, owing
from lplate.adapters.sqlite import SqliteStore
from lplate.adapters.sqlite.connection import open_writer
from lplate.adapters.sqlite.schema import known_migrations, migrate
from lplate.ports import DeadLetter, Delivered, ForgottenFile, Heartbeat, InboxDone, InboxItem, StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("former")
SETS_UP = ("PRAGMA", "VACUUM")


@dataclass(frozen=True)
class Statement:
    """Hold one statement as it was executed, and the rows it brought."""

    text: str
    bindings: Any
    rows: list[list[Any]]


async def session(store: SqliteStore) -> None:
    """Do everything that the program does with a store."""
    await store.write([(learner(BEN), FULL, attempt(1), card("a"), card("b", is_mistake=True))])
    await store.write([(owing(4, BEN), attempt(1, BEN)), (Heartbeat(NOW_MS),), (Heartbeat(NOW_MS + 1),)])
    await store.write([(InboxItem(7, ANNA, b"{}", NOW_MS), InboxItem(8, ANNA, b"{}", NOW_MS))])
    await store.write([(InboxDone(7), DeadLetter(8, b"{}", "no", NOW_MS))])
    await store.write([(StoredFile("s", "d", "photo", "f"), StoredFile("s", "e", "photo", "g"))])
    await store.write([(Delivered(BEN, 4), ForgottenFile("s", "e", "photo"))])
    await store.write([(PLAIN, card("a", right_streak=2))])
    await store.load(ANNA)
    await store.card(ANNA, BANK, "a")
    await store.due_mistake(ANNA, BANK, NOW_MS + 1, lambda _: True)
    await store.least_recalled(ANNA, BANK, NOW_MS + 1, lambda _: False)
    await store.answered_questions(ANNA, BANK)
    await store.statistics(ANNA, BANK, 153, NOW_MS)
    await store.owing()
    await store.inbox()
    await store.dead_letters()
    await store.file_id("s", "d", "photo")
    await store.heartbeat_ms()


def former_schemas() -> list[int]:
    """Return the schemas whose programs were written down."""
    return sorted(int(file.stem) for file in FOLDER.glob("*.json"))


def read(schema: int) -> list[Statement]:
    """Return what the program of a schema did."""
    found = json.loads((FOLDER / f"{schema}.json").read_text(encoding="utf-8"), object_hook=_blob)
    return [Statement(**each) for each in found]


def replayed(statements: list[Statement], database: Path, schema: int) -> list[Statement]:
    """Return the same statements with what they bring on a new database of a later *schema*."""
    with closing(open_writer(database)) as connection:
        migrate(connection, database, known_migrations()[:schema])
        return [
            Statement(each.text, each.bindings, [list(row) for row in _rows(connection, each)])
            for each in statements
        ]


def _rows(connection: apsw.Connection, statement: Statement) -> list[Any]:
    return connection.execute(statement.text, statement.bindings).fetchall()


@contextmanager
def _noted() -> Iterator[list[Statement]]:
    """Note every statement of connections that are opened meanwhile, from the first learner on."""
    statements: list[Statement] = []

    def note(_: apsw.Cursor, text: str, bindings: Any) -> bool:
        if not text.startswith(SETS_UP):
            statements.append(Statement(text, bindings, []))
        return True

    def watch(connection: apsw.Connection) -> None:
        connection.exec_trace = note

    apsw.connection_hooks.append(watch)
    try:
        yield statements
    finally:
        apsw.connection_hooks.remove(watch)


async def _recorded(folder: Path) -> list[Statement]:
    with _noted() as statements:
        store = SqliteStore.open(folder / "learners.db")
        statements.clear()
        await session(store)
        noted = list(statements)
        await store.close()
    return noted


def main() -> None:
    """Write down what this version does on its newest schema."""
    schema = known_migrations()[-1].version
    with TemporaryDirectory() as folder:
        noted = asyncio.run(_recorded(Path(folder)))
        statements = replayed(noted, Path(folder) / "again.db", schema)
    text = json.dumps([vars(each) for each in statements], default=_text, indent=1, ensure_ascii=False)
    (FOLDER / f"{schema}.json").write_text(text + "\n", encoding="utf-8")


def _text(value: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(value).decode()}


def _blob(value: dict[str, Any]) -> Any:
    return base64.b64decode(value["base64"]) if value.keys() == {"base64"} else value


if __name__ == "__main__":
    main()
