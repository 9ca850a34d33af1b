"""What is promised of the bot under load, and whether it is kept.

Source of the limits: the targets for acceptance in the design of the front end. Ratios are medians over the
rounds of two figures of one round, each bot with its core to itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.bots.contenders import AIOGRAM, CARD, FAST, FLOOR_1, FLOOR_2, MESSAGES, PTB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.bots.contenders import Contender
    from lplate_bot.loadtest.result import Result

    Rounds = Mapping[Contender, Sequence[Result]]

LEAST_PTB = 80.0
LEAST_AIOGRAM = 30.0
MOST_FLOOR = 2.5
MOST_P99_MS = {1000: 15.0, 5000: 30.0}
MOST_RSS_MB = 150.0


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the verdict; *limit* None means the figure is only told."""

    name: str
    value: float
    unit: str
    limit: float | None
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """True unless the value is on the wrong side of its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_least else self.value <= self.limit

    def line(self) -> str:
        """Return the line."""
        if self.limit is None:
            return f"{self.name:62} {self.value:8.1f} {self.unit:3}           told"
        sign = ">=" if self.is_least else "<="
        verdict = "met" if self.is_met else "MISSED"
        return f"{self.name:62} {self.value:8.1f} {self.unit:3} {sign} {self.limit:5g}  {verdict}"


def per_question_us(result: Result) -> float:
    """Return the bot's processor time for each question answered, whatever presses that took."""
    return result.cpu_us * result.updates / max(result.answers, 1)


def cpu_targets(rounds: Rounds) -> list[Target]:
    """Return the lines on processor time; the judged flow takes one press a question, as the peers' does."""
    lines = [
        Target(
            "CPU: plain PTB over ours, one press a question",
            _times(rounds, PTB, FAST),
            "x",
            LEAST_PTB,
            is_least=True,
        ),
        Target(
            "CPU: aiogram over ours, one press a question",
            _times(rounds, AIOGRAM, FAST),
            "x",
            LEAST_AIOGRAM,
            is_least=True,
        ),
        Target(
            "CPU: ours over the floor with the same calls", _times(rounds, FAST, FLOOR_1), "x", MOST_FLOOR
        ),
    ]
    for ours, floor in ((MESSAGES, FLOOR_2), (CARD, FLOOR_1)):
        lines += [
            Target(f"CPU: plain PTB over {ours.name}", _times(rounds, PTB, ours), "x", None),
            Target(f"CPU: aiogram over {ours.name}", _times(rounds, AIOGRAM, ours), "x", None),
            Target(f"CPU: {ours.name} over floor", _times(rounds, ours, floor), "x", None),
        ]
    return lines


def typical_us(rounds: Rounds, contender: Contender) -> float:
    """Return the median time for a question."""
    return median(map(per_question_us, rounds[contender]))


def _times(rounds: Rounds, more: Contender, less: Contender) -> float:
    """Return how many times the processor time of *less* that of *more* is."""
    return median(
        per_question_us(a) / per_question_us(b) for a, b in zip(rounds[more], rounds[less], strict=True)
    )
