"""Count times in buckets that grow by a fiftieth: any number of them in a fixed room."""

from __future__ import annotations

from math import log
from typing import Final

_LEAST_S: Final = 1e-5
_GROWTH: Final = 1.02
_BUCKETS: Final = 900
"""The last one ends at about 550 s."""
_SCALE: Final = 1 / log(_GROWTH)


class Stopwatch:
    """Hold how often which time was seen; quantiles are right to one part in fifty."""

    __slots__ = ("_counts", "count", "longest_s", "total_s")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.total_s = 0.0
        self.longest_s = 0.0

    def add(self, seconds: float) -> None:
        """Count one time."""
        self.count += 1
        self.total_s += seconds
        self.longest_s = max(self.longest_s, seconds)
        place = int(log(seconds / _LEAST_S) * _SCALE) if seconds > _LEAST_S else 0
        self._counts[min(place, _BUCKETS - 1)] += 1

    def merge(self, other: Stopwatch) -> None:
        """Take in all times of *other*."""
        self._counts = [mine + theirs for mine, theirs in zip(self._counts, other._counts, strict=True)]
        self.count += other.count
        self.total_s += other.total_s
        self.longest_s = max(self.longest_s, other.longest_s)

    def quantile_s(self, share: float) -> float:
        """Return the time that *share* of all do not exceed, 0 if there is none."""
        wanted = share * self.count
        seen = 0
        for place, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(float(_LEAST_S * _GROWTH ** (place + 1)), self.longest_s)
        return self.longest_s

    def bars(self) -> list[tuple[float, int]]:
        """Return (upper bound in seconds, count) of the buckets that hold something."""
        return [
            (float(_LEAST_S * _GROWTH ** (place + 1)), count)
            for place, count in enumerate(self._counts)
            if count
        ]
