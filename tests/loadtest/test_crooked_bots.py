"""A bot that does something wrong is found out, and figures agree with what it counted itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lplate_bot.loadtest.dialect import PlainDialect
from lplate_bot.loadtest.plan import PLAIN, Delivery, LoadPlan
from lplate_bot.loadtest.run import load_command
from lplate_bot.loadtest.subject import Command, SubjectError

BOT = Path(__file__).with_name("crooked_bot.py")
ENVIRONMENT = {"API": "{api}", "DATA": "{data}"}
PLAN = LoadPlan(
    learners=5, seconds=0.6, think_s=0.01, lead_in_s=0, patience_s=1, delivery=Delivery.POLLING, habits=PLAIN
)


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("none", set[str]()),
        ("silent", {"missing"}),
        ("twice", {"doubled"}),
        ("neighbour", {"missing"}),  # and stray or foreign, as it comes
    ],
)
async def test_planted_faults_are_found(fault: str, found: set[str], tmp_path: Path) -> None:
    """A silent, a doubled and a misdirected reply each show; a bot without fault has none."""
    command = Command((sys.executable, str(BOT), fault), ENVIRONMENT)
    result = await load_command(PLAN, command, PlainDialect(), tmp_path)
    assert found <= result.faults.keys(), result.examples
    assert bool(result.faults) is bool(found), result.examples
    if not found:
        assert result.answers_given == int((tmp_path / "presses").read_text())
        assert 0 < result.updates <= result.answers_given


async def test_a_bot_that_dies_ends_the_test(tmp_path: Path) -> None:
    """Instead of waiting for it, the load test says what the bot said last."""
    command = Command((sys.executable, "-c", "raise SystemExit('no money left')"), ENVIRONMENT)
    with pytest.raises(SubjectError, match="no money left"):
        await load_command(PLAN, command, PlainDialect(), tmp_path)
