"""Whether the bot takes presses now, and who its operators are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.operation import Maintenance
from lplate.trainer.press import PressKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate_bot.incoming import Incoming

_NEWS: Final = frozenset({PressKind.BLOCKED, PressKind.UNBLOCKED})
"""What Telegram tells, not what a learner does: taken in any case."""


class Reception:
    """Turn learners away during maintenance; operators pass."""

    def __init__(self, admins: Iterable[int]) -> None:
        self.admins = frozenset(admins)
        self.is_closed = False
        self.notice = ""
        self.maintenance = Maintenance()

    def follow(self, maintenance: Maintenance) -> None:
        """Open or close as *maintenance* says."""
        self.maintenance = maintenance
        self.is_closed = maintenance.is_on
        self.notice = maintenance.notice

    def is_operator(self, user_id: int | None) -> bool:
        """Return True for the ids in LPLATE_ADMINS, and for nobody else."""
        return user_id in self.admins

    def turns_away(self, incoming: Incoming) -> bool:
        """Return True if *incoming* is not to be applied now."""
        if not self.is_closed or incoming.lane in self.admins:
            return False
        return incoming.press is None or incoming.press.kind not in _NEWS
