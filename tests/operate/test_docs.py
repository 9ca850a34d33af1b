"""The page on metrics tells of all that is served, and of nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplate.metrics import StoreState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.bothouse import BotHouse
    from operate.samples import Samples

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
NAMED = re.compile(r"`(lplate_[a-z_]+)`")
SUFFIXES = {"counter": "_total", "info": "_info"}


@pytest.fixture
def page() -> str:
    """Return the page's text."""
    return PAGE.read_text(encoding="utf-8")


async def test_every_metric_is_explained(
    house: BotHouse, scrape: Callable[[], Awaitable[Samples]], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each family stands on the page under the name one asks Prometheus for; no other does."""
    await house.begin()
    monkeypatch.setattr(house.store, "state", lambda: StoreState(free_bytes=1))
    families = [family for family in (await scrape()).families if family.name.startswith("lplate")]
    served = {family.name + SUFFIXES.get(family.type, "") for family in families}
    assert set(NAMED.findall(page)) == served


async def test_every_label_is_explained(
    house: BotHouse, scrape: Callable[[], Awaitable[Samples]], page: str
) -> None:
    """The words that updates, errors and caches are told apart by are on the page."""
    await house.begin()
    values = {
        sample.labels[label]
        for family in (await scrape()).families
        for sample in family.samples
        for label in ("kind", "action", "reason", "cache", "state")
        if label in sample.labels and family.name.startswith("lplate")
    }
    assert len(values) > 25
    assert [value for value in values if f"`{value}`" not in page] == []
