"""Tell one chat's bad luck from trouble that concerns all."""

from __future__ import annotations

from typing import Final

from lplate_bot.egress.limits import SECOND_NS

FEW_CHATS: Final = 3
"""This many different chats in trouble, one after another, and it is not theirs."""
PROBE_S: Final = 5.0
"""In an outage the next lane tries after this long, though the call before it still hangs."""
FLOOD_SPAN_NS: Final = 2 * SECOND_NS


class Outage:
    """Notice that no call gets through any more, and that calls do again."""

    def __init__(self, few: int = FEW_CHATS) -> None:
        self._few = few
        self.failed: set[object] = set()
        """Who failed since the last response; there is nothing to be ended while nobody did."""
        self.is_on = False

    def fails(self, lane: object) -> bool:
        """Note a failure; return True if that begins an outage."""
        if self.is_on:
            return False
        self.failed.add(lane)
        self.is_on = len(self.failed) >= self._few
        return self.is_on

    def answered(self) -> bool:
        """Note a response of any kind; return True if that ends an outage."""
        was_on, self.is_on = self.is_on, False
        if self.failed:
            self.failed.clear()
        return was_on


class FloodWatch:
    """Notice that Telegram asks several chats at once to wait: then it means the whole bot."""

    def __init__(self, few: int = FEW_CHATS, span_ns: int = FLOOD_SPAN_NS) -> None:
        self._few = few
        self._span_ns = span_ns
        self._hits: dict[object, int] = {}

    def hit(self, lane: object, now_ns: int) -> bool:
        """Note a 429; return True if all chats should wait."""
        self._hits[lane] = now_ns
        self._hits = {who: at for who, at in self._hits.items() if at > now_ns - self._span_ns}
        return len(self._hits) >= self._few
