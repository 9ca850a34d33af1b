"""Short loads of the real bot, in a process of its own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import apsw
import pytest

from lplate_bot.loadtest.deck import Deck
from lplate_bot.loadtest.dialect import LplateDialect
from lplate_bot.loadtest.page import page
from lplate_bot.loadtest.plan import MIXED, Delivery, Flow, LoadPlan, Loop
from lplate_bot.loadtest.progress import summary
from lplate_bot.loadtest.run import load_command
from lplate_bot.loadtest.subject import lplate_command
from playing import add_compiled_banks, bank_questions

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_bot.loadtest.result import Result


@pytest.fixture(scope="module")
def deck() -> Deck:
    """Return the starter bank's answers."""
    found = Deck()
    for question in bank_questions():
        for language in MIXED.languages:
            found._add(question, language.split("-"))
    return found


@pytest.mark.parametrize(
    ("loop", "delivery", "flow"),
    [
        (Loop.CLOSED, Delivery.WEBHOOK, Flow.CARD),
        (Loop.OPEN, Delivery.POLLING, Flow.FAST),
        (Loop.OPEN, Delivery.WEBHOOK, Flow.MESSAGES),
    ],
)
async def test_the_real_bot_replies_exactly_once(
    deck: Deck, tmp_path: Path, loop: Loop, delivery: Delivery, flow: Flow
) -> None:
    """Under load of all habits the ledger finds no fault, and its figures agree with the database's."""
    plan = LoadPlan(
        learners=30, seconds=2.0, loop=loop, delivery=delivery, flow=flow, rate=80, think_s=0.2, lead_in_s=0.2
    )
    seconds: list[object] = []
    data = add_compiled_banks(tmp_path / "data")
    dialect = LplateDialect(deck, plan.habits, flow)
    result = await load_command(plan, lplate_command(plan), dialect, data, seconds.append)
    assert result.faults == {}, result.examples
    assert result.updates > 30
    assert result.answers_given == attempts(data)
    assert result.commits
    assert result.group_size
    assert result.updates / 2 < result.commits * result.group_size < 4 * result.updates
    assert len(seconds) == len(result.timeline) >= 2
    assert result.p50_ms <= result.p90_ms <= result.p99_ms <= result.max_ms
    assert_report_agrees(result)


def assert_report_agrees(result: Result) -> None:
    """Check that page and summary tell the figures of the result."""
    html = page(result)
    assert f"{result.updates_per_s:.0f}/s" in html
    assert f"{result.updates} updates" in summary(result)
    assert f"<b>{result.commits}</b>" in html
    assert f"commits {result.commits} of {result.group_size:.1f} changes" in summary(result)
    assert html.count("<svg") == 6
    assert "http" not in html.replace("http-equiv", "")


def attempts(data: Path) -> int:
    """Return how many answers the bot has stored, checking that none stands twice."""
    counts: Counter[tuple[object, ...]] = Counter()
    for path in data.glob("learners-*.db"):
        connection = apsw.Connection(str(path))
        counts.update(connection.execute("SELECT learner_id, session, step FROM attempt"))
        connection.close()
    assert set(counts.values()) <= {1}
    return counts.total()
