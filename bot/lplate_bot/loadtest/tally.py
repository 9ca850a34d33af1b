"""Counts and times of presses, over the measured part and second by second."""

from __future__ import annotations

from lplate_bot.loadtest.stopwatch import Stopwatch


class Tally:
    """Count presses whose reply is complete.

    *updates* counts all of them, *answers* those that answered a question, *extras* further taps on a button,
    which are not timed: they ask for nothing.
    """

    __slots__ = ("answers", "extras", "recent", "sent", "times", "updates")

    def __init__(self) -> None:
        self.sent = 0
        self.updates = 0
        self.answers = 0
        self.extras = 0
        self.times = Stopwatch()
        self.recent = Stopwatch()

    def answered(self, seconds: float, *, is_graded: bool, is_extra: bool) -> None:
        """Count one press that took *seconds* from when it was due."""
        self.updates += 1
        if is_extra:
            self.extras += 1
            return
        self.answers += is_graded
        self.recent.add(seconds)

    def next_second(self) -> Stopwatch:
        """Return the times since the last call, and add them to all."""
        recent, self.recent = self.recent, Stopwatch()
        self.times.merge(recent)
        return recent
