"""Every log call is an event with named fields, and docs/logs.md says what to do about it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
METHODS = {"debug", "info", "warning", "error", "critical", "exception"}
EVENT = re.compile(r"[a-z]+(_[a-z]+)*(?=[ :]|$)")
NAMELESS = re.compile(r"(?<![a-z]=)%[^%\s]")
ROW = re.compile(r"^\| `(?P<event>[a-z_]+)` \| (?P<level>[a-z]+) \| .+ \|$", re.MULTILINE)


class Call(NamedTuple):
    """One call of a logger."""

    where: str
    level: str
    template: str


def calls() -> Iterator[Call]:
    for folder in (ROOT / "bot", ROOT / "src"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and (level := level_of(node.func)):
                    yield Call(f"{path.relative_to(ROOT)}:{node.lineno}", level, template_of(node.args[0]))


def level_of(called: ast.expr) -> str:
    """Return the level if a logger's method is called, else nothing."""
    if not isinstance(called, ast.Attribute) or called.attr not in METHODS:
        return ""
    if ast.unparse(called.value) not in {"_log", "logger", "logging.getLogger(__name__)"}:
        return ""
    return "error" if called.attr == "exception" else called.attr


def template_of(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def documented() -> dict[str, str]:
    text = (ROOT / "docs" / "logs.md").read_text()
    return {row["event"]: row["level"] for row in ROW.finditer(text)}


def test_there_are_calls() -> None:
    """The walk over the sources finds what is there."""
    assert len(list(calls())) > 50


def test_every_call_is_an_event() -> None:
    """A call's template is constant and begins with the event's name."""
    assert not [call for call in calls() if not EVENT.match(call.template)]


def test_every_value_has_a_name() -> None:
    """Values are fields, ``name=%s``: a program can read them."""
    assert not [call for call in calls() if NAMELESS.search(call.template)]


def test_events_are_documented() -> None:
    """Each event is a row of docs/logs.md, at its level, with what it means and what to do."""
    found = {call.template.partition(" ")[0].rstrip(":"): call.level for call in calls()}
    known = documented()
    missing = [f"| `{event}` | {level} | ... |" for event, level in found.items() if event not in known]
    assert not missing, "docs/logs.md lacks these rows"
    assert known == found
