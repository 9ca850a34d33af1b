"""The comparison of bots judges what it measured, and compares what can be compared."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.bots import scaling, targets
from bench.bots.contenders import ALL, BANK, CARD, FAST, FLOOR_1, PTB, export_bank, export_questions
from bench.bots.targets import Target, cpu_targets, per_question_us
from lplate.importing.validation import check_bank
from lplate_bot.loadtest.result import Result

if TYPE_CHECKING:
    from pathlib import Path

RESULT = Result(
    plan={}, seconds=1, learners=1, updates=100, answers=100, extras=0, calls=0, updates_per_s=100, p50_ms=1,
    p90_ms=1, p99_ms=1, max_ms=1, mean_ms=1, cpu_us=10, cpu_user_us=5, cpu_system_us=5, bot_cpu=1, load_cpu=0,
    load_cpu_us=0, rss_mb=1, wal_mb=0, connections=0, commits=None, answers_given=0, answers_stored=None,
)  # fmt: skip


def test_a_question_costs_all_its_presses() -> None:
    """Where answering takes two presses, both count."""
    assert per_question_us(replace(RESULT, updates=200, answers=100)) == 20


def test_ratios_are_medians_of_rounds() -> None:
    """A ratio is taken within each round; drift between rounds does not show."""
    drift = (1.0, 3.0, 2.0)
    rounds = {each: [replace(RESULT, cpu_us=10 * factor) for factor in drift] for each in ALL}
    rounds[PTB] = [replace(RESULT, cpu_us=1000 * factor) for factor in drift]
    first, second, third, *_ = cpu_targets(rounds)
    assert (first.value, second.value, third.value) == (100, 1, 1)
    assert (first.is_met, second.is_met, third.is_met) == (True, False, True)


def test_limits_have_a_direction() -> None:
    """What shall be large is judged by the least, what shall be small by the most."""
    assert Target("ratio", 81, "x", targets.LEAST_PTB, is_least=True).is_met
    assert not Target("ratio", 79, "x", targets.LEAST_PTB, is_least=True).is_met
    assert not Target("time", 31, "ms", 30).is_met
    assert "MISSED" in Target("time", 31, "ms", 30).line()
    assert Target("told", 1e9, "x", None).is_met


def test_the_flows_compared_have_floors() -> None:
    """The bot's own flows and the floors run in the same rounds as the peers."""
    assert {FAST, CARD, PTB, FLOOR_1} <= set(ALL)


def test_peers_get_the_real_questions(tmp_path: Path) -> None:
    """The exported questions are the bank's single choices, with the right option known."""
    export_questions(tmp_path / "questions.json")
    found = json.loads((tmp_path / "questions.json").read_text())
    assert len(found) > 50
    assert all(len(each["options"]) > each["right"] and each["text"] for each in found)


def test_our_bank_is_answered_by_one_press(tmp_path: Path) -> None:
    """The bank for benchmarks is sound and has nothing to tick or type."""
    export_bank(tmp_path)
    findings = check_bank(tmp_path / BANK)
    assert not findings.errors
    assert not findings.warnings
    texts = "".join(path.read_text() for path in (tmp_path / BANK).rglob("*.yaml"))
    assert "type: single" in texts
    assert "type: multi" not in texts


@pytest.mark.parametrize("after", ["", "\n## Later\n\nmore\n"])
def test_the_section_is_replaced_in_place(tmp_path: Path, after: str) -> None:
    """Writing the table again changes its own section only."""
    page = tmp_path / "performance.md"
    page.write_text(f"# Performance\n\n## Before\n\nwords\n\n{scaling.HEADING}\nold\n{after}")
    scaling.write(page, f"{scaling.HEADING}\nnew\n")
    assert page.read_text() == f"# Performance\n\n## Before\n\nwords\n\n{scaling.HEADING}\nnew\n{after}"
