"""The power fails in the middle of the work."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from crash.power import recording_vfs, survive
from lplate.adapters.sqlite import connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crash.recording import RecordingVfs

CUTS: Final = int(os.environ.get("POWER_CUTS", "200"))
SEED: Final = 20_260_101


@pytest.fixture
def vfs() -> Iterator[RecordingVfs]:
    with recording_vfs() as recording:
        yield recording


async def test_nothing_acknowledged_is_lost(vfs: RecordingVfs, tmp_path: Path) -> None:
    """Wherever the power fails, all acknowledged answers are there, each once, in a sound database."""
    findings = await survive(vfs, tmp_path, CUTS, SEED)
    assert (findings.cuts, findings.lost, findings.corrupt, findings.twice) == (CUTS, 0, 0, 0)


async def test_the_simulation_finds_losses(
    vfs: RecordingVfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With synchronous=NORMAL the same cuts do lose acknowledged answers, so finding none means something."""
    monkeypatch.setattr(connection, "SYNCHRONOUS", "NORMAL")
    findings = await survive(vfs, tmp_path, CUTS, SEED)
    assert findings.lost > CUTS // 10
    assert findings.corrupt == 0


async def test_the_simulation_finds_corruption(
    vfs: RecordingVfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With synchronous=OFF the same cuts damage the file, so finding none means something."""
    monkeypatch.setattr(connection, "SYNCHRONOUS", "OFF")
    findings = await survive(vfs, tmp_path, CUTS, SEED)
    assert findings.corrupt > 0
