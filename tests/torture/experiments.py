"""All experiments by name, in the order they run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from torture import (
    attackers,
    bad_api,
    clocks,
    floods,
    full_disk,
    fuzzing,
    kills,
    leaks,
    power_cuts,
    replays,
    simulated_day,
)
from torture.scale import Scale
from torture.verdict import Verdict

Experiment = Callable[[Scale, Path], Awaitable[Verdict]]

EXPERIMENTS: Final[Mapping[str, Experiment]] = MappingProxyType({
    "kill -9, polling": kills.by_polling,
    "kill -9, webhook": kills.by_webhook,
    "power cuts": power_cuts.run,
    "failing Bot API, polling": bad_api.by_polling,
    "failing Bot API, webhook": bad_api.by_webhook,
    "full disk": full_disk.run,
    "clock jumps": clocks.run,
    "replays and forgeries": replays.run,
    "floods": floods.run,
    "attackers": attackers.run,
    "fuzzed updates": fuzzing.run,
    "leaks": leaks.run,
    "simulated day": simulated_day.run,
})  # fmt: skip
