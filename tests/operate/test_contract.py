"""What alerts and dashboard ask for is what the bot shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from operate.promql import groupings, selectors
from operate.real_bot import scraped, used_bot

if TYPE_CHECKING:
    from collections.abc import Iterator

DEPLOY = Path(__file__).parents[2] / "deploy"


def alert_expressions() -> Iterator[tuple[str, str]]:
    """Yield the name and the expression of each alert."""
    for group in yaml.safe_load((DEPLOY / "prometheus" / "lplate.rules.yml").read_text("utf-8"))["groups"]:
        yield from ((rule["alert"], rule["expr"]) for rule in group["rules"])


def panel_expressions() -> Iterator[tuple[str, str]]:
    """Yield the title and each expression of each panel."""
    dashboard: dict[str, Any] = json.loads((DEPLOY / "grafana" / "lplate.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel.get("targets", ()))


EXPRESSIONS = [*alert_expressions(), *panel_expressions()]


async def shown(data: Path) -> dict[str, list[dict[str, str]]]:
    """Return the labels of every sample of a bot that was used a little, by name."""
    found: dict[str, list[dict[str, str]]] = {}
    async with used_bot(data) as url:
        for family in (await scraped(url)).families:
            for sample in family.samples:
                found.setdefault(sample.name, []).append(sample.labels)
    return found


async def test_every_metric_asked_for_is_shown(data: Path) -> None:
    """Each metric of each alert and panel exists in the bot's exposition, with the labels asked for."""
    found = await shown(data)
    wrong = []
    for title, expression in EXPRESSIONS:
        asked = selectors(expression)
        assert asked or "up{" in expression, f"{title}: nothing is asked for in {expression}"
        known = {label for it in asked for labels in found.get(it.metric, ()) for label in labels}
        wrong += [f"{title}: no label {label}" for label in groupings(expression) - known]
        wrong += [
            f"{title}: no {it}"
            for it in asked
            if not any(bears(labels, it.labels) for labels in found.get(it.metric, ()))
        ]
    assert wrong == []


def bears(labels: dict[str, str], matchers: tuple[tuple[str, str], ...]) -> bool:
    """Return True if a sample has all labels of *matchers*; patterns are not compared."""
    return all(
        name in labels and (labels[name] == text or not text.isidentifier()) for name, text in matchers
    )


@pytest.mark.parametrize(
    ("expression", "metrics", "labels"),
    [
        ('sum by (le) (rate(lplate_x_bucket{job="lplate", action="next"}[5m]))', ["lplate_x_bucket"], {"le"}),
        ('lplate_a{job="lplate"} / on (instance) process_b', ["lplate_a", "process_b"], set()),
    ],
)
def test_expressions_are_understood(expression: str, metrics: list[str], labels: set[str]) -> None:
    """The little parser sees metrics and groupings where they are."""
    assert [it.metric for it in selectors(expression)] == metrics
    assert groupings(expression) == labels
