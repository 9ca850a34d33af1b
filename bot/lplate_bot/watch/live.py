"""``lplate top``: frame after frame until somebody has seen enough."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.live import Live

from lplate_bot.watch.keyboard import CTRL_C, keyboard
from lplate_bot.watch.scrape import NoBotError, scrape
from lplate_bot.watch.screen import frame
from lplate_bot.watch.span import Span
from lplate_bot.watch.vitals import vitals
from lplate_bot.watch.words import age

if TYPE_CHECKING:
    from rich.console import RenderableType

    from lplate_bot.watch.snapshot import Snapshot

WINDOW_S: Final = 15.0
"""Rates and quantiles are of as long a stretch: shorter ones jump about, longer ones come late."""
_LEAVING: Final = frozenset(("q", "Q", CTRL_C, "\x04"))
_HEIGHT: Final = 24


def once(url: str, interval_s: float) -> None:
    """Print one frame over *interval_s* seconds.

    Raises:
        NoBotError: if no bot answers.
    """
    before = scrape(url)
    time.sleep(interval_s)
    Console(highlight=False).print(frame(vitals(Span(before, scrape(url)), time.time()), _HEIGHT))


def watch(url: str, interval_s: float) -> None:
    """Show a frame every *interval_s* seconds until q or Ctrl-C; a bot that goes away is waited for.

    Raises:
        NoBotError: if no bot answers at the start.
    """
    view = _View(url, interval_s)
    console = Console(highlight=False)
    with keyboard() as wait, Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(view.frame(console.height), refresh=True)
            if wait(interval_s) in _LEAVING:
                return
            view.look()


class _View:
    """Hold the snapshots of the window."""

    def __init__(self, url: str, interval_s: float) -> None:
        self._url = url
        self._seen: deque[Snapshot] = deque([scrape(url)], maxlen=max(2, round(WINDOW_S / interval_s) + 1))
        self._missing_since_s: float | None = None

    def look(self) -> None:
        """Ask the bot again."""
        try:
            self._seen.append(scrape(self._url))
            self._missing_since_s = None
        except NoBotError:
            self._missing_since_s = self._missing_since_s or time.monotonic()

    def frame(self, height: int) -> RenderableType:
        """Return what to show now."""
        span = Span(self._seen[0], self._seen[-1])
        if self._missing_since_s is None:
            return frame(vitals(span, time.time()), height, "q leaves")
        gone = age(time.monotonic() - self._missing_since_s)
        return frame(vitals(span, time.time()), height, f"NO ANSWER for {gone}, q leaves")
