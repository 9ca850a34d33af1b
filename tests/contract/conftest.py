from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplate.adapters.memory import MemoryStore
from lplate.adapters.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lplate.ports import Store


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Return an empty store of each kind."""
    opened = MemoryStore() if request.param == "memory" else SqliteStore.open(tmp_path / "learners.db")
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Return an empty SQLite store in ``learners.db``."""
    opened = SqliteStore.open(tmp_path / "learners.db")
    yield opened
    await opened.close()
