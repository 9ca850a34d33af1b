"""Telegram's flood limits, if somebody wants to meet them.

Source: https://core.telegram.org/bots/faq#broadcasting-to-users: about one message a second in a chat with
short bursts, 20 a minute in a group, 30 a second overall. Telegram keeps the exact rule to itself; this is
a leaky bucket for each. Only what makes or edits messages counts: answers to presses, actions and settings
do not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate_bot.playground.errors import too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable

COUNTED: Final = ("send", "edit", "copy", "forward")
FREE: Final = frozenset({"sendChatAction"})


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Rates and bursts; a rate of 0 sets no limit."""

    per_chat_per_s: float = 1.0
    chat_burst: int = 3
    per_group_per_minute: float = 20.0
    overall_per_s: float = 30.0


class FloodControl:
    """Refuse calls that come too fast."""

    def __init__(self, limits: FloodLimits | None, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._full_at: dict[object, float] = {}
        """By bucket, the time at which all that went through is forgotten."""

    def check(self, bot_id: int, method: str, chat_id: int | str | None) -> None:
        """Count a call.

        Raises:
            ApiError: 429 with the seconds to wait; the call is not counted then.
        """
        limits = self._limits
        if limits is None or method in FREE or not method.startswith(COUNTED):
            return
        now = self._clock()
        buckets: list[tuple[object, float, int]] = []
        if limits.overall_per_s:
            buckets.append(((bot_id, "all"), 1 / limits.overall_per_s, math.ceil(limits.overall_per_s)))
        if chat_id is not None and limits.per_chat_per_s:
            buckets.append(((bot_id, chat_id), 1 / limits.per_chat_per_s, limits.chat_burst))
        if isinstance(chat_id, int) and chat_id < 0 and limits.per_group_per_minute:
            interval_s = 60 / limits.per_group_per_minute
            buckets.append(((bot_id, chat_id, "minute"), interval_s, math.ceil(limits.per_group_per_minute)))
        wait_s = max((self._wait(now, *bucket) for bucket in buckets), default=0.0)
        if wait_s > 0:
            raise too_many_requests(math.ceil(wait_s))
        for key, interval_s, _ in buckets:
            self._full_at[key] = max(now, self._full_at.get(key, now)) + interval_s

    def _wait(self, now: float, key: object, interval_s: float, burst: int) -> float:
        """Return the seconds until one more call fits the bucket."""
        return self._full_at.get(key, now) - now - interval_s * (burst - 1)
