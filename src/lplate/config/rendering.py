"""Settings as text: for a terminal, for programs, as a file to begin with, as documentation."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from lplate.config.knobs import Knob, knobs
from lplate.config.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate.config.loading import Effective

_SAMPLES: Final = {
    "token": "/run/secrets/lplate_token",
    "webhook_secret": "/run/secrets/lplate_webhook_secret",
    "banks": "/srv/lplate/banks",
    "preset": "medium",
    "tiers": "tiers.toml",
    "webhook_url": "https://bot.example.org/hook",
}
"""What stands in the example for what has no default; for secrets, the file that holds them."""


def shown(knob: Knob, value: object) -> str:
    """Return a value as a person reads it; of a secret only whether there is one."""
    if knob.is_secret:
        return "not set" if value is None else "set"
    if value is None or value in ("", ()):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def as_columns(effective: Effective) -> Iterator[str]:
    """Return all settings in force, group by group, in columns."""
    rows = [_row(knob, effective) for knob in knobs().values()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for group, members in groupby(knobs().values(), lambda knob: knob.group):
        yield f"\n{group}"
        for knob in members:
            cells = zip(_row(knob, effective), widths, strict=True)
            yield "  " + "  ".join(cell.ljust(width) for cell, width in cells) + "  " + knob.description


def as_paragraph(knob: Knob, effective: Effective) -> Iterator[str]:
    """Return all that is to be known of one setting."""
    yield f"{knob.name}: {knob.description}"
    yield f"  value     {shown(knob, getattr(effective.settings, knob.name))} {knob.unit}".rstrip()
    yield f"  from      {effective.place(knob.name)}"
    yield f"  expected  {knob.expected}"
    yield f"  default   {shown(knob, knob.default)}"
    yield f"  variable  {knob.variable}" + (f", or {knob.variable}_FILE" if knob.is_secret else "")
    yield f"  changes   {'while it runs, by lplate reload' if knob.reloads else 'at the next start'}"


def as_json(knob: Knob, effective: Effective) -> dict[str, Any]:
    """Return all that is to be known of one setting, for programs; of a secret only whether there is one."""
    value = getattr(effective.settings, knob.name)
    plain = value if isinstance(value, bool | int | float | tuple | None) else shown(knob, value)
    return {
        "value": shown(knob, value) if knob.is_secret else plain,
        "from": effective.place(knob.name),
        "unit": knob.unit,
        "least": knob.least,
        "most": knob.most,
        "choices": list(knob.choices),
        "description": knob.description,
        "variable": knob.variable,
        "reloads": knob.reloads,
    }


def as_example() -> Iterator[str]:
    """Return a file with all settings at their defaults, commented out."""
    yield "# Settings of lplate. Take away the '# ' before a name to change it; see docs/settings.md."
    yield "# The environment (LPLATE_<NAME>) and the flags of lplate run count for more than this file."
    for group, members in groupby(knobs().values(), lambda knob: knob.group):
        yield f"\n# {group}"
        for knob in members:
            yield f"\n# {_first_upper(knob.description)}{_notes(knob)}"
            if knob.is_secret:
                yield f"# {knob.name}_file = {_toml(_SAMPLES[knob.name])}"
            else:
                yield f"# {knob.name} = {_toml(_SAMPLES.get(knob.name, knob.default))}"


def as_markdown() -> Iterator[str]:
    """Return the tables of all settings and presets, as docs/settings.md has them."""
    for group, members in groupby(knobs().values(), lambda knob: knob.group):
        yield f"\n## {group}\n"
        yield "| Setting | Meaning | Values | Default |"
        yield "|---|---|---|---|"
        for knob in members:
            meaning = knob.description + (" *(reloads)*" if knob.reloads else "")
            default = "" if knob.is_secret else shown(knob, knob.default)
            yield f"| `{knob.name}` | {meaning} | {_values(knob)} | {default} |"
    yield "\n## Presets\n"
    yield "| Setting | default | " + " | ".join(PRESETS) + " |"
    yield "|---" * (len(PRESETS) + 2) + "|"
    yield "| people at once | | " + " | ".join(preset.people for preset in PRESETS.values()) + " |"
    for knob in knobs().values():
        values = [preset.values.get(knob.name) for preset in PRESETS.values()]
        if any(value is not None for value in values):
            cells = " | ".join("" if value is None else shown(knob, value) for value in values)
            yield f"| `{knob.name}` | {shown(knob, knob.default)} | {cells} |"


def _row(knob: Knob, effective: Effective) -> tuple[str, ...]:
    value = shown(knob, getattr(effective.settings, knob.name))
    return knob.name, f"{value} {knob.unit}".rstrip(), knob.span, effective.place(knob.name)


def _values(knob: Knob) -> str:
    return f"{knob.span or knob.expected} {knob.unit}".rstrip()


def _notes(knob: Knob) -> str:
    unit = f" {knob.unit}" if knob.unit else ""
    return f" ({knob.expected}{unit})"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return "[]"
    return f'"{value}"'
