"""Tiers: how much a learner may do in a time. Learning is open in each of them; only the pace differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lplate.domain.values import quick

FREE: Final = "free"
"""Everybody's tier: before any other was given, and again when it is over."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Allow *rate_per_minute* tokens a minute and *burst* at once; for costs see trainer/limits.py.

    With *is_unlimited* no tokens are asked for. The guard against hammering stays.
    """

    name: str
    rate_per_minute: float
    burst: float
    is_unlimited: bool = False


@quick
@dataclass(frozen=True, slots=True)
class Membership:
    """Belong to *tier* until *until_ms*, epoch milliseconds; None means for good."""

    tier: str
    until_ms: int | None = None

    def holds(self, now_ms: int) -> bool:
        """Return True as long as it is not over."""
        return self.until_ms is None or now_ms < self.until_ms

    def outlasts(self, other: Membership) -> bool:
        """Return True if this one is over later."""
        return other.until_ms is not None and (self.until_ms is None or self.until_ms > other.until_ms)
