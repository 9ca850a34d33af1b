"""The settings of a load test's bot."""

from __future__ import annotations

from lplate_bot.loadtest.plan import LoadPlan
from lplate_bot.loadtest.subject import lplate_command


def test_settings_count_for_more_than_those_of_a_load_test() -> None:
    """What the plan names goes on the command line, which is stronger than the environment."""
    command = lplate_command(LoadPlan(settings=("preset=small", "log_level=error")))
    assert command.arguments[-4:] == ("--set", "preset=small", "--set", "log_level=error")
    assert command.environment["LPLATE_LOG_LEVEL"] == "warning"
