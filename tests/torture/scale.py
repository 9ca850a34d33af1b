"""How long the experiments go on: in full by `make torture`, in short by `make test`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scale:
    """Set the size of every experiment; *seed* decides all that chance decides."""

    seed: int
    kills: int
    """By each way of delivery."""
    power_cuts: int
    storm_s: float
    """How long calls of the Bot API fail."""
    hang_s: float
    """How long the slowest call hangs; the bot itself waits 30 seconds for an answer."""
    bans: int
    """How often one chat alone is told to wait."""
    full_disks: int
    clock_jumps: int
    replayed_presses: int
    flood_s: float
    """Length of one round; there are as many with the flood as without."""
    flood_rounds: int
    wrong_secrets: int
    slow_clients: int
    fuzzed_updates: int
    leak_presses: int
    day_learners: int
    day_hours: int


FULL: Final = Scale(
    seed=20_261_124, kills=100, power_cuts=3000, storm_s=120, hang_s=35, bans=5, full_disks=10,
    clock_jumps=2000, replayed_presses=3000, flood_s=20, flood_rounds=3, wrong_secrets=100_000,
    slow_clients=1500, fuzzed_updates=100_000, leak_presses=1_500_000, day_learners=10_000, day_hours=24,
)  # fmt: skip
SHORT: Final = Scale(
    seed=7, kills=3, power_cuts=100, storm_s=2, hang_s=0.5, bans=1, full_disks=1,
    clock_jumps=60, replayed_presses=100, flood_s=1, flood_rounds=1, wrong_secrets=500,
    slow_clients=20, fuzzed_updates=1500, leak_presses=4_000, day_learners=40, day_hours=6,
)  # fmt: skip
