"""The generic cell rate algorithm on a dict, as fast as plain Python has it."""

from __future__ import annotations


class DictBuckets:
    """Keep for each key when its bucket is full again."""

    __slots__ = ("burst_ns", "full_at", "token_ns")

    def __init__(self, rate_per_s: float, burst: float) -> None:
        self.token_ns = int(1e9 / rate_per_s)
        self.burst_ns = int(burst * 1e9 / rate_per_s)
        self.full_at: dict[int, int] = {}

    def allow(self, key: int, now_ns: int) -> bool:
        """Return True and take a token if there is one."""
        full_at = self.full_at.get(key, now_ns)
        full_at = max(full_at, now_ns)
        full_at += self.token_ns
        if full_at - now_ns > self.burst_ns:
            return False
        self.full_at[key] = full_at
        return True
