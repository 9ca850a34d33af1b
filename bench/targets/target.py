"""What is promised, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure: *rounds* of each comparison, and sizes divided by *shrink*."""

    rounds: int = 41
    shrink: int = 1

    def size(self, full: int) -> int:
        """Return a size that fits this effort."""
        return max(full // self.shrink, 50)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One line of the report.

    Attributes:
        structure: the container, as the table of targets names it.
        name: what was measured.
        value: the result, in *unit*.
        unit: "x" for a ratio, "B", "ns", "ms" or "differences".
        limit: the greatest value that is good enough; None for what is only told.
        detail: where the value comes from.
    """

    structure: str
    name: str
    value: float
    unit: str
    limit: float | None
    detail: str = ""

    @property
    def is_met(self) -> bool:
        """True unless the value is above its limit."""
        return self.limit is None or self.value <= self.limit

    @property
    def verdict(self) -> str:
        """One word."""
        if self.limit is None:
            return "told"
        return "met" if self.is_met else "MISSED"


def shown(value: float | None, unit: str) -> str:
    """Return *value* with its unit, short."""
    if value is None:
        return "-"
    if unit == "x":
        return f"{value:.3f} x" if value < 0.1 else f"{value:.2f} x"
    return f"{value:.0f} {unit}" if value >= 100 or value == int(value) else f"{value:.3g} {unit}"
