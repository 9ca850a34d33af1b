"""The power fails in the middle of the work."""

from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING, Final

import pytest

from contract.samples import attempt, card, learner
from crash.recording import Acknowledge, RecordingVfs, cut_power
from lplate.adapters.sqlite import SqliteStore, connection, writer
from lplate.commit import GroupCommit
from lplate.ports import Delivered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crash.recording import Event, Findings

CUTS: Final = int(os.environ.get("POWER_CUTS", "200"))
SEED: Final = 20_260_101
LEARNERS: Final = 12
STEPS: Final = 15


@pytest.fixture
def vfs(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingVfs]:
    """Return a recording file system; the log is copied and cut often, so that cuts meet that too."""
    monkeypatch.setattr(writer, "CHECKPOINT_PAGES", 40)
    monkeypatch.setattr(writer, "IDLE_S", 0.002)
    recording = RecordingVfs("recording")
    yield recording
    recording.unregister()


async def practise(store: SqliteStore, events: list[Event]) -> None:
    """Let some learners answer side by side, each press awaited; note what is acknowledged."""
    commit = GroupCommit(store)
    pauses = random.Random(SEED)

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


async def survive(vfs: RecordingVfs, folder: Path) -> Findings:
    """Practise on the recording file system, then cut the power many times."""
    (folder / "live").mkdir()
    (folder / "left").mkdir()
    store = SqliteStore.open(folder / "live" / "learners.db", vfs=vfs.name)
    await practise(store, vfs.events)
    await store.close()
    assert sum(isinstance(event, Acknowledge) for event in vfs.events) == LEARNERS * STEPS
    return cut_power(vfs.events, CUTS, random.Random(SEED), folder / "left")


async def test_nothing_acknowledged_is_lost(vfs: RecordingVfs, tmp_path: Path) -> None:
    """Wherever the power fails, all acknowledged answers are there, each once, in a sound database."""
    findings = await survive(vfs, tmp_path)
    assert (findings.cuts, findings.lost, findings.corrupt, findings.twice) == (CUTS, 0, 0, 0)


async def test_the_simulation_finds_losses(
    vfs: RecordingVfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With synchronous=NORMAL the same cuts do lose acknowledged answers, so finding none means something."""
    monkeypatch.setattr(connection, "SYNCHRONOUS", "NORMAL")
    findings = await survive(vfs, tmp_path)
    assert findings.lost > CUTS // 10
    assert findings.corrupt == 0


async def test_the_simulation_finds_corruption(
    vfs: RecordingVfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With synchronous=OFF the same cuts damage the file, so finding none means something."""
    monkeypatch.setattr(connection, "SYNCHRONOUS", "OFF")
    findings = await survive(vfs, tmp_path)
    assert findings.corrupt > 0
