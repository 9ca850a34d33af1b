"""Every experiment of `make torture` in short; two of them are so in tests/crash and tests/e2e already."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from torture.experiments import EXPERIMENTS
from torture.scale import SHORT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ELSEWHERE = {"power cuts", "full disk"}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep a thousand warnings about spoilt updates out of the report."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name not in ELSEWHERE])
async def test_every_promise_is_kept(name: str, tmp_path: Path) -> None:
    """Nothing is lost, doubled or left unanswered, and no other promise is broken."""
    verdict = await EXPERIMENTS[name](SHORT, tmp_path)
    assert verdict.complaints == ()
    assert verdict.is_sound, str(verdict)
