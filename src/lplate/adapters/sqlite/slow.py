"""Tell which statements take long, and how SQLite serves them; what they are about stays unsaid."""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import apsw

from lplate.adapters.sqlite.connection import open_reader
from lplate.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from apsw.ext import QueryPlan

_log = logging.getLogger(__name__)

WINDOW_S: Final = 60.0
LONGEST_TEXT: Final = 240
"""Characters of a statement that are told; many rows in one make it long."""
_NS_PER_MS: Final = 1_000_000
_NOT_PLANNED: Final = ("BEGIN", "COMMIT", "ROLLBACK", "VACUUM", "PRAGMA")


class SlowQueries:
    """Log statements that take *threshold_ms* or longer, each kind at most once a minute with a count.

    SQLite's own clock has milliseconds. The writer's statements are timed from outside instead: a call back
    in the midst of a commit would have to win the interpreter's lock.
    """

    def __init__(self, path: Path, threshold_ms: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.set_threshold(threshold_ms)
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._quiet_until_s: dict[str, float] = {}
        self._untold: dict[str, int] = {}

    def set_threshold(self, threshold_ms: float) -> None:
        """Log what takes so long from now on; 0: nothing."""
        self.threshold_ns = threshold_ms * _NS_PER_MS if threshold_ms else math.inf

    def watch(self, connection: apsw.Connection) -> None:
        """Have *connection* tell of each statement that has ended."""
        connection.set_profile(self.note)

    def timed(self, execute: Callable[..., apsw.Cursor]) -> Callable[..., apsw.Cursor]:
        """Return *execute* with a clock around it."""

        def run(text: str, bindings: Any = None) -> apsw.Cursor:
            began_ns = time.perf_counter_ns()
            try:
                return execute(text, bindings)
            finally:
                self.note(text, time.perf_counter_ns() - began_ns)

        return run

    def note(self, text: str, took_ns: int) -> None:
        """Log a statement if it took long; may be called from any thread."""
        if took_ns >= self.threshold_ns:
            self._note_slow(" ".join(text.split()), took_ns)

    def _note_slow(self, text: str, took_ns: int) -> None:
        kind = text[:LONGEST_TEXT]
        times = self._times_to_tell(kind)
        if not times:
            return
        _log.warning(
            "slow_query took_ms=%.0f times=%d plan=%s sql=%s",
            took_ns / _NS_PER_MS, times, self._plan(text), kind, extra={"kind": kind},
        )  # fmt: skip

    def _times_to_tell(self, kind: str) -> int:
        """Return how often a kind was slow since it was told last, 0 if it is too early to tell again."""
        now_s = self._clock()
        with self._lock:
            times = self._untold.pop(kind, 0) + 1
            if now_s < self._quiet_until_s.get(kind, 0.0):
                self._untold[kind] = times
                return 0
            self._quiet_until_s[kind] = now_s + WINDOW_S
            return times

    def _plan(self, text: str) -> str:
        """Return the steps of SQLite's plan, on a connection of its own."""
        if text.startswith(_NOT_PLANNED):
            return "none: it waited for the disk or another program"
        try:
            with closing(open_reader(self._path)) as connection:
                return "; ".join(plan_of(connection, text))
        except (StoreError, apsw.Error) as fault:
            return f"not to be had: {fault}"


def plan_of(connection: apsw.Connection, text: str) -> list[str]:
    """Return the steps by which SQLite would run a statement, as EXPLAIN QUERY PLAN has them; nothing is run.

    Raises:
        apsw.Error: if it is no statement for this database.
    """
    from apsw.ext import query_info  # noqa: PLC0415 - needed once in a while, and large

    plan = query_info(connection, text, explain_query_plan=True).query_plan
    return list(_steps(plan)) if plan is not None else []


def _steps(plan: QueryPlan) -> Iterator[str]:
    for below in plan.sub or ():
        yield below.detail
        yield from _steps(below)
