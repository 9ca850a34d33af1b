"""Invitations: a link that gives a tier to the first so many who follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.scheduling import DAY_MS
from lplate.domain.tiers import Membership

if TYPE_CHECKING:
    from collections.abc import Collection

PREFIX: Final = "t_"
"""Begins the deep link's parameter: ``/start t_CODE``."""
MOST_USES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Invite:
    """Give *tier* for *days* (None: for good) to *uses* learners, each once.

    *until_ms* is when the link itself is over; None: never.
    """

    code: str
    tier: str
    days: int | None
    uses: int
    until_ms: int | None
    created_at_ms: int

    def is_over(self, now_ms: int) -> bool:
        """Return True if the link no longer works, however many uses are left."""
        return self.until_ms is not None and now_ms >= self.until_ms

    def is_used_up(self, users: Collection[int]) -> bool:
        """Return True if nobody beside *users* may use it."""
        return len(users) >= self.uses

    def membership(self, now_ms: int) -> Membership:
        """Return what a learner who follows the link now gets."""
        return Membership(self.tier, None if self.days is None else now_ms + self.days * DAY_MS)


@dataclass(frozen=True, slots=True)
class InviteUse:
    """Note that a learner followed an invitation; (code, learner) identify it."""

    code: str
    learner_id: int
    used_at_ms: int


def code_in(parameter: str) -> str | None:
    """Return the code in a deep link's parameter, None if it is no invitation."""
    return parameter.removeprefix(PREFIX) if parameter.startswith(PREFIX) else None
