"""The alerts, as far as Python alone can see; what they do in a made-up day is in test_prometheus.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = DEPLOY / "lplate.rules.yml"
CASES = DEPLOY / "lplate.rules.test.yml"

ALERTS: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]
]
NAMES = [alert["alert"] for alert in ALERTS]
by_name = pytest.mark.parametrize("alert", ALERTS, ids=NAMES)


def anchor(name: str) -> str:
    """Return the name in lower case, with hyphens."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def test_names_are_unique() -> None:
    """No alert hides another."""
    assert len(set(NAMES)) == len(NAMES) == 12


@by_name
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    """Each alert waits a while, has a severity, two sentences of words and a section to read."""
    notes = alert["annotations"]
    assert alert["for"]
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert notes["summary"].endswith(".")
    assert len(notes["description"]) > len(notes["summary"])
    assert notes["runbook"] == f"docs/troubleshooting.md#{anchor(alert['alert'])}"


def test_the_head_of_the_file_lists_the_runbooks() -> None:
    """Who writes the runbooks finds all anchors in one place."""
    head = RULES.read_text("utf-8").partition("groups:")[0]
    assert set(re.findall(r"\blplate-[a-z-]+", head)) == {anchor(name) for name in NAMES}


@by_name
def test_an_alert_is_proven_both_ways(alert: dict[str, Any]) -> None:
    """For each alert there is a case in which it fires and one in which it stays quiet."""
    titles = [case["name"] for case in yaml.safe_load(CASES.read_text("utf-8"))["tests"]]
    assert any(title.startswith(f"{alert['alert']}: fires ") for title in titles)
    assert any(title.startswith(f"{alert['alert']}: quiet ") for title in titles)


def test_the_example_scrapes_what_the_rules_ask_for() -> None:
    """The example's job is the one that rules and dashboard look for, at the bot's default address."""
    example = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))
    (job,) = example["scrape_configs"]
    assert job["job_name"] == "lplate"
    assert job["static_configs"] == [{"targets": ["127.0.0.1:9464"]}]
    assert all('job="lplate"' in alert["expr"] for alert in ALERTS)
    assert example["rule_files"] == [RULES.name]


def test_the_docs_list_the_alerts() -> None:
    """The monitoring page has a row for each alert, with its severity."""
    page = (DEPLOY.parents[1] / "docs" / "monitoring.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(Lplate\w+)` \|.*\| (\w+) \|$", page, re.MULTILINE))
    assert listed == {alert["alert"]: alert["labels"]["severity"] for alert in ALERTS}
