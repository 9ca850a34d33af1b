"""Count calls to the Bot API, and what held them back."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from lplate.metrics import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

NO_ANSWER: Final = 0
"""Stands where there is no HTTP status: no connection, none in time, or no JSON."""


class MethodMetrics:
    """Count the calls of one method by HTTP status; times include the wait for a connection."""

    __slots__ = ("_api", "seconds", "statuses")

    def __init__(self, api: ApiMetrics) -> None:
        self._api = api
        self.seconds = seconds()
        self.statuses: defaultdict[int, int] = defaultdict(int)

    def ended(self, began_s: float, status: int) -> None:
        """Note the end of a call."""
        api = self._api
        now_s = api.clock()
        self.seconds.observe(now_s - began_s)
        self.statuses[status] += 1
        if status:
            api.failing_since_s = None
        elif api.failing_since_s is None:
            api.failing_since_s = now_s


class ApiMetrics:
    """Count all calls to one Bot API, whichever client they come from.

    *failing_since_s* is when a call first got no answer, None as soon as one gets any.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.methods: dict[str, MethodMetrics] = {}
        self.failing_since_s: float | None = None

    def of(self, method: str) -> MethodMetrics:
        """Return the counts of one method."""
        found = self.methods.get(method)
        if found is None:
            found = self.methods[method] = MethodMetrics(self)
        return found

    def failing_for_s(self) -> float:
        """Return for how long no call has got an answer, 0 if the last one did."""
        since_s = self.failing_since_s
        return 0.0 if since_s is None else self.clock() - since_s


class OutboxMetrics:
    """Count what flood control and pictures do to calls.

    *held_s* adds up the waits that Telegram asked for, *held_chats* is how many chats wait now. *uploads*
    bore a picture's bytes, *uploads_avoided* named it by its file id.
    """

    __slots__ = ("floods", "held_chats", "held_s", "uploads", "uploads_avoided")

    def __init__(self) -> None:
        self.floods = 0
        self.held_s = 0.0
        self.held_chats = 0
        self.uploads = 0
        self.uploads_avoided = 0
