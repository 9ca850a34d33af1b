"""Votes that arrive before Telegram's answer tells which poll they are in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class PollsUnderWay:
    """Hold votes in unknown polls until the polls that were sent to their voter are known.

    A learner may see a poll and vote before the answer to sendPoll, with its id, has come back and is stored.
    """

    def __init__(self) -> None:
        self._under_way: Counter[int] = Counter()
        self._votes: dict[int, list[Callable[[], None]]] = {}

    def send(self, learner_id: int) -> None:
        """Note that a poll goes out to a learner."""
        self._under_way[learner_id] += 1

    def settle(self, learner_id: int) -> None:
        """Note that a poll is known and stored, or will never be; votes that waited get another chance."""
        self._under_way[learner_id] -= 1
        if not self._under_way[learner_id]:
            del self._under_way[learner_id]
        for go_on in self._votes.pop(learner_id, ()):
            go_on()

    def wait(self, learner_id: int, go_on: Callable[[], None]) -> bool:
        """Have *go_on* called when a poll of the learner is known; return False if none is under way."""
        if learner_id not in self._under_way:
            return False
        self._votes.setdefault(learner_id, []).append(go_on)
        return True
