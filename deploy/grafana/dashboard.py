"""Write lplate.json, the dashboard, from the short table below: ``python deploy/grafana/dashboard.py``.

In an expression @ stands for the labels that pick the bot. A row is a list of panels, 24 columns wide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("lplate.json")
BOT = 'job="lplate",instance=~"$instance"'
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HEIGHT = 7
COLUMNS = 24


@dataclass(frozen=True, slots=True)
class Panel:
    """Hold one chart: *queries* by legend; *bound* is drawn as a line, from there on it is bad."""

    title: str
    meaning: str
    unit: str
    queries: dict[str, str]
    bound: float | None = None
    stacks: bool = False


def rate(name: str, by: str = "") -> str:
    """Return the growth each second of a counter, for each value of *by*."""
    return f"sum{f' by ({by})' if by else ''} (rate({name}{{@}}[$__rate_interval]))"


def quantile(share: float, name: str, by: str = "") -> str:
    """Return a quantile of a histogram, for each value of *by*."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({name}_bucket{{@}}[$__rate_interval])))"


def times(name: str) -> dict[str, str]:
    """Return the three quantiles of a histogram that are worth a line each."""
    return {"half within": quantile(0.5, name), "95 %": quantile(0.95, name), "99 %": quantile(0.99, name)}


CACHES = 'cache!="seen_updates"'
"""In the window of update ids a hit is an update that came twice: none is best."""
HITS = f"sum by (cache) (rate(lplate_cache_hits_total{{@,{CACHES}}}[$__rate_interval]))"
MISSES = HITS.replace("hits", "misses")
ROWS: dict[str, list[Panel]] = {
    "The promise: every press is answered, within a second": [
        Panel("Response time", "From the arrival of an update until Telegram has taken its reply.", "s",
              times("lplate_response_seconds"), bound=1),
        Panel("Slowest presses", "Within this time 99 of 100 presses of a kind are answered.", "s",
              {"{{action}}": quantile(0.99, "lplate_response_seconds", "action")}, bound=1),
        Panel("Error share", "Updates not handled as they should be, of all.", "percentunit",
              {"errors": f"{rate('lplate_update_errors_total')} / {rate('lplate_updates_total')}"},
              bound=0.01),
        Panel("Errors by reason", "malformed: unreadable. store: not taken by the database. busy: no room.",
              "ops", {"{{reason}}": rate("lplate_update_errors_total", "reason")}, stacks=True),
        Panel("Ready", "1 while /readyz says so; maintenance: learners are asked to come back.", "short",
              {"ready": "lplate_ready{@}", "maintenance": "lplate_maintenance{@}"}),
        Panel("Acknowledged within", "From the arrival of an update until its effect is on disk.", "s",
              times("lplate_ack_seconds")),
    ],
    "Load": [
        Panel("Updates by kind", "What learners do, each second.", "ops",
              {"{{kind}}": rate("lplate_updates_total", "kind")}, stacks=True),
        Panel("Learners active", "Who pressed something within five minutes.", "short",
              {"learners": "lplate_learners_active{@}"}),
        Panel("Refused and repeated", "Refused by the rate limit, and brought again by Telegram.", "ops",
              {"refused, {{tier}}": rate("lplate_rate_limited_total", "tier"),
               "came again": rate("lplate_updates_duplicate_total")}),
        Panel("Queues", "What waits in the bot; beyond its bounds updates stay at Telegram.", "short",
              {"updates": "lplate_updates_waiting{@}", "rows that may wait": "lplate_commit_waiting{@}",
               "calls": "lplate_calls_waiting{@}", "commands": "lplate_inbox_waiting{@}",
               "learners with work under way": "lplate_lanes_busy{@}"}, bound=1000),
    ],
    "Commit and database": [
        Panel("Commit time", "What the database takes for a group of changes, synced to disk.", "s",
              times("lplate_commit_seconds")),
        Panel("Wait for the commit", "How long the first change of a group waited for the database.", "s",
              times("lplate_commit_wait_seconds")),
        Panel("Commits", "Groups committed, changes in them, and groups the database did not take.", "ops",
              {"groups": rate("lplate_commit_groups_total"), "changes": rate("lplate_commit_changes_total"),
               "failures": rate("lplate_commit_failures_total")}),
        Panel("Changes in a group", "More load makes larger groups: so the disk keeps up.", "short",
              {"mean": f"{rate('lplate_commit_group_size_sum')} / {rate('lplate_commit_group_size_count')}",
               "99 %": quantile(0.99, "lplate_commit_group_size")}),
        Panel("Write-ahead log", "Cut at 32 MB; it grows while another program reads for long.", "bytes",
              {"log": "lplate_wal_bytes{@}"}, bound=256 * 1024 * 1024),
        Panel("Checkpoints", "Copies of the log into the database, and their time.", "short",
              {"each second": rate("lplate_checkpoints_total"),
               "99 % within, seconds": quantile(0.99, "lplate_checkpoint_seconds")}),
        Panel("Database and disk", "Size of the learners' database, and what is left on its disk.", "bytes",
              {"database": "lplate_database_bytes{@}", "free": "lplate_disk_free_bytes{@}"}),
        Panel("Reading connections", "For statistics and exports; answers go by the writer.", "short",
              {"{{state}}": "sum by (state) (lplate_connections{@})"}),
    ],
    "Calls to Telegram": [
        Panel("Calls by method", "Calls that ended, each second.", "ops",
              {"{{method}}": rate("lplate_api_calls_total", "method")}, stacks=True),
        Panel("Calls by status", "The HTTP status; none: no answer came.", "ops",
              {"{{status}}": rate("lplate_api_calls_total", "status")}),
        Panel("Call time", "Within this time 99 of 100 calls of a method are answered.", "s",
              {"{{method}}": quantile(0.99, "lplate_api_seconds", "method")}),
        Panel("Told to slow down", "429 answers, and chats held back for them.", "short",
              {"429 each second": rate("lplate_api_floods_total"),
               "chats held back": "lplate_flood_wait_chats{@}",
               "seconds held back, each second": rate("lplate_api_held_seconds_total")}, bound=0.2),
        Panel("Pictures", "Sent by their file id, or with their bytes.", "ops",
              {"by file id": rate("lplate_uploads_avoided_total"), "uploaded": rate("lplate_uploads_total")}),
    ],
    "Memory and process": [
        Panel("Memory", "Resident memory. Levels off once the caches are full.", "bytes",
              {"resident": "process_resident_memory_bytes{@}"}),
        Panel("Processor", "Share of one core; the bot uses one.", "percentunit",
              {"used": rate("process_cpu_seconds_total")}, bound=0.9),
        Panel("Event-loop lag", "How late timers are: whatever computes too long delays everybody.", "s",
              times("lplate_loop_lag_seconds"), bound=0.25),
        Panel("Garbage collection", "Pauses in which nothing else happens.", "s",
              {"99 % of pauses": quantile(0.99, "lplate_gc_pause_seconds")}),
        Panel("Open files", "Connections and files, and how many there may be.", "short",
              {"open": "process_open_fds{@}", "at most": "process_max_fds{@}"}),
    ],
    "Caches": [
        Panel("Found in memory", "Share of look-ups that a cache answers.", "percentunit",
              {"{{cache}}": f"{HITS} / ({HITS} + {MISSES})"}),
        Panel("Fill", "Entries held, as a share of the room.", "percentunit",
              {"{{cache}}": "lplate_cache_entries{@} / lplate_cache_capacity{@}"}),
        Panel("Pushed out", "Entries that had to go for want of room, each second.", "ops",
              {"{{cache}}": rate("lplate_cache_evictions_total", "cache")}),
    ],
}  # fmt: skip


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana imports it."""
    return {
        "uid": "lplate", "title": "lplate", "tags": ["lplate"], "schemaVersion": 39, "version": 1,
        "timezone": "browser", "refresh": "30s", "time": {"from": "now-3h", "to": "now"}, "editable": True,
        "graphTooltip": 1, "templating": {"list": [_source(), _instance()]}, "panels": _panels(),
    }  # fmt: skip


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}


def _instance() -> dict[str, Any]:
    query = 'label_values(lplate_ready{job="lplate"}, instance)'
    return {
        "name": "instance", "label": "Bot", "type": "query", "datasource": SOURCE, "definition": query,
        "query": {"query": query, "refId": "instances"}, "refresh": 2, "sort": 1, "multi": True,
        "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip


def _panels() -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    top = 0
    for title, panels in ROWS.items():
        made.append({"type": "row", "title": title, "collapsed": False, "id": len(made) + 1,
                     "gridPos": {"x": 0, "y": top, "w": COLUMNS, "h": 1}, "panels": []})  # fmt: skip
        top += 1
        in_line = _in_line(len(panels))
        for place, panel in enumerate(panels):
            line, column = divmod(place, in_line)
            width = COLUMNS // in_line
            box = {"x": column * width, "y": top + line * HEIGHT, "w": width, "h": HEIGHT}
            made.append(_panel(panel, len(made) + 1, box))
        top += -(-len(panels) // in_line) * HEIGHT
    return made


def _in_line(panels: int) -> int:
    """Return how many panels of a row stand beside each other, so that no line has a gap if that can be."""
    return next((number for number in (4, 3) if panels % number == 0), 3)


def _panel(panel: Panel, number: int, box: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number, "type": "timeseries", "title": panel.title, "description": panel.meaning,
        "datasource": SOURCE, "gridPos": box, "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                    "tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": [_target(legend, query, "ABCDEFGH"[place])
                    for place, (legend, query) in enumerate(panel.queries.items())],
    }  # fmt: skip


def _field(panel: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bound is not None:
        steps.append({"color": "red", "value": panel.bound})
    return {
        "unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps},
        "custom": {
            "drawStyle": "line", "lineWidth": 1, "fillOpacity": 30 if panel.stacks else 10,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacks else "none", "group": "A"},
            "thresholdsStyle": {"mode": "off" if panel.bound is None else "dashed"},
        },
    }  # fmt: skip


def _target(legend: str, query: str, name: str) -> dict[str, Any]:
    return {"refId": name, "expr": query.replace("@", BOT), "legendFormat": legend, "datasource": SOURCE}


def text() -> str:
    """Return the file's content."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
