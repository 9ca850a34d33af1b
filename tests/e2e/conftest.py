"""Playgrounds with a bot in them: one for all tests of a module, by either way of delivery, or one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from e2e.town import Town, open_town
from playing import add_compiled_banks, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["polling", "webhook"])
async def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Town]:
    """Run one bot for all tests of a module: each brings learners of its own."""
    data = add_compiled_banks(tmp_path_factory.mktemp(request.param) / "data")
    async with open_town(data, settings_of(request.param)) as opened:
        yield opened


@pytest_asyncio.fixture
async def own_town(data: Path) -> AsyncIterator[Town]:
    """Run a bot for one test, which may end it as it likes."""
    async with open_town(data) as opened:
        yield opened
