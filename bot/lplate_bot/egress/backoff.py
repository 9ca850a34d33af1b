"""Space out repeats."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wait *first_s*, then twice as long each time up to *cap_s*; the upper half of each wait is chance."""

    first_s: float = 0.5
    cap_s: float = 30.0
    chance: Callable[[], float] = random.random

    def wait_s(self, failures: int) -> float:
        """Return the pause after that many failures in a row, at least one."""
        longest_s = min(self.first_s * 2.0 ** min(failures - 1, 60), self.cap_s)
        return longest_s * (0.5 + 0.5 * self.chance())
