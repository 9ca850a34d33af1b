"""What is said of a value that cannot work: where it stands, what was expected, the nearest that would do."""

from __future__ import annotations

import math
from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING

from lplate.config.knobs import TRUTHS, Knob, knobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError

    from lplate.config.layers import Given
    from lplate.config.settings import Settings


def findings(error: ValidationError, given: Mapping[str, Given]) -> Iterator[str]:
    """Name each setting that failed once; values are never repeated: one of them may be the token."""
    names = {str(entry["loc"][0]) for entry in error.errors(include_input=False)}
    for name, knob in knobs().items():
        if name in names:
            yield f"{given[name].place}: expected {knob.expected}{_nearest(knob, given[name].value)}"


def contradictions(settings: Settings) -> Iterator[str]:
    """Say which settings do not go together."""
    if settings.webhook_url is None:
        return
    if settings.webhook_secret is None:
        yield "LPLATE_WEBHOOK_SECRET is missing: with LPLATE_WEBHOOK_URL it keeps forged updates out"
    if settings.token is None:
        yield "LPLATE_TOKEN is missing: a webhook needs a bot; without both the playground runs"


def _nearest(knob: Knob, value: object) -> str:
    words = TRUTHS if knob.kind is bool else knob.choices
    if words:
        close = get_close_matches(str(value).lower(), words, 1)
        return f"; did you mean {close[0]}?" if close else ""
    if knob.least is None or knob.most is None or isinstance(value, bool):
        return ""
    number = math.nan
    with suppress(TypeError, ValueError):
        number = float(str(value).strip())
    if math.isnan(number):
        return ""
    near = min(max(number, knob.least), knob.most)
    return f"; the nearest is {round(near) if knob.kind is int else near:.10g}"
