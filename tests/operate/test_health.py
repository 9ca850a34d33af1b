"""Whether the bot can serve, and in which words it says why not."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, cast

import apsw
import pytest

from bot.bothouse import ANNA, BotHouse
from bot.stores import SlowStore
from lplate.adapters.sqlite import SqliteOptions, SqliteStore
from lplate.errors import StoreError
from lplate.metrics import StoreState
from lplate.ports import Heartbeat, InboxItem
from lplate_bot.operate.health import FINE, STUCK_S, Bounds, Health
from trainer.banks import mixed_bank

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lplate.adapters.memory import MemoryStore

BULKY = (InboxItem(7, ANNA, b"x" * 400_000, 1),)


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncIterator[BotHouse]:
    """Return a bot over a real database that gives up soon where it is locked."""
    store = SqliteStore.open(tmp_path / "learners.db", SqliteOptions(busy_ms=10))
    made = await BotHouse(mixed_bank(), store=cast("MemoryStore", store)).open()
    yield made
    await made.close()
    await store.close()


def looked_at(house: BotHouse) -> Health:
    made = Health(house.bot, asyncio.Event(), Bounds(10, 10))
    made.is_up = True
    return made


async def test_sound_bot_is_ready(health: Health) -> None:
    """With nothing wrong every check says so."""
    assert health.is_ready
    assert set(health.checks().values()) == {FINE}


async def test_start_and_stop_are_not_ready(health: Health, stopping: asyncio.Event) -> None:
    """Before it is up and from the moment it is told to stop, the bot says that it does not serve."""
    health.is_up = False
    assert health.troubles() == ["the bot is starting"]
    health.is_up = True
    stopping.set()
    assert health.troubles() == ["the bot is stopping"]


async def test_full_database_is_not_ready_until_it_writes_again(stored: BotHouse) -> None:
    """A group that a full disk refused makes the bot unready, in the store's words; the next one mends it."""
    health = looked_at(stored)
    writing = cast("SqliteStore", stored.store)._writer._connection
    writing.pragma("max_page_count", writing.pragma("page_count"))
    with pytest.raises(StoreError):
        await stored.commit.submit(BULKY)
    (trouble,) = health.troubles()
    assert "the disk is full; free some space" in trouble
    writing.pragma("max_page_count", 1_000_000)
    await stored.commit.submit(BULKY)
    assert health.is_ready


async def test_locked_database_is_not_ready_until_it_is_let_go(stored: BotHouse, tmp_path: Path) -> None:
    """While another program holds the database the bot says so."""
    health = looked_at(stored)
    with closing(apsw.Connection(str(tmp_path / "learners.db"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            await stored.commit.submit((Heartbeat(1),))
        (trouble,) = health.troubles()
        assert "another program holds the file" in trouble
        other.execute("ROLLBACK")
    await stored.commit.submit((Heartbeat(2),))
    assert health.is_ready


async def test_stuck_commit_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that does not come back is told, with its time, and counts as standstill."""
    store = SlowStore()
    house = await BotHouse(mixed_bank(), store=store).open()
    now_s = 100.0
    monkeypatch.setattr(house.commit, "_clock", lambda: now_s)
    health = looked_at(house)
    store.ready.clear()
    future = house.commit.submit((Heartbeat(1),))
    await house.turns()
    was_writing = health.is_writing
    now_s += STUCK_S + 2
    assert (was_writing, health.is_writing) == (True, False)
    assert health.troubles() == ["the database has been writing one group for 12 s"]
    store.ready.set()
    await future
    assert health.is_ready
    await house.close()


async def test_disk_without_room_is_not_ready(
    house: BotHouse, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Less room than a group takes is told in megabytes."""
    monkeypatch.setattr(house.store, "state", lambda: StoreState(free_bytes=500_000))
    assert health.troubles() == ["the disk is full: 0.5 MiB are left"]


async def test_silent_api_is_not_ready_until_it_answers(house: BotHouse, health: Health) -> None:
    """Short failures are no trouble; ten seconds without any answer are, until one comes."""
    now_s = 0.0
    api = house.api.metrics
    api.clock = lambda: now_s
    api.of("sendMessage").ended(0, 0)
    now_s = 9.0
    api.of("getMe").ended(8, 0)
    assert health.is_ready
    now_s = 11.0
    assert health.troubles() == ["the Bot API has not answered for 11 s"]
    api.of("getMe").ended(10, 502)
    assert health.is_ready


async def test_backlog_is_not_ready(house: BotHouse, stopping: asyncio.Event) -> None:
    """Queues near their bounds are told, updates and calls apart."""
    health = Health(house.bot, stopping, Bounds(updates=1, calls=1))
    health.is_up = True
    await house.begin()
    house.api.is_holding = True
    future = house.take(house.raw_press(await house.right_button()))
    assert health.troubles() == ["1 updates wait, 1 may"]
    await future
    assert health.troubles() == ["2 calls to Telegram wait, 1 may"]
    house.api.release()
    await house.settle()
    assert health.is_ready
