"""Answer under a recording file system, then cut the power wherever chance wills."""

from __future__ import annotations

import asyncio
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from contract.samples import attempt, card, learner
from crash.recording import Acknowledge, RecordingVfs, cut_power
from lplate.adapters.sqlite import SqliteOptions, SqliteStore, writer
from lplate.commit import GroupCommit
from lplate.ports import Delivered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crash.recording import Event, Findings

LEARNERS: Final = 12
STEPS: Final = 15
ANSWERS: Final = LEARNERS * STEPS


@contextmanager
def recording_vfs() -> Iterator[RecordingVfs]:
    """Register a recording file system; the log is copied and cut often, so that cuts meet that too."""
    with patch.object(writer, "IDLE_S", 0.002):
        recording = RecordingVfs("recording")
        try:
            yield recording
        finally:
            recording.unregister()


async def survive(vfs: RecordingVfs, folder: Path, cuts: int, seed: int) -> Findings:
    """Practise on the recording file system, then cut the power many times."""
    (folder / "live").mkdir()
    (folder / "left").mkdir()
    store = SqliteStore.open(folder / "live" / "learners.db", SqliteOptions(log_pages=40), vfs=vfs.name)
    await _practise(store, vfs.events, seed)
    await store.close()
    assert sum(isinstance(event, Acknowledge) for event in vfs.events) == ANSWERS
    return cut_power(vfs.events, cuts, random.Random(seed), folder / "left")


async def _practise(store: SqliteStore, events: list[Event], seed: int) -> None:
    """Let some learners answer side by side, each press awaited; note what is acknowledged."""
    commit = GroupCommit(store)
    pauses = random.Random(seed)

    async def one(learner_id: int) -> None:
        for step in range(STEPS):
            answer = attempt(step, learner_id)
            row = learner(learner_id, updates=(answer.update_id,), seen=bytes(50 * step))
            await commit.submit((row, answer, card(f"q{step}", learner_id, is_mistake=step % 3 == 0)))
            events.append(Acknowledge(answer.update_id))
            commit.defer(Delivered(learner_id, step))
            if pauses.random() < 0.1:
                await asyncio.sleep(0.01)  # long enough for the log to be cut

    await asyncio.gather(*(one(1 + n) for n in range(LEARNERS)))
    await commit.close()
