"""Look at bot and load every second, and add it all up."""

from __future__ import annotations

import asyncio
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from lplate_bot.loadtest.crowd import now_s
from lplate_bot.loadtest.procfs import Usage, usage
from lplate_bot.loadtest.result import Result, Second
from lplate_bot.loadtest.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.loadtest.api import ApiFace
    from lplate_bot.loadtest.crowd import Crowd
    from lplate_bot.loadtest.pace import Pace
    from lplate_bot.loadtest.subject import Subject

_MS: Final = 1000.0
_US: Final = 1e6
_MB: Final = 1e6
SAMPLE_S: Final = 1.0


class Measuring:
    """Measure from begin() on; *on_second* hears each sample."""

    def __init__(
        self, crowd: Crowd, face: ApiFace, pace: Pace, subject: Subject, on_second: Callable[[Second], None]
    ) -> None:
        self._crowd = crowd
        self._face = face
        self._pace = pace
        self._subject = subject
        self._on_second = on_second
        self._seconds: list[Second] = []
        self._began_s = 0.0
        self._calls_before = 0
        self._bot_before = Usage()
        self._load_before = Usage()
        self._last = (0.0, 0.0, 0.0)
        self._most_rss = self._most_wal = self._most_connections = 0
        self._ended_s = 0.0

    def begin(self) -> None:
        """Begin the measured part."""
        self._crowd.tally = Tally()
        self._bot_before, self._load_before = usage(self._subject.pid), usage(os.getpid())
        self._began_s = now_s()
        self._calls_before = self._face.calls
        self._last = (self._began_s, self._bot_before.cpu_s, self._load_before.cpu_s)

    async def run(self, seconds: float) -> None:
        """Sample until *seconds* have passed."""
        end_s = self._began_s + seconds
        while (left_s := end_s - now_s()) > 0:
            await asyncio.sleep(min(SAMPLE_S, left_s))
            self._sample()
        self._ended_s = now_s()

    def _sample(self) -> None:
        now, bot, load = now_s(), usage(self._subject.pid), usage(os.getpid())
        then, bot_then, load_then = self._last
        self._last = (now, bot.cpu_s, load.cpu_s)
        span_s = max(now - then, 1e-9)
        recent = self._crowd.tally.next_second()
        wal = self._subject.wal_bytes()
        self._most_rss = max(self._most_rss, bot.rss_bytes)
        self._most_wal = max(self._most_wal, wal)
        self._most_connections = max(self._most_connections, bot.connections)
        second = Second(
            at_s=round(now - self._began_s, 2),
            answered_per_s=round(recent.count / span_s, 1),
            p50_ms=round(recent.quantile_s(0.5) * _MS, 2),
            p99_ms=round(recent.quantile_s(0.99) * _MS, 2),
            bot_cpu=round((bot.cpu_s - bot_then) / span_s, 3),
            load_cpu=round((load.cpu_s - load_then) / span_s, 3),
            rss_mb=round(bot.rss_bytes / _MB, 1),
            wal_mb=round(wal / _MB, 2),
            waiting=len(self._crowd.under_way) + self._pace.late,
            faults=sum(self._crowd.ledger.faults.values()),
        )
        self._seconds.append(second)
        self._on_second(second)

    def close(self) -> Result:
        """Return the figures of the measured part; faults of all parts are told after finish()."""
        tally, plan = self._crowd.tally, self._crowd.plan
        span_s = max(self._ended_s - self._began_s, 1e-9)
        bot, load = usage(self._subject.pid), usage(os.getpid())
        count = max(tally.updates, 1)
        times = tally.times
        user_s = bot.user_s - self._bot_before.user_s
        system_s = bot.system_s - self._bot_before.system_s
        load_s = load.cpu_s - self._load_before.cpu_s
        return Result(
            plan=asdict(plan),
            seconds=span_s,
            learners=plan.learners,
            updates=tally.updates,
            answers=tally.answers,
            extras=tally.extras,
            calls=self._face.calls - self._calls_before,
            updates_per_s=tally.updates / span_s,
            p50_ms=times.quantile_s(0.5) * _MS,
            p90_ms=times.quantile_s(0.9) * _MS,
            p99_ms=times.quantile_s(0.99) * _MS,
            max_ms=times.longest_s * _MS,
            mean_ms=times.total_s / max(times.count, 1) * _MS,
            cpu_us=(user_s + system_s) / count * _US,
            cpu_user_us=user_s / count * _US,
            cpu_system_us=system_s / count * _US,
            bot_cpu=(user_s + system_s) / span_s,
            load_cpu=load_s / span_s,
            load_cpu_us=load_s / count * _US,
            rss_mb=self._most_rss / _MB,
            wal_mb=self._most_wal / _MB,
            connections=self._most_connections,
            commits=None,
            answers_given=0,
            answers_stored=None,
            timeline=self._seconds,
            histogram=[(bound_s * _MS, number) for bound_s, number in times.bars()],
        )
