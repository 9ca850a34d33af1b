"""What all tests share: the compiled starter bank, and a loud word on what could not be tested here."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

STRICT = "REQUIRE_PARTS"
"""Set to 1, a part that is missing fails the run."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder of this test's own in which the starter bank is compiled already."""
    from playing import add_compiled_banks  # noqa: PLC0415 - the whole bot, which few tests need

    return add_compiled_banks(tmp_path / "data")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped for want of a part of the machine, as a browser, and how often."""
    reasons = skip_reasons(terminalreporter.stats.get("skipped", []))
    if not reasons:
        return
    terminalreporter.section("NOT TESTED HERE", sep="!", red=True, bold=True)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:4} skipped: {reason}", red=True)
    terminalreporter.write_line(f"{STRICT}=1 makes this a failure.")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if parts are missing that are required."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    is_short = reporter is not None and bool(reporter.stats.get("skipped"))
    if is_short and os.environ.get(STRICT) == "1" and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def skip_reasons(reports: list[pytest.TestReport]) -> Counter[str]:
    """Count skipped tests by reason."""
    found = (report.longrepr for report in reports)
    return Counter(where[2].removeprefix("Skipped: ") for where in found if isinstance(where, tuple))
