"""As much of PromQL as it takes to see which metrics and labels an expression asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

OUR_JOB = frozenset({"job", "instance"})
"""Labels that the scrape gives, not the bot."""
_SELECTOR = re.compile(r"\b((?:lplate|process|python)_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r"(\w+)\s*[=!]~?\s*\"([^\"]*)\"")
_GROUPING = re.compile(r"\b(?:by|on|without)\s*\(([^)]*)\)")


@dataclass(frozen=True, slots=True)
class Selector:
    """Hold one metric that is asked for, and the labels it is asked for by."""

    metric: str
    labels: tuple[tuple[str, str], ...]


def selectors(expression: str) -> list[Selector]:
    """Return what *expression* selects; labels of the scrape are left out."""
    return [
        Selector(metric, tuple(pair for pair in _MATCHER.findall(matchers) if pair[0] not in OUR_JOB))
        for metric, matchers in _SELECTOR.findall(expression)
    ]


def groupings(expression: str) -> set[str]:
    """Return the bot's labels that *expression* groups or matches by."""
    named = (label.strip() for group in _GROUPING.findall(expression) for label in group.split(","))
    return {label for label in named if label} - OUR_JOB
