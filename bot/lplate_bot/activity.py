"""Know how many learners were active lately, without looking at each of them."""

from __future__ import annotations

from collections import deque
from typing import Final

SLOT_NS: Final = 60 * 1_000_000_000
SLOTS: Final = 6
"""The minute that runs and the five before it."""


class Activity:
    """Count the learners of the last five to six minutes.

    Each stands in the slot of the minute of their last press. Noting one is O(1), counting O(SLOTS); memory
    follows active learners, about 100 bytes each.
    """

    def __init__(self) -> None:
        self._newest: set[int] = set()
        self._slots = deque((self._newest, *(set[int]() for _ in range(1, SLOTS))), SLOTS)  # the newest first
        self._ends_ns = 0

    def note(self, learner_id: int, now_ns: int) -> None:
        """Note that a learner pressed; *now_ns* is monotonic."""
        if now_ns >= self._ends_ns:
            self._move_on(now_ns)
        if learner_id in self._newest:
            return
        for slot in self._slots:
            slot.discard(learner_id)
        self._newest.add(learner_id)

    def count(self, now_ns: int) -> int:
        """Return how many learners were active."""
        if now_ns >= self._ends_ns:
            self._move_on(now_ns)
        return sum(map(len, self._slots))

    def _move_on(self, now_ns: int) -> None:
        """Begin the minute of *now_ns*, forgetting who is too long ago."""
        passed = (now_ns - self._ends_ns) // SLOT_NS + 1
        for _ in range(min(passed, SLOTS)):
            self._slots.appendleft(set())
        self._newest = self._slots[0]
        self._ends_ns += passed * SLOT_NS
