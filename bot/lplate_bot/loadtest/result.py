"""What a load test found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Second:
    """Hold one sample: *at_s* from the start of the measured part; times in milliseconds."""

    at_s: float
    answered_per_s: float
    p50_ms: float
    p99_ms: float
    bot_cpu: float
    load_cpu: float
    rss_mb: float
    wal_mb: float
    waiting: int
    faults: int


@dataclass(frozen=True, slots=True)
class Result:
    """Hold all figures of one run.

    *updates* are presses and messages whose reply was complete within the measured part; *answers* those of
    them that answered a question. *cpu_us* is the bot's processor time, user and system, for each update.
    *load_cpu_us* is the load test's own. *commits* and *group_size*, the changes in each
    on average, are None if the bot does not tell.
    """

    plan: dict[str, Any]
    seconds: float
    learners: int
    updates: int
    answers: int
    extras: int
    calls: int
    updates_per_s: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    mean_ms: float
    cpu_us: float
    cpu_user_us: float
    cpu_system_us: float
    bot_cpu: float
    load_cpu: float
    load_cpu_us: float
    rss_mb: float
    wal_mb: float
    connections: int
    commits: int | None
    answers_given: int
    answers_stored: int | None
    group_size: float | None = None
    faults: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    timeline: list[Second] = field(default_factory=list)
    histogram: list[tuple[float, int]] = field(default_factory=list)
    bot: str = "lplate"

    @property
    def is_clean(self) -> bool:
        """Return True if nothing was wrong."""
        return not self.faults

    def to_json(self) -> bytes:
        """Return all figures as JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)
