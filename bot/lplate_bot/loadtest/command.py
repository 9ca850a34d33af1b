"""``lplate load``: from options to a verdict."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvloop

from lplate_bot.loadtest import page, progress
from lplate_bot.loadtest.run import load, load_running

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_bot.loadtest.plan import LoadPlan
    from lplate_bot.loadtest.result import Result


@dataclass(frozen=True, slots=True)
class Output:
    """Say where figures go beside the screen."""

    json: Path | None = None
    html: Path | None = None


def run(plan: LoadPlan, pid: int | None, output: Output) -> bool:
    """Carry out *plan*, tell the result, and return True if nothing was wrong.

    *pid* is that of a bot which runs already; without one a bot is started.
    """
    lines = progress.Progress(sys.stderr)
    lines.begin(plan)
    result = uvloop.run(load(plan, lines.second) if pid is None else load_running(plan, pid, lines.second))
    print(progress.summary(result))  # noqa: T201 - what the command is for
    _write(result, output)
    return result.is_clean


def _write(result: Result, output: Output) -> None:
    if output.json is not None:
        output.json.write_bytes(result.to_json())
    if output.html is not None:
        output.html.write_text(page.page(result))
