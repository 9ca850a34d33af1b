"""What an operator asked for and cannot have, said in a sentence."""

from __future__ import annotations

from typing import Final

from lplate.errors import LplateError

LONGEST_DAYS: Final = 3650


class RefusedError(LplateError):
    """An operator asked for what cannot be; the message says why and what can."""


def check_days(days: int | None) -> None:
    """Check a number of days; None, for ever, is one too.

    Raises:
        RefusedError: if it is out of range.
    """
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise RefusedError(f"days must be from 1 to {LONGEST_DAYS}")
