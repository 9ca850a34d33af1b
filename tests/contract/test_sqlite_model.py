"""The SQLite store against the store in memory, on groups nobody thought of."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.samples import ANNA, BANK, BEN, NOW_MS, attempt, card, learner
from lplate.adapters.memory import MemoryStore
from lplate.adapters.sqlite import SqliteStore
from lplate.domain.scheduling import DAY_MS
from lplate.domain.session import Owed, OwedKind
from lplate.ports import (
    Delivered,
    ForgottenFile,
    Heartbeat,
    InboxDone,
    InboxItem,
    StoredFile,
)

if TYPE_CHECKING:
    from lplate.ports import Change, Store

LEARNERS = (ANNA, BEN)
QUESTIONS = tuple("abcd")
FILE = ("scope", "digest", "photo")

numbers = st.integers(1, 4)
learner_ids = st.sampled_from(LEARNERS)
times = st.integers(NOW_MS - 10 * DAY_MS, NOW_MS + DAY_MS)
parts = st.builds(Owed, st.sampled_from(OwedKind), number=numbers)
rows = st.one_of(
    st.builds(
        lambda who, owed, blocked: learner(
            who, owed=tuple(owed), owed_number=max((p.number for p in owed), default=0), is_blocked=blocked
        ),
        learner_ids,
        st.lists(parts, max_size=3),
        st.booleans(),
    ),
    st.builds(
        lambda who, question, due, reviewed, stability, mistake: card(
            question,
            who,
            due_at_ms=due,
            reviewed_at_ms=reviewed,
            stability_days=stability,
            is_mistake=mistake,
        ),
        learner_ids,
        st.sampled_from(QUESTIONS),
        times,
        times,
        st.sampled_from([0.0, 0.5, 3.0, 40.0]),
        st.booleans(),
    ),
    st.builds(
        lambda step, who, at, right, topic: attempt(
            step, who, answered_at_ms=at, is_right=right, topic_id=topic
        ),
        st.integers(1, 12),
        learner_ids,
        times,
        st.booleans(),
        st.sampled_from(["signs", "speed"]),
    ),
    st.builds(Delivered, learner_ids, numbers),
    st.builds(InboxItem, numbers, learner_ids, st.just(b"{}"), st.just(NOW_MS), st.integers(0, 2)),
    st.builds(InboxDone, numbers),
    st.builds(StoredFile, *map(st.just, FILE), st.sampled_from(["new", "old"])),
    st.just(ForgottenFile(*FILE)),
    st.builds(Heartbeat, times),
)
groups = st.lists(st.lists(st.lists(rows, max_size=4).map(tuple), max_size=5), max_size=4)


async def seen_from_outside(store: Store) -> list[object]:
    seen: list[object] = [await store.owing(), await store.inbox(), await store.file_id(*FILE)]
    seen.append(await store.heartbeat_ms())
    for who in LEARNERS:
        seen += [await store.load(who), await store.statistics(who, BANK, 4, NOW_MS)]
        seen += [await store.card(who, BANK, question) for question in QUESTIONS]
        for left_out in ("", *QUESTIONS):
            accept = left_out.__ne__
            seen.append(await store.due_mistake(who, BANK, NOW_MS, accept))
            seen.append(await store.least_recalled(who, BANK, NOW_MS, accept))
    return seen


async def outcome(store: Store, group: list[Change]) -> bool:
    """Write the group; return False if it was refused."""
    try:
        await store.write(group)
    except Exception:  # noqa: BLE001 - each store refuses orphans in its own way
        return False
    return True


async def compare(written: list[list[Change]], folder: Path) -> None:
    memory, sqlite = MemoryStore(), SqliteStore.open(folder / "learners.db")
    try:
        for group in written:
            assert await outcome(sqlite, group) == await outcome(memory, group)
            assert await seen_from_outside(sqlite) == await seen_from_outside(memory)
    finally:
        await sqlite.close()


@settings(max_examples=25, deadline=None)
@given(groups)
def test_sqlite_and_memory_agree(written: list[list[Change]]) -> None:
    """Both stores accept the same groups and answer every question alike after each."""
    with TemporaryDirectory() as folder:
        asyncio.run(compare(written, Path(folder)))
