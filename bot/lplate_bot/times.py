"""The only clocks; everything below gets time as an argument."""

from __future__ import annotations

import time


class Clock:
    """Tell wall time for what is stored, monotonic time for limits and intervals."""

    def wall_ms(self) -> int:
        """Return epoch milliseconds, UTC; may jump."""
        return time.time_ns() // 1_000_000

    monotonic_ns = staticmethod(time.monotonic_ns)
    """Nanoseconds that never go back; the function itself, as each press asks several times."""
