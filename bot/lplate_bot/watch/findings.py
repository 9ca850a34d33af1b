"""What the vitals mean: which of them a person should worry about, in words.

The bounds of *bad* are those of the alerts in ``deploy/prometheus/lplate.rules.yml``, without their patience.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.watch.vitals import Vitals

MIB: Final = 1024 * 1024


class Level(IntEnum):
    """Say how much a number worries."""

    FINE = 0
    ODD = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what is not as it should be; *key* names the number, as the displays know it."""

    key: str
    level: Level
    sentence: str


@dataclass(frozen=True, slots=True)
class Check:
    """Hold from where on a number is odd, and from where on bad; *read* returns None if there is none.

    With *is_floor* the number is odd and bad below the bounds instead of above.
    """

    key: str
    read: Callable[[Vitals], float | None]
    odd: float
    bad: float
    sentence: str
    is_floor: bool = False

    def level(self, seen: Vitals) -> Level:
        """Return how much the number worries."""
        value = self.read(seen)
        if value is None:
            return Level.FINE
        sign = -1 if self.is_floor else 1
        if sign * value > sign * self.bad:
            return Level.BAD
        return Level.ODD if sign * value > sign * self.odd else Level.FINE


def _readers_short(seen: Vitals) -> float:
    """Return 1 if readers exist and none is free."""
    return float(seen.commit.readers_busy > 0 and seen.commit.readers_idle == 0)


def _files_share(seen: Vitals) -> float:
    return seen.process.open_files / seen.process.most_files if seen.process.most_files > 0 else 0.0


CHECKS: Final = (
    Check("ready", lambda v: float(not v.is_ready and not v.in_maintenance), 0, 0.5,
          "The bot is not ready; /readyz says why."),
    Check("maintenance", lambda v: float(v.in_maintenance), 0.5, 2,
          "Maintenance mode is on: learners are told to come back later."),
    Check("response", lambda v: v.promise.p99_s, 0.5, 1.0,
          "One press in a hundred waits long for its reply."),
    Check("errors", lambda v: v.promise.error_share, 0.001, 0.01,
          "Updates fail; the log says why."),
    Check("limited", lambda v: v.promise.limited_share, 0.01, 0.05,
          "Many presses are refused by the rate limit."),
    Check("updates", lambda v: v.queues.updates, 500, 1000, "Presses wait to be dealt with."),
    Check("calls", lambda v: v.queues.calls, 500, 1000, "Replies wait to be sent."),
    Check("inbox", lambda v: v.queues.inbox, 500, 1000, "Commands and menus wait their turn."),
    Check("commits", lambda v: v.commit.p99_s, 0.1, 0.5, "The disk takes long for the answers."),
    Check("failures", lambda v: v.commit.failures_per_s, 0, 0,
          "Commits fail; the log says whether disk or database refuses."),
    Check("wal", lambda v: v.commit.wal_bytes, 64 * MIB, 256 * MIB,
          "The write-ahead log is not emptied: does another program read the database?"),
    Check("disk", lambda v: v.commit.disk_free_bytes, 2048 * MIB, 512 * MIB,
          "The disk of the learners' database fills up.", is_floor=True),
    Check("readers", _readers_short, 0.5, 2, "All reading connections are in use."),
    Check("reader_wait", lambda v: v.commit.reader_wait_p99_s, 0.05, 0.25,
          "Statistics wait for a reading connection."),
    Check("floods", lambda v: v.egress.floods_per_s, 0.02, 0.2, "Telegram asks the bot to slow down."),
    Check("lag", lambda v: v.process.loop_lag_p99_s, 0.1, 0.25, "The event loop is held up."),
    Check("cpu", lambda v: v.process.cpu_share, 0.85, 2, "One core is nearly full."),
    Check("files", _files_share, 0.7, 0.9, "Open files near their limit; raise it by ulimit -n."),
)  # fmt: skip


def findings(seen: Vitals) -> tuple[Finding, ...]:
    """Return what is not as it should be, the worst first; empty if all is well."""
    found = (Finding(check.key, check.level(seen), check.sentence) for check in CHECKS)
    return tuple(sorted((it for it in found if it.level), key=lambda it: -it.level))
