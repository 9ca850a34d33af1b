"""What is to be known of each setting, for errors, ``lplate config`` and the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr

from lplate.config.kinds import Expected
from lplate.config.settings import GROUPS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

PREFIX: Final = "LPLATE_"
TRUTHS: Final = ("true", "false", "yes", "no", "on", "off", "1", "0")


@dataclass(frozen=True, slots=True)
class Knob:
    """Describe one setting; *least* and *most* are None where there is no range."""

    name: str
    group: str
    kind: type
    default: object
    description: str
    unit: str
    least: float | None
    most: float | None
    choices: tuple[str, ...]
    expected: str
    reloads: bool

    @property
    def variable(self) -> str:
        """Return its name in the environment."""
        return PREFIX + self.name.upper()

    @property
    def is_secret(self) -> bool:
        """Return True if its value must never be shown."""
        return self.kind is SecretStr

    @property
    def span(self) -> str:
        """Return which values it takes, in few words; empty if its description has to do."""
        if self.choices:
            return ", ".join(self.choices)
        return "" if self.least is None else f"{self.least:.10g} to {self.most:.10g}"


@cache
def knobs() -> Mapping[str, Knob]:
    """Return all settings by name, group by group."""
    return MappingProxyType(
        {
            name: _knob(name, title, Settings.model_fields[name])
            for title, group in GROUPS.items()
            for name in group.model_fields
        }
    )


def _knob(name: str, group: str, field: FieldInfo) -> Knob:
    more: Any = field.json_schema_extra
    least = next((mark.ge for mark in field.metadata if hasattr(mark, "ge")), None)
    most = next((mark.le for mark in field.metadata if hasattr(mark, "le")), None)
    choices = _choices(field.annotation)
    kind = _kind(field.annotation)
    said = next((mark.text for mark in field.metadata if isinstance(mark, Expected)), None)
    return Knob(
        name, group, kind, field.default, field.description or "", more["unit"], least, most, choices,
        said or _expected(kind, least, most, choices), more["reloads"],
    )  # fmt: skip


def _kind(annotation: Any) -> type:
    """Return the one type that a value has unless it is None."""
    parts = [part for part in get_args(annotation) if part is not type(None)] or [annotation]
    if get_origin(annotation) is Literal or get_origin(parts[0]) is Literal:
        return str
    kind: type = tuple if get_origin(annotation) is tuple else parts[0]
    return kind


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((choices for part in get_args(annotation) if (choices := _choices(part))), ())


def _expected(kind: type, least: float | None, most: float | None, choices: tuple[str, ...]) -> str:
    if choices:
        return f"one of {', '.join(choices)}"
    if kind is bool:
        return "true or false"
    if kind is Path:
        return "a path"
    number = "a whole number" if kind is int else "a number"
    return f"{number} from {least:.10g} to {most:.10g}"
