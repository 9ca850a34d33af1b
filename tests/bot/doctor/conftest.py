from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplate.adapters.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Return a data folder with the database of one bot, which does not run."""
    path = tmp_path / "learners"
    path.mkdir(mode=0o700)
    await SqliteStore.open(path / "learners-4711.db").close()
    return path
