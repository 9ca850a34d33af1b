"""What a load test shall do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

from lplate.errors import ConfigError

LOCALHOST: Final = "127.0.0.1"


class Loop(StrEnum):
    """Say when a learner presses: after the reply and some thought, or when the clock says so."""

    CLOSED = "closed"
    OPEN = "open"


class Delivery(StrEnum):
    """Say how the bot gets its updates."""

    WEBHOOK = "webhook"
    POLLING = "polling"


class Shape(StrEnum):
    """Say how the load moves over the time of the test."""

    STEADY = "steady"
    RAMP = "ramp"
    SPIKE = "spike"

    def level(self, share: float) -> float:
        """Return the load, 0 to 1 of the full one, when *share* of the time is over.

        A ramp rises for four fifths of the time. A spike is five times the load around it, for the middle
        fifth.
        """
        if self is Shape.RAMP:
            return min(1.0, max(0.02, share / 0.8))
        if self is Shape.SPIKE:
            return 1.0 if 0.4 <= share < 0.6 else 0.2  # noqa: PLR2004 - the middle fifth
        return 1.0


class Flow(StrEnum):
    """Say how a learner has set up their cards.

    CARD: one card in place, feedback and Next (the default of the bot). FAST: a right answer is followed by
    the next question in the same card. MESSAGES: fast, and every question is a message of its own.
    """

    CARD = "card"
    FAST = "fast"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class Habits:
    """Say what learners do, as chances 0 to 1 at each press.

    *right* is the chance of a right answer. *burst* taps one button three to six times. A leaver is replaced
    by a newcomer; every fourth blocks the bot. *only_buttons* skips what takes ticks or typing.
    """

    right: float = 0.7
    skip: float = 0.05
    double_tap: float = 0.03
    burst: float = 0.005
    leave: float = 0.002
    only_buttons: bool = False
    languages: tuple[str, ...] = ("en", "de", "en-de")


MIXED: Final = Habits()
PLAIN: Final = Habits(
    right=1.0, skip=0.0, double_tap=0.0, burst=0.0, leave=0.0, only_buttons=True, languages=("en",)
)
"""Right answers and nothing else: what benchmarks compare."""


class Habit(StrEnum):
    """Name the habits there are."""

    MIXED = "mixed"
    PLAIN = "plain"


HABITS: Final = {Habit.MIXED: MIXED, Habit.PLAIN: PLAIN}


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Say how many learners press how fast and for how long.

    *rate* counts presses a second (open loop). *think_s* is the mean of the exponentially distributed pause
    after a reply (closed loop). The first *lead_in_s* are not counted. A press whose reply is not complete
    after *patience_s* is missing. *in_step* limits how many newcomers enter at a time. *settings* are
    those of the bot that is started, each as ``name=value``.
    """

    learners: int = 1000
    seconds: float = 60.0
    loop: Loop = Loop.CLOSED
    delivery: Delivery = Delivery.WEBHOOK
    shape: Shape = Shape.STEADY
    flow: Flow = Flow.CARD
    rate: float = 500.0
    think_s: float = 1.0
    lead_in_s: float = 1.0
    patience_s: float = 10.0
    in_step: int = 200
    habits: Habits = field(default_factory=Habits)
    listen: str = f"{LOCALHOST}:0"
    seed: int = 1
    settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            ConfigError: naming the option and what it takes.
        """
        host(self.listen)
        for name, value in (("learners", self.learners), ("seconds", self.seconds), ("rate", self.rate)):
            if value <= 0:
                raise ConfigError(f"--{name} must be above 0")
        if self.think_s < 0:
            raise ConfigError("--think must not be negative")


def host(address: str) -> tuple[str, int]:
    """Return host and port of *address*.

    Raises:
        ConfigError: if it is not on this machine: load goes to loopback only.
    """
    name, _, port = address.rpartition(":")
    name = LOCALHOST if name == "localhost" else name.strip("[]")
    if not is_loopback(name):
        raise ConfigError(f"{address} is not on this machine; a load test goes to 127.0.0.1 only")
    if not port.isdecimal():
        raise ConfigError(f"{address} has no port: it must look like 127.0.0.1:8081")
    return name, int(port)


def is_loopback(name: str) -> bool:
    """Return True for addresses of this very machine."""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
