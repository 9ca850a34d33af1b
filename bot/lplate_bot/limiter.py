"""What a learner may do in a time: tokens, a guard against hammering, and how often to say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.trainer.limits import COMMAND_COST, FREE, token_cost
from lplate_native import TokenBuckets

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate_bot.incoming import Incoming

PRESSES_PER_S: Final = 5.0
"""The guard: beyond this even free presses are refused. It rises with a token rate above the default."""
PRESSES_PER_TOKEN: Final = 30.0
PRESSES_BURST: Final = 60.0
"""As many presses at once as a full bucket of 15 tokens holds answers."""
NOTICE_WINDOW_S: Final = 10.0
"""A learner is told to slow down at most once in this time."""


class Limiter:
    """Decide which presses go through; memory follows active learners (about 36 bytes each, three times)."""

    def __init__(self, rate_per_minute: float, burst: float) -> None:
        self._tokens = TokenBuckets(rate_per_minute / 60, burst)
        guard_per_s = max(PRESSES_PER_S, PRESSES_PER_TOKEN * rate_per_minute / 60)
        self._guard = TokenBuckets(guard_per_s, max(PRESSES_BURST, burst))
        self._notices = TokenBuckets(1 / NOTICE_WINDOW_S, 1)

    def passes_guard(self, lane: int, now_ns: int) -> bool:
        """Return True if this lane does not hammer; *now_ns* is monotonic."""
        return self._guard.allow(lane, now_ns)

    def affords(self, incoming: Incoming, learner: Learner | None, now_ns: int) -> bool:
        """Return True and take the tokens if the learner can pay for *incoming*."""
        cost = _cost(incoming, learner)
        return cost == FREE or self._tokens.allow(incoming.lane, now_ns, cost)

    def forgive(self, lane: int) -> None:
        """Give all tokens back: what the store did not take comes again and must not be refused then."""
        self._tokens.reset(lane)

    def may_tell(self, lane: int, now_ns: int) -> bool:
        """Return True once per window and lane: only then a refusal is answered in words."""
        return self._notices.allow(lane, now_ns)


def _cost(incoming: Incoming, learner: Learner | None) -> float:
    """Return the tokens for *incoming*: what is answered by a message costs as much as a command."""
    if incoming.press is not None:
        return token_cost(incoming.press, learner)
    return COMMAND_COST if incoming.asks_for_message else FREE
