"""What does not change while a bot runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Say how updates come, *polling* or *webhook*, and since when, in Unix time, the bot runs."""

    delivery: str
    started_at_s: float
