"""The whole bot in this process, over the real store and the starter bank: raw updates in, calls out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from contextlib import asynccontextmanager, closing, contextmanager
from typing import TYPE_CHECKING, Any, cast

import apsw

from bot.bothouse import BotHouse
from bot.telegram import FakeTelegram, RefusedError, Sent, Shown
from lplate.adapters.sqlite import SqliteStore
from lplate.config import Settings
from lplate.wiring import open_banks
from playing import compiled_data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from lplate.adapters.memory import MemoryStore
    from trainer.banks import FakeBank

TURN_S = 0.0002
"""Shorter than a commit."""
QUIET_TURNS = 5
PATIENCE_S = 60
_TABLES = {
    "learner": "id",
    "card": "learner_id, bank_id, question_id",
    "attempt": "learner_id, session, step",
}


class DurableHouse(BotHouse):
    """Keep learners in a file; they outlive the house."""

    async def settle(self) -> None:
        """Return once nothing is left to do."""
        quiet = 0
        async with asyncio.timeout(PATIENCE_S):
            while quiet < QUIET_TURNS:
                is_busy = self.outbox.waiting or self.bot.cold.waiting or len(self.bot.lanes)
                quiet = 0 if is_busy else quiet + 1
                await asyncio.sleep(TURN_S if is_busy else 0)


@asynccontextmanager
async def open_durable(database: Path, **settings: Any) -> AsyncIterator[DurableHouse]:
    """Run a bot over *database* until the end of the block."""
    banks = open_banks(Settings(data=compiled_data()))
    store = SqliteStore.open(database)
    # The house was made for banks and a store in memory; it uses no more of them than their ports.
    house = DurableHouse(*cast("tuple[FakeBank, ...]", banks), store=cast("MemoryStore", store), **settings)
    house.api = KindTelegram()
    await house.open()
    try:
        yield house
    finally:
        await house.close()
        await store.close()
        for bank in banks:
            bank.close()


def fingerprint(database: Path, without: tuple[str, ...] = ()) -> str:
    """Return a digest of all that is known of all learners; the bot is at rest.

    *without* names columns, and parts of the column that is JSON, that do not count.
    """
    digest = hashlib.sha256()
    for table, order in _TABLES.items():
        for row in rows_of(database, f"SELECT * FROM {table} ORDER BY {order}", as_fields=True):
            fields = {name: value for name, value in row.items() if name not in without}
            if "state" in fields:
                parts = json.loads(fields["state"])
                fields["state"] = {name: part for name, part in parts.items() if name not in without}
            digest.update(repr(fields).encode())
    return digest.hexdigest()[:16]


def rows_of(database: Path, text: str, *, as_fields: bool = False) -> list[Any]:
    """Return the rows that a query finds, *as_fields* each as a dictionary."""
    with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        cursor = connection.execute(text)
        if not as_fields:
            return list(cursor)
        return [dict(zip((name for name, *_ in cursor.description_full), row, strict=True)) for row in cursor]


class KindTelegram(FakeTelegram):
    """Edit messages that were never sent too, as if they had been: updates of another run point to them."""

    def _carry_out(self, sent: Sent) -> Any:
        try:
            return super()._carry_out(sent)
        except (KeyError, TypeError, ValueError) as error:  # ids of other types, or of an inline message
            raise RefusedError(f"wrong parameters: {error}") from None

    def _edit(self, sent: Sent) -> Any:
        place = (sent.chat_id, sent.fields["message_id"])
        if place not in self.messages:
            is_photo = sent.method in {"editMessageCaption", "editMessageMedia"}
            self.messages[place] = Shown(*place, "never sent", [], "file-0" if is_photo else None)
        return super()._edit(sent)


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


@contextmanager
def errors_logged() -> Iterator[list[str]]:
    """Yield the list to which whatever the bot logs as an error is added, kept from the terminal."""
    loggers = [logging.getLogger(name) for name in ("lplate", "lplate_bot")]
    handler = _Errors()
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield handler.words
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.propagate = True
