"""The last quarter of an hour, kept in the bot for those without Prometheus."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate_bot.watch.snapshot import Snapshot, snapshot_of
from lplate_bot.watch.span import Span
from lplate_bot.watch.vitals import Vitals, vitals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client import Metric

STEP_S: Final = 5.0
POINTS: Final = 180
"""A quarter of an hour of steps, some 100 kB."""
_RECENT: Final = 12
"""The numbers of now are those of the last minute: in five seconds of a quiet bot little happens."""


@dataclass(frozen=True, slots=True)
class Point:
    """Hold what the charts show of one step that ended at *at_s* of the wall clock."""

    at_s: float
    learners: int
    replies_per_s: float
    p50_s: float | None
    p99_s: float | None
    errors_per_s: float
    limited_per_s: float
    waiting: int
    commit_p99_s: float | None
    calls_per_s: float
    floods_per_s: float
    rss_bytes: int
    cpu_share: float


class History:
    """Sample the metrics every step; memory is bounded, whatever happens."""

    def __init__(self, clock_s: Callable[[], float], wall_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._wall_s = wall_s
        self._recent: deque[Snapshot] = deque(maxlen=_RECENT + 1)
        self._points: deque[Point] = deque(maxlen=POINTS)

    async def keep(self, collect: Callable[[], Iterable[Metric]]) -> None:
        """Sample until cancelled; between two families that *collect* yields presses go on."""
        while True:
            families = []
            for family in collect():
                families.append(family)
                await asyncio.sleep(0)
            self.add(families)
            await asyncio.sleep(STEP_S)

    def add(self, families: Iterable[Metric]) -> None:
        """Take one sample; the first has nothing to be compared with, so it makes no point yet."""
        now = snapshot_of(families, self._clock_s())
        if self._recent:
            self._points.append(_point(vitals(Span(self._recent[-1], now), self._wall_s()), self._wall_s()))
        self._recent.append(now)

    def points(self) -> tuple[Point, ...]:
        """Return the points, the oldest first."""
        return tuple(self._points)

    def now(self) -> Vitals | None:
        """Return the vitals of the last minute, None until there were two samples."""
        if len(self._recent) < 2:  # noqa: PLR2004 - a stretch has two ends
            return None
        return vitals(Span(self._recent[0], self._recent[-1]), self._wall_s())


def _point(seen: Vitals, at_s: float) -> Point:
    queues = seen.queues
    return Point(
        at_s=round(at_s, 1),
        learners=seen.promise.learners,
        replies_per_s=seen.promise.replies_per_s,
        p50_s=seen.promise.p50_s,
        p99_s=seen.promise.p99_s,
        errors_per_s=seen.promise.errors_per_s,
        limited_per_s=seen.promise.limited_per_s,
        waiting=queues.updates + queues.calls + queues.inbox,
        commit_p99_s=seen.commit.p99_s,
        calls_per_s=seen.egress.calls_per_s,
        floods_per_s=seen.egress.floods_per_s,
        rss_bytes=seen.process.rss_bytes,
        cpu_share=seen.process.cpu_share,
    )
