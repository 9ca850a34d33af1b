"""How a memory fades and what a review does to it: FSRS-6 with its published weights.

Source: "The Algorithm" in the wiki of open-spaced-repetition's fsrs4anki. The ``fsrs`` package computes the
same on objects with dates, at 13 to 19 microseconds a review against 2 here; the tests hold every result
against it, to the last bit. Times are whole days, as FSRS counts them.
"""

from __future__ import annotations

from math import e
from typing import TYPE_CHECKING, Final

from fsrs import Rating, Scheduler

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGAIN: Final = int(Rating.Again)  # before Python 3.12 a look into an enum's class is dear, as is its hash
_HARDEST: Final = 10.0
_LEAST_STABILITY: Final = 0.001


class Forgetting:
    """Step a memory (stability in days, difficulty from 1 to 10) from review to review."""

    def __init__(self, desired_retention: float) -> None:
        scheduler = Scheduler(desired_retention=desired_retention)
        self._longest_days = int(scheduler.maximum_interval)
        weights = scheduler.parameters
        self._first = [
            (max(weights[rating - 1], _LEAST_STABILITY), _clamped(_initial_difficulty(weights, rating)))
            for rating in Rating
        ]
        self._easiest = _initial_difficulty(weights, Rating.Easy)
        self._damping, self._reversion = weights[6], weights[7]
        self._recall = (e ** weights[8], -weights[9], weights[10])
        self._forget = (weights[11], -weights[12], weights[13], weights[14])
        self._by_rating = (0.0, weights[15], 1.0, weights[16])  # Again is a lapse, which gains nothing
        self._same_day = [e ** (weights[17] * (rating - 3 + weights[18])) for rating in Rating]
        self._lapse = e ** (weights[17] * weights[18])
        self._same_day_fading = -weights[19]
        self._decay = -weights[20]
        self._factor = 0.9 ** (1 / self._decay) - 1
        self._rest = desired_retention ** (1 / self._decay) - 1

    def first(self, rating: Rating) -> tuple[float, float]:
        """Return stability and difficulty after the first review."""
        return self._first[rating - 1]

    def next(self, stability: float, difficulty: float, days: int, rating: Rating) -> tuple[float, float]:
        """Return stability and difficulty after a review *days* after the last one."""
        if days < 1:
            stability = self._after_same_day(stability, rating)
        else:
            retrievability = (1 + self._factor * days / stability) ** self._decay
            if rating == _AGAIN:
                stability = self._after_lapse(stability, difficulty, retrievability)
            else:
                stability = self._after_recall(stability, difficulty, retrievability, rating)
            stability = stability if stability > _LEAST_STABILITY else _LEAST_STABILITY  # noqa: FURB136 - max() is dear
        return stability, self._next_difficulty(difficulty, rating)

    def rest_days(self, stability: float) -> int:
        """Return after how many days, at least 1, the chance of recall falls to the desired retention."""
        days = round(stability / self._factor * self._rest)
        if days < 1:
            return 1
        return days if days < self._longest_days else self._longest_days  # noqa: FURB136 - min() is dear

    def _after_same_day(self, stability: float, rating: Rating) -> float:
        gain = self._same_day[rating - 1] * stability**self._same_day_fading
        if rating != _AGAIN:
            gain = max(gain, 1.0)
        return float(max(stability * gain, _LEAST_STABILITY))

    def _after_recall(self, stability: float, difficulty: float, recalled: float, rating: Rating) -> float:
        scale, fading, surprise = self._recall
        gain = scale * (11 - difficulty) * stability**fading * (e ** ((1 - recalled) * surprise) - 1)
        return float(stability * (1 + gain * self._by_rating[rating - 1]))

    def _after_lapse(self, stability: float, difficulty: float, recalled: float) -> float:
        scale, hardness, memory, surprise = self._forget
        long_term = scale * difficulty**hardness * ((stability + 1) ** memory - 1)
        return float(min(long_term * e ** ((1 - recalled) * surprise), stability / self._lapse))

    def _next_difficulty(self, difficulty: float, rating: Rating) -> float:
        change = -(self._damping * (rating - 3))
        moved = difficulty + (10.0 - difficulty) * change / 9.0
        return _clamped(self._reversion * self._easiest + (1 - self._reversion) * moved)


def _initial_difficulty(weights: Sequence[float], rating: Rating) -> float:
    return float(weights[4] - e ** (weights[5] * (rating - 1)) + 1)


def _clamped(difficulty: float) -> float:
    if difficulty < 1.0:
        return 1.0
    return difficulty if difficulty < _HARDEST else _HARDEST  # noqa: FURB136 - min() is dear
