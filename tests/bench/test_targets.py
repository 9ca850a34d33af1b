"""What is made of measurements."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lplate_native
from bench import memory, sanitised
from bench.targets import report, sets, texts
from bench.targets.target import Effort, Outcome, shown

ROOT = Path(memory.__file__).parents[1]
SMALL = Effort(rounds=3, shrink=1000)


@pytest.mark.parametrize(
    ("value", "limit", "verdict"), [(0.5, 0.5, "met"), (0.51, 0.5, "MISSED"), (9.0, None, "told")]
)
def test_verdict(value: float, limit: float | None, verdict: str) -> None:
    """A target is met up to its limit, and what has none is only told."""
    assert Outcome("LRU", "hit", value, "x", limit).verdict == verdict


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.754, "x", "0.75 x"),
        (0.0042, "x", "0.004 x"),
        (39.26, "B", "39.3 B"),
        (0, "of", "0 of"),
        (None, "x", "-"),
    ],
)
def test_figures_are_short(value: float | None, unit: str, text: str) -> None:
    """Figures have as many digits as mean something."""
    assert shown(value, unit) == text


def test_page_says_what_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page opens its table with the targets that are missed, and says so if none is."""
    monkeypatch.setattr(report, "surroundings", lambda: {"commit": "abc"})
    missed = Outcome("LRU int", "put at 128", 1.2, "x", 0.5)
    assert "Missed: LRU int: put at 128." in report.page([missed], {"dict.get": 250.4})
    page = report.page([Outcome("LRU int", "hit", 0.5, "x", 0.75)], {})
    assert "All targets are met." in page
    assert "valgrind was missing" in page


def test_small_measurement() -> None:
    """An area measures with little effort, gives figures and names its unequal digests: none."""
    outcomes = [*sets.measure(SMALL), *texts.measure(SMALL)]
    assert {"DigestSet", "SeenWindow", "Normalise + MD5"} == {outcome.structure for outcome in outcomes}
    assert outcomes[-1].name == "unequal digests"
    assert outcomes[-1].value == 0


@pytest.mark.skipif(not memory.STATM.exists(), reason="no /proc: memory of the process is not known")
def test_weight_is_of_the_entries() -> None:
    """A set of ints weighs what its slots and its ints take, and no more than that doubled by growth."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bench.memory", "set of int", "200000"]
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    assert 40 < float(run.stdout) < 160


def test_only_leaks_of_the_core_count() -> None:
    """Of the leaks a sanitizer reports, those are found whose stack passes the core."""
    module = Path(lplate_native.__file__).parent.name
    text = (
        "Direct leak of 8 byte(s) in 1 object(s) allocated from:\n    #0 malloc\n    #1 PyType_Ready\n\n"
        "Direct leak of 9 byte(s) in 1 object(s) allocated from:\n    #0 malloc\n"
        f"    #1 x (/t/{module}/lru.so)\n\n"
    )
    [leak] = sanitised.leaks_of_core([text])
    assert "9 byte" in leak
