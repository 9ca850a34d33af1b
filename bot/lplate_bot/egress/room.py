"""Hold back those who would add to a full queue, first come first served."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS_PER_ENTRY: Final = 8
"""Calls set aside for each update let in, more than any leads to at once."""


class Room:
    """Let in only as many as can add to a queue without taking it beyond *most*.

    Whoever keeps the queue keeps its *length* here, and calls let_in() when it has become shorter and some
    stand *outside*. Each who entered must leave() when it has added what it had to add. One that waits waits
    outside: its update is not applied yet, so that closing costs nothing but its coming again. *most* may be
    set anew.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.length = 0
        self.outside: deque[Callable[[bool], None]] = deque()
        self._set_aside = CALLS_PER_ENTRY  # for those inside, and one more
        self._is_closed = False
        self._is_letting_in = False

    @property
    def waiting(self) -> int:
        """Return how many wait to be let in."""
        return len(self.outside)

    def try_enter(self) -> bool:
        """Enter if there is room and nobody waits for it; leave() must follow if that is so."""
        if self.outside or self._is_closed or self.length + self._set_aside > self.most:
            return False
        self._set_aside += CALLS_PER_ENTRY
        return True

    def enter(self, then: Callable[[bool], None]) -> None:
        """Call *then* with True once let in, with False if closed before; leave() must follow either."""
        self.outside.append(then)
        self.let_in()

    def leave(self) -> None:
        """Give back what was set aside for one who entered."""
        self._set_aside -= CALLS_PER_ENTRY
        if self.outside:
            self.let_in()

    def let_in(self) -> None:
        """Let in those who wait, as far as there is room."""
        if self._is_letting_in:  # one let in has left already: the loop below goes on, a call would nest
            return
        self._is_letting_in = True
        try:
            while self.outside and (self._is_closed or self.length + self._set_aside <= self.most):
                self._set_aside += CALLS_PER_ENTRY
                self.outside.popleft()(not self._is_closed)
        finally:
            self._is_letting_in = False

    def close(self) -> None:
        """Let nobody in any more."""
        self._is_closed = True
        self.let_in()
