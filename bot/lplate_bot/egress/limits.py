"""Keep new messages below what Telegram lets a bot send.

Source of the numbers: Telegram's bot FAQ, "My bot is hitting limits": about one message a second in a
chat with short bursts, 20 a minute in a group, about 30 a second overall.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

ChatId = int | str
SECOND_NS: Final = 1_000_000_000
SLACK_NS: Final = SECOND_NS // 20
"""Windows are this much longer than Telegram's: calls do not all travel equally fast."""
SPARE: Final = 1 / 3
"""The share of the overall limit that is left to replies by messages nobody waits for."""
_SWEEP_EVERY: Final = 1024
"""Chats are looked through for forgotten ones after this many messages."""


@dataclass(frozen=True, slots=True)
class SendRates:
    """Set how many new messages may go out; 0 means as many as Telegram takes."""

    per_second: int = 30
    per_chat_per_second: float = 1.0
    chat_burst: int = 3
    per_group_per_minute: int = 20


class Window:
    """Allow *count* events within any *span_ns*."""

    __slots__ = ("_count", "_span_ns", "_times_ns")

    def __init__(self, count: int, span_ns: int) -> None:
        self._count = count
        self._span_ns = span_ns
        self._times_ns: deque[int] = deque(maxlen=count)

    def wait_ns(self, now_ns: int) -> int:
        """Return how long the next event has to wait."""
        if len(self._times_ns) < self._count:
            return 0
        return max(self._times_ns[0] + self._span_ns - now_ns, 0)

    def spare(self, now_ns: int) -> float:
        """Return the share, 0 to 1, that may still happen now."""
        used = sum(time_ns + self._span_ns > now_ns for time_ns in self._times_ns)
        return 1 - used / self._count

    def take(self, now_ns: int) -> None:
        """Count an event."""
        self._times_ns.append(now_ns)

    def resized(self, count: int) -> Window:
        """Return a window for another *count* that has seen the same events."""
        window = Window(count, self._span_ns)
        window._times_ns.extend(self._times_ns)
        return window

    def is_forgettable(self, now_ns: int) -> bool:
        """Return True if the past no longer matters."""
        return not self._times_ns or self._times_ns[-1] + self._span_ns <= now_ns


class SendLimits:
    """Say when a new message may go out: GCRA per chat, exact windows per group and overall.

    Edits and answers to presses are not new messages. Memory follows the chats of the last seconds.
    """

    def __init__(self, rates: SendRates | None = None) -> None:
        self._overall: Window | None = None
        self._interval_ns = self._allowance_ns = self._per_group = 0
        self._arrivals_ns: dict[ChatId, int] = {}
        self._groups: dict[ChatId, Window] = {}
        self.retune(rates or SendRates())
        self._until_sweep = _SWEEP_EVERY

    def retune(self, rates: SendRates) -> None:
        """Set all rates anew; what was sent before still counts."""
        overall = self._overall or Window(rates.per_second, SECOND_NS + SLACK_NS)
        self._overall = overall.resized(rates.per_second) if rates.per_second else None
        self._interval_ns = round(SECOND_NS / rates.per_chat_per_second) if rates.per_chat_per_second else 0
        self._allowance_ns = self._interval_ns * (rates.chat_burst - 1)
        self._per_group = per_group = rates.per_group_per_minute
        self._groups = {chat: w.resized(per_group) for chat, w in self._groups.items() if per_group}

    @property
    def chats(self) -> int:
        """Return how many chats are remembered."""
        return len(self._arrivals_ns) + len(self._groups)

    def chat_wait_ns(self, chat_id: ChatId, now_ns: int) -> int:
        """Return how long this chat has to wait."""
        wait_ns = self._arrivals_ns.get(chat_id, 0) - self._allowance_ns - now_ns
        group = self._groups.get(chat_id)
        if group is not None:
            wait_ns = max(wait_ns, group.wait_ns(now_ns))
        return max(wait_ns, 0)

    def overall_wait_ns(self, now_ns: int) -> int:
        """Return how long everybody has to wait."""
        return self._overall.wait_ns(now_ns) if self._overall is not None else 0

    def spare(self, now_ns: int) -> float:
        """Return the share of the overall limit, 0 to 1, that nobody uses now."""
        return self._overall.spare(now_ns) if self._overall is not None else 1.0

    def take(self, chat_id: ChatId, now_ns: int) -> None:
        """Count a message to *chat_id*."""
        if self._overall is not None:
            self._overall.take(now_ns)
        if self._interval_ns:
            self._arrivals_ns[chat_id] = max(self._arrivals_ns.get(chat_id, 0), now_ns) + self._interval_ns
        if self._per_group and _is_group(chat_id):
            if chat_id not in self._groups:
                self._groups[chat_id] = Window(self._per_group, 60 * SECOND_NS + SLACK_NS)
            self._groups[chat_id].take(now_ns)
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            self._sweep(now_ns)

    def _sweep(self, now_ns: int) -> None:
        self._arrivals_ns = {chat: at for chat, at in self._arrivals_ns.items() if at > now_ns}
        self._groups = {chat: w for chat, w in self._groups.items() if not w.is_forgettable(now_ns)}
        self._until_sweep = max(_SWEEP_EVERY, self.chats)


def _is_group(chat_id: ChatId) -> bool:
    """Groups and channels have negative ids; a name (``@channel``) is never a private chat."""
    return isinstance(chat_id, str) or chat_id < 0
