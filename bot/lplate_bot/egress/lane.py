"""Keep one chat's calls in order."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import structs

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from typing import Protocol

    from lplate_bot.egress.call import Call
    from lplate_bot.egress.client import ApiResponse
    from lplate_bot.egress.failure import ApiUnreachable
    from lplate_bot.egress.limits import ChatId
    from lplate_bot.egress.outcome import Outcome

    class Sender(Protocol):
        """Be told how the call under way ended."""

        def on_end(self, lane: Lane, end: ApiResponse | ApiUnreachable | Outcome) -> None:
            """Take the end of the first call of *lane*."""


_log = logging.getLogger(__name__)

FOREVER: Final = float("inf")
"""The patience of a call that is owed."""
REFUSALS: Final = 10
"""A call that Telegram's servers failed on so often, while others got through, is given up."""


class Entry(msgspec.Struct, eq=False, gc=False):
    """Follow one call until it is done; a Struct, not a dataclass, because one is made for every call.

    At *deadline_ns*, monotonic, its caller no longer waits. *superseded* are those whose place it took.
    *answers_before* is how many answers the outbox had got when this call first failed.
    """

    call: Call
    deadline_ns: float = FOREVER
    tries: int = 0
    answers_before: int = 0
    superseded: tuple[Entry, ...] = ()

    def is_out_of_patience(self, now_ns: int) -> bool:
        """Return True if the caller no longer waits."""
        return now_ns >= self.deadline_ns

    def fails(self, answers: int) -> None:
        """Note a failure, when the outbox had got so many *answers*."""
        self.tries += 1
        if self.tries == 1:
            self.answers_before = answers

    def is_hopeless(self, answers: int) -> bool:
        """Return True if only this call fails: others got through again and again meanwhile."""
        return self.tries >= REFUSALS and answers - self.answers_before >= REFUSALS

    def finish(self, outcome: Outcome) -> None:
        """Tell all who asked, the oldest first; their faults are logged."""
        if self.superseded:
            superseded = structs.replace(outcome, is_superseded=True)
            for older in self.superseded:
                older.finish(superseded)
        done = self.call.done
        if done is not None:
            try:
                done(outcome)
            except Exception:  # noqa: BLE001 - logged; whatever the receiver's fault is
                _log.exception("outcome_receiver_failed")


class Lane(msgspec.Struct, eq=False):
    """Hold a chat's unfinished calls: the *first*, which alone may be under way, and those *behind* it.

    *chat_id* is None for a call that goes past all chats. *file_id* is what the call under way names its
    picture by, None if it brings it along. *then* is run when the last is done.
    """

    chat_id: ChatId | None
    sender: Sender
    first: Entry | None
    behind: deque[Entry] | None = None
    is_under_way: bool = False
    file_id: str | None = None
    timer: asyncio.TimerHandle | None = None
    then: Callable[[], None] | None = None

    def __len__(self) -> int:
        """Return how many calls are not finished."""
        return (self.first is not None) + (len(self.behind) if self.behind else 0)

    @property
    def name(self) -> object:
        """Return what tells chats apart; each urgent call stands for itself."""
        return self if self.chat_id is None else self.chat_id

    def is_out_of_patience(self, now_ns: int) -> bool:
        """Return True if the caller of the first call no longer waits."""
        return self.first is not None and self.first.is_out_of_patience(now_ns)

    def on_end(self, end: ApiResponse | ApiUnreachable | Outcome) -> None:
        """Take the end of the call under way."""
        self.sender.on_end(self, end)

    def add(self, entry: Entry) -> int:
        """Append a call and drop the unsent ones it supersedes; return how many were dropped."""
        before = len(self)
        if entry.call.edits is not None:
            self._drop_superseded(entry)
        dropped = before - len(self)
        if self.first is None:
            self.first = entry
        elif self.behind is None:
            self.behind = deque((entry,))
        else:
            self.behind.append(entry)
        return dropped

    def _drop_superseded(self, newer: Entry) -> None:
        kept: deque[Entry] = deque()
        for entry in (self.first, *(self.behind or ())):
            if entry is None:
                continue
            is_sent = self.is_under_way and entry is self.first
            if entry.call.edits != newer.call.edits or is_sent:
                kept.append(entry)
                continue
            newer.superseded += (*entry.superseded, entry)
            entry.superseded = ()
        self.first = kept.popleft() if kept else None
        self.behind = kept
