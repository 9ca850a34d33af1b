"""Numbers as a person reads them in a terminal; an unknown one is a dash."""

from __future__ import annotations

from typing import Final

DASH: Final = "–"
_MINUTE_S: Final = 60
_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_STEP: Final = 1_000


def count(value: float | None) -> str:
    """Return a number with three digits or so."""
    if value is None:
        return DASH
    digits = 0 if value >= 100 or value == int(value) else 1 if value >= 1 else 2  # noqa: PLR2004 - three digits
    return f"{value:,.{digits}f}"


def duration(seconds: float | None) -> str:
    """Return a stretch of time from microseconds up."""
    if seconds is None:
        return DASH
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"  # noqa: PLR2004 - a thousandth


def size(value: float | None) -> str:
    """Return a number of bytes."""
    if value is None:
        return DASH
    unit = 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value /= _STEP
        unit += 1
    return f"{value:.3g} {_UNITS[unit]}"


def percent(share: float | None) -> str:
    """Return a share in hundredths."""
    return DASH if share is None else f"{count(round(share * 100, 2))} %"


def per_s(value: float) -> str:
    """Return a rate."""
    return f"{count(value)}/s"


def age(seconds: float) -> str:
    """Return how long something lasts, in the two largest units."""
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min" if seconds >= _MINUTE_S else f"{seconds:.0f} s"
    if seconds < 2 * _DAY_S:
        return f"{seconds // _HOUR_S:.0f} h {seconds % _HOUR_S // _MINUTE_S:.0f} min"
    return f"{seconds // _DAY_S:.0f} days"
