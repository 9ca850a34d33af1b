"""Rate limiters of other projects: each allows a learner 15 presses at once and one each six seconds.

Each maker returns a function that takes a key and tells, in its own way, whether it is allowed. Limiters of
other projects read a clock themselves and want str keys. Those that keep one object per learner get it from a
dict, as their documentation does it.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import limits
import pyrate_limiter
import throttled
import token_bucket
from aiolimiter import AsyncLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    Take = Callable[[str], object]

RATE_PER_MINUTE: Final = 10
BURST: Final = 15
ROOM: Final = 1 << 20


def limits_moving_window() -> Take:
    """Return the strategy of limits that never allows more than it says."""
    item = limits.RateLimitItemPerMinute(BURST)
    hit = limits.strategies.MovingWindowRateLimiter(limits.storage.MemoryStorage()).hit
    return partial(hit, item)


def limits_fixed_window() -> Take:
    """Return the fastest strategy of limits; it allows twice as much around a full minute."""
    item = limits.RateLimitItemPerMinute(BURST)
    hit = limits.strategies.FixedWindowRateLimiter(limits.storage.MemoryStorage()).hit
    return partial(hit, item)


def throttled_gcra() -> Take:
    """Return throttled-py's cell rate algorithm with room for all."""
    store = throttled.MemoryStore(options={"MAX_SIZE": ROOM})
    quota = throttled.per_min(RATE_PER_MINUTE, burst=BURST)
    taker: Take = throttled.Throttled(using="gcra", quota=quota, store=store).limit
    return taker


class Routing(pyrate_limiter.BucketFactory):  # type: ignore[misc]  # unknown to mypy, like all peers
    """Give each name a bucket of its own, as pyrate-limiter's documentation has it."""

    def __init__(self) -> None:
        self.rates = [pyrate_limiter.Rate(RATE_PER_MINUTE, pyrate_limiter.Duration.MINUTE, burst=BURST)]
        self.clock = pyrate_limiter.MonotonicClock()
        self.algorithm = pyrate_limiter.TokenBucket()
        self.buckets: dict[str, Any] = {}

    def wrap_item(self, name: str, weight: int = 1) -> Any:
        return pyrate_limiter.RateItem(name, self.clock.now(), weight=weight)

    def get(self, item: Any) -> Any:
        bucket = self.buckets.get(item.name)
        if bucket is None:
            bucket = pyrate_limiter.StateBucket(self.rates, algorithm=self.algorithm)
            self.buckets[item.name] = bucket
        return bucket


def pyrate_token_bucket() -> Take:
    """Return pyrate-limiter's token bucket, the lightest of its buckets."""
    acquire = pyrate_limiter.Limiter(Routing()).try_acquire
    return partial(acquire, blocking=False)


def token_bucket_consume() -> Take:
    """Return the limiter of token-bucket."""
    limiter = token_bucket.Limiter(RATE_PER_MINUTE / 60, BURST, token_bucket.MemoryStorage())
    taker: Take = limiter.consume
    return taker


BY_NAME: Final[dict[str, Callable[[], Take]]] = {
    "limits": limits_moving_window,
    "limits, fixed window": limits_fixed_window,
    "throttled-py": throttled_gcra,
    "pyrate-limiter": pyrate_token_bucket,
    "token-bucket": token_bucket_consume,
}


async def aiolimiter_takes(keys: list[str]) -> None:
    """Take once for each of *keys*; aiolimiter works inside a running loop only."""
    limiters: dict[str, AsyncLimiter] = {}
    for key in keys:
        limiter = limiters.get(key)
        if limiter is None:
            limiter = limiters[key] = AsyncLimiter(BURST, 60 * BURST / RATE_PER_MINUTE)
        if limiter.has_capacity():
            await limiter.acquire()


def aiolimiter_run(_: object, keys: list[str]) -> None:
    """Run aiolimiter_takes() in a loop of its own."""
    asyncio.run(aiolimiter_takes(keys))
