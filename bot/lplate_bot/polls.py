"""Votes that arrive before Telegram's answer tells which poll they are in."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable


VOTE_WAITS_S: Final = 2.0
"""Many times the way of an answer; a longer wait would hold back the other updates of a batch, by polling."""


class PollsUnderWay:
    """Hold votes in unknown polls until the polls that were sent to their voter are known.

    A learner may see a poll and vote before the answer to sendPoll, with its id, has come back and is stored.
    """

    def __init__(self, wait_s: float = VOTE_WAITS_S) -> None:
        self.wait_s = wait_s
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
        self._let_go(learner_id)

    def wait(self, learner_id: int, go_on: Callable[[], None]) -> bool:
        """Have *go_on* called when a poll of the learner is known, or *wait_s* have passed.

        Return False, and do not call, if none is under way.
        """
        if learner_id not in self._under_way:
            return False
        self._votes.setdefault(learner_id, []).append(go_on)
        asyncio.get_running_loop().call_later(self.wait_s, self._let_go, learner_id)
        return True

    def _let_go(self, learner_id: int) -> None:
        for go_on in self._votes.pop(learner_id, ()):
            go_on()
