"""When learners press: after the reply and some thought, or at a given rate."""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Final, Protocol

from lplate_bot.loadtest.crowd import now_s
from lplate_bot.loadtest.plan import Loop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate_bot.loadtest.crowd import Crowd
    from lplate_bot.loadtest.learner import Learner
    from lplate_bot.loadtest.plan import LoadPlan

_TICK_S: Final = 0.001
_LOOK_S: Final = 0.05
"""How often the shape of the load is looked at."""


class Pace(Protocol):
    """Decide when whoever is free presses."""

    def begin(self, learners: Iterable[Learner]) -> None:
        """Start with learners who all are free."""

    def free(self, learner: Learner) -> None:
        """Take a learner who is free again."""

    def stop(self) -> None:
        """Let nobody press any more."""

    @property
    def late(self) -> int:
        """Return how many presses are due but have nobody free to make them."""


def pace_of(plan: LoadPlan, crowd: Crowd) -> Pace:
    """Return the pace that *plan* asks for."""
    return OpenPace(plan, crowd) if plan.loop is Loop.OPEN else ClosedPace(plan, crowd)


class ClosedPace:
    """Let each learner press again after the reply and a pause for thought.

    Where the shape asks for less than all, learners with the highest numbers rest.
    """

    late = 0

    def __init__(self, plan: LoadPlan, crowd: Crowd) -> None:
        self._plan = plan
        self._crowd = crowd
        self._loop = asyncio.get_running_loop()
        self._random = Random(plan.seed)  # noqa: S311 - a load that can be repeated, no secret
        self._resting: deque[Learner] = deque()
        self._began_s = 0.0
        self._allowed = 0
        self._active = 0
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, learners: Iterable[Learner]) -> None:
        """Wake as many as the shape allows."""
        self._resting.extend(learners)
        self._began_s = now_s()
        self._look()

    def free(self, learner: Learner) -> None:
        """Let the learner think, or rest if there are too many."""
        if self._crowd.is_over or self._active > self._allowed:
            self._active -= 1
            self._resting.append(learner)
        elif self._plan.think_s:
            pause_s = self._random.expovariate(1 / self._plan.think_s)
            self._loop.call_later(pause_s, self._turn, learner)
        else:
            self._crowd.turn(learner, now_s())

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        if self._crowd.is_over:
            return
        share = (now_s() - self._began_s) / (self._plan.lead_in_s + self._plan.seconds)
        self._allowed = max(1, round(self._plan.learners * self._plan.shape.level(share)))
        while self._active < self._allowed and self._resting:
            self._active += 1
            self.free(self._resting.popleft())
        self._timer = self._loop.call_later(_LOOK_S, self._look)

    def _turn(self, learner: Learner) -> None:
        if not self._crowd.is_over:
            self._crowd.turn(learner, now_s())


class OpenPace:
    """Make presses due evenly at the plan's rate, whether the bot keeps up or not.

    A press that finds nobody free is made by the next who is, and counts from when it was due: a bot that
    falls behind shows it in its times.
    """

    def __init__(self, plan: LoadPlan, crowd: Crowd) -> None:
        self._plan = plan
        self._crowd = crowd
        self._loop = asyncio.get_running_loop()
        self._free: deque[Learner] = deque()
        self._due: deque[float] = deque()
        self._began_s = 0.0
        self._next_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def late(self) -> int:
        """Return how many presses are due but have nobody free to make them."""
        return len(self._due)

    def begin(self, learners: Iterable[Learner]) -> None:
        """Start the clock."""
        self._free.extend(learners)
        self._began_s = self._next_s = now_s()
        self._tick()

    def free(self, learner: Learner) -> None:
        """Give the learner what is due longest, or let them wait."""
        if self._due and not self._crowd.is_over:
            self._crowd.turn(learner, self._due.popleft())
        else:
            self._free.append(learner)

    def stop(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        now = now_s()
        share = (now - self._began_s) / (self._plan.lead_in_s + self._plan.seconds)
        gap_s = 1 / (self._plan.rate * self._plan.shape.level(share))
        while self._next_s <= now:
            if self._free:
                self._crowd.turn(self._free.popleft(), self._next_s)
            else:
                self._due.append(self._next_s)
            self._next_s += gap_s
        self._timer = self._loop.call_later(_TICK_S, self._tick)
