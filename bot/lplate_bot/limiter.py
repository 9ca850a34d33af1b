"""What a learner may do in a time: tokens by tier, a guard against hammering, and how often to say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.tiers import FREE as FREE_TIER
from lplate.domain.tiers import Tier
from lplate.trainer.limits import COMMAND_COST, FREE, token_cost
from lplate_native import TokenBuckets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplate.domain.learner import Learner
    from lplate_bot.incoming import Incoming

PRESSES_PER_S: Final = 5.0
"""The guard: beyond this even free presses are refused. It rises with a token rate above the default."""
PRESSES_PER_TOKEN: Final = 30.0
PRESSES_BURST: Final = 60.0
"""As many presses at once as a full bucket of 15 tokens holds answers."""
NOTICE_WINDOW_S: Final = 10.0
"""A learner is told to slow down at most once in this time."""
_S_PER_MINUTE: Final = 60
_UNLIMITED: Final = -1
"""Stands in for the class of a tier that is asked for no tokens."""


def free_only(rate_per_minute: float, burst: float) -> tuple[Tier, ...]:
    """Return the one tier of a bot that knows no others."""
    return (Tier(FREE_TIER, rate_per_minute, burst),)


class Limiter:
    """Decide which presses go through; memory follows active learners (about 36 bytes each, three times).

    *tiers* begin with the free one. *wall_ms* tells whether a membership is over; it is asked only for
    learners who have one. *presses_per_s* and *presses_burst* are the guard's.
    """

    def __init__(
        self,
        tiers: Sequence[Tier],
        wall_ms: Callable[[], int],
        presses_per_s: float = PRESSES_PER_S,
        presses_burst: float = PRESSES_BURST,
    ) -> None:
        self._presses = presses_per_s, presses_burst
        self._wall_ms = wall_ms
        self._tokens = TokenBuckets(*_rates(tiers[0]), map(_rates, tiers[1:]))
        self._guard = TokenBuckets(*self._guard_rates(tiers))
        self.passes_guard: Callable[[int, int], bool] = self._guard.allow
        """Tell by lane and monotonic nanoseconds if somebody does not hammer; each update is asked about."""
        self._classes = _classes(tiers)
        self._notices = TokenBuckets(1 / NOTICE_WINDOW_S, 1)

    def retune(self, tiers: Sequence[Tier], now_ns: int, presses: tuple[float, float] | None = None) -> None:
        """Go by other tiers from now on; who had half of a burst has half of the new one.

        That holds for free learners; what members of other tiers used up stays used up. *presses* sets the
        guard's rate a second and its burst anew; None leaves them. *now_ns* is monotonic.
        """
        self._presses = presses or self._presses
        self._tokens.retune(*_rates(tiers[0]), now_ns, map(_rates, tiers[1:]))
        self._guard.retune(*self._guard_rates(tiers), now_ns)
        self._classes = _classes(tiers)

    def _guard_rates(self, tiers: Sequence[Tier]) -> tuple[float, float]:
        """Return rate and burst of the guard: a learner with many tokens may press as often."""
        presses_per_s, presses_burst = self._presses
        fastest = max(tier.rate_per_minute for tier in tiers) / _S_PER_MINUTE
        largest = max(tier.burst for tier in tiers)
        return max(presses_per_s, PRESSES_PER_TOKEN * fastest), max(presses_burst, largest)

    def affords(self, incoming: Incoming, learner: Learner | None, now_ns: int) -> bool:
        """Return True and take the tokens if the learner can pay for *incoming*."""
        press = incoming.press
        if press is not None:
            cost = token_cost(press, learner)
        else:  # what is answered by a message costs as much as a command
            cost = COMMAND_COST if incoming.asks_for_message else FREE
        if cost == FREE:
            return True
        if learner is None or learner.membership is None:
            return self._tokens.allow(incoming.lane, now_ns, cost)
        class_id = self._class_of(learner)
        return class_id == _UNLIMITED or self._tokens.allow(incoming.lane, now_ns, cost, class_id)

    def forgive(self, lane: int) -> None:
        """Give all tokens back: what the store did not take comes again and must not be refused then."""
        self._tokens.reset(lane)

    def may_tell(self, lane: int, now_ns: int) -> bool:
        """Return True once per window and lane: only then a refusal is answered in words."""
        return self._notices.allow(lane, now_ns)

    def tier_of(self, learner: Learner | None) -> str:
        """Return the learner's tier now; who is not in memory (None) counts as free."""
        return FREE_TIER if learner is None else learner.tier_at(self._wall_ms())

    def _class_of(self, learner: Learner) -> int:
        """Return the learner's class; a tier that there is no more counts as free."""
        return self._classes.get(learner.tier_at(self._wall_ms()), 0)


def _rates(tier: Tier) -> tuple[float, float]:
    return tier.rate_per_minute / _S_PER_MINUTE, tier.burst


def _classes(tiers: Sequence[Tier]) -> dict[str, int]:
    return {tier.name: _UNLIMITED if tier.is_unlimited else number for number, tier in enumerate(tiers)}
