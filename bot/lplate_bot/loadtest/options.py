"""From the command line's words to a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lplate.errors import ConfigError
from lplate_bot.loadtest.plan import HABITS, Delivery, Flow, Habit, LoadPlan, Loop, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    Word = TypeVar("Word", bound=StrEnum)


def plan_of(
    *, learners: int, seconds: float, rate: float | None, think_s: float, delivery: str, shape: str,
    flow: str, habits: str, listen: str, settings: Iterable[str] = (),
) -> LoadPlan:  # fmt: skip
    """Return the plan; with a *rate* the loop is open.

    Raises:
        ConfigError: naming the option and what it takes.
    """
    return LoadPlan(
        learners=learners,
        seconds=seconds,
        loop=Loop.CLOSED if rate is None else Loop.OPEN,
        delivery=_word(Delivery, "delivery", delivery),
        shape=_word(Shape, "shape", shape),
        flow=_word(Flow, "cards", flow),
        rate=1.0 if rate is None else rate,
        think_s=think_s,
        habits=HABITS[_word(Habit, "habits", habits)],
        listen=listen,
        settings=tuple(settings),
    )


def _word(kind: type[Word], option: str, value: str) -> Word:
    try:
        return kind(value)
    except ValueError:
        raise ConfigError(f"--{option} must be one of {', '.join(kind)}") from None
