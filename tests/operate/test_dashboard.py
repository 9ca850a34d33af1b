"""The dashboard is what its short table says, and can be imported."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana"
DASHBOARD: dict[str, Any] = json.loads((FOLDER / "lplate.json").read_text("utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]


def test_the_file_is_up_to_date() -> None:
    """The JSON is what dashboard.py writes; if this fails, run it."""
    written = runpy.run_path(str(FOLDER / "dashboard.py"))
    assert written["text"]() == (FOLDER / "lplate.json").read_text("utf-8")


def test_any_data_source_will_do() -> None:
    """Nothing names a data source of its own: the variable is asked everywhere."""
    assert [it["name"] for it in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    charts = [panel for panel in PANELS if panel["type"] != "row"]
    used = [it["datasource"] for panel in charts for it in (panel, *panel["targets"])]
    assert used == [{"type": "prometheus", "uid": "${datasource}"}] * len(used)


def test_panels_have_a_place_of_their_own() -> None:
    """No two panels overlap, none is wider than the page, ids are unique."""
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        box = panel["gridPos"]
        cells = {(box["x"] + x, box["y"] + y) for x in range(box["w"]) for y in range(box["h"])}
        assert not cells & taken
        assert box["x"] + box["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)


def test_rows_tell_what_is_watched() -> None:
    """There is a row for the promise, load, commit and database, egress, process and caches."""
    rows = [panel["title"] for panel in PANELS if panel["type"] == "row"]
    assert len(rows) == 6
    assert all(panel["description"] for panel in PANELS if panel["type"] != "row")
