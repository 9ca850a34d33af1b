"""Keep one chat's calls in order."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from lplate_bot.egress.call import Call
    from lplate_bot.egress.limits import ChatId
    from lplate_bot.egress.outcome import Outcome

_log = logging.getLogger(__name__)


class Entry:
    """Follow one call until it is done; *superseded* are the ``done`` of calls whose place it took.

    *answers_before* is how many answers the outbox had got when this call first failed.
    """

    __slots__ = ("answers_before", "began_ns", "call", "superseded", "tries")

    def __init__(self, call: Call, began_ns: int) -> None:
        self.call = call
        self.began_ns = began_ns
        self.tries = 0
        self.answers_before = 0
        self.superseded: list[Callable[[Outcome], None]] = []

    def is_out_of_patience(self, now_ns: int) -> bool:
        """Return True if the caller no longer waits."""
        return now_ns - self.began_ns >= self.call.patience_s * 1e9

    def finish(self, outcome: Outcome) -> None:
        """Tell all who asked, the oldest first; their faults are logged."""
        for done in self.superseded:
            _tell(done, structs.replace(outcome, is_superseded=True))
        if self.call.done is not None:
            _tell(self.call.done, outcome)


class Lane:
    """Hold a chat's unfinished calls, oldest first; only the first may be under way.

    *then* is run when the last is done.
    """

    __slots__ = ("chat_id", "entries", "is_under_way", "then", "timer")

    def __init__(self, chat_id: ChatId | None) -> None:
        self.chat_id = chat_id
        self.entries: deque[Entry] = deque()
        self.is_under_way = False
        self.timer: asyncio.TimerHandle | None = None
        self.then: Callable[[], None] | None = None

    def add(self, entry: Entry) -> int:
        """Append a call and drop the unsent ones it supersedes; return how many were dropped."""
        dropped = self._drop_superseded(entry) if self.entries and entry.call.edits is not None else 0
        self.entries.append(entry)
        return dropped

    def _drop_superseded(self, newer: Entry) -> int:
        kept: deque[Entry] = deque()
        for place, entry in enumerate(self.entries):
            is_sent = place == 0 and self.is_under_way
            if entry.call.edits != newer.call.edits or is_sent:
                kept.append(entry)
                continue
            newer.superseded += entry.superseded
            if entry.call.done is not None:
                newer.superseded.append(entry.call.done)
        dropped = len(self.entries) - len(kept)
        self.entries = kept
        return dropped


def _tell(done: Callable[[Outcome], None], outcome: Outcome) -> None:
    try:
        done(outcome)
    except Exception:  # noqa: BLE001 - logged; whatever the receiver's fault is
        _log.exception("outcome_receiver_failed")
