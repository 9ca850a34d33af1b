"""Read the tiers: those that come along, changed and added to by the operator's file."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from lplate.domain.tiers import FREE, Tier
from lplate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")
_KNOWN: Final = ("rate_per_minute", "burst", "is_unlimited")
_HIGHEST: Final = 100_000
"""As the settings of the free tier have it."""


def load_tiers(rate_per_minute: float, burst: float, file: Path | None = None) -> tuple[Tier, ...]:
    """Return all tiers, the free one first, with *rate_per_minute* and *burst* unless a file says otherwise.

    What *file* leaves open in a tier is as in the one that comes along, else as in the free one.

    Raises:
        ConfigError: naming the file, the tier, what is wrong and what was expected.
    """
    tables = _tables(files("lplate").joinpath("data", "tiers.toml").read_text("utf-8"), "tiers.toml")
    if file is not None:
        for name, table in _tables(_text(file), str(file)).items():
            tables[name] = tables.get(name, {}) | table
    free = {"rate_per_minute": rate_per_minute, "burst": burst} | tables.pop(FREE, {})
    where = "tiers.toml" if file is None else str(file)
    if free.get("is_unlimited"):
        raise ConfigError(f"{where}: [{FREE}] cannot be unlimited: raise its rate_per_minute instead")
    return tuple(_tier(where, name, free | table) for name, table in ({FREE: free} | tables).items())


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"LPLATE_TIERS: {file} cannot be read ({error}); mend or unset it") from None


def _tables(text: str, where: str) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} is no valid TOML: {error}") from None
    for name, table in tables.items():
        if not _NAME.fullmatch(name) or not isinstance(table, dict):
            raise ConfigError(f"{where}: {name!r} is no tier: write [name] with a-z, 0-9, '-', at most 20")
        for key in table.keys() - set(_KNOWN):
            raise ConfigError(f"{where}: [{name}] {key} is not known; known are {', '.join(_KNOWN)}")
    return tables


def _tier(where: str, name: str, table: Mapping[str, Any]) -> Tier:
    is_unlimited = table.get("is_unlimited", False)
    if not isinstance(is_unlimited, bool):
        raise ConfigError(f"{where}: [{name}] is_unlimited must be true or false")
    rate = _number(where, name, table, "rate_per_minute", least=0.01)
    return Tier(name, rate, _number(where, name, table, "burst", least=1), is_unlimited)


def _number(where: str, name: str, table: Mapping[str, Any], key: str, *, least: float) -> float:
    value = table[key]
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= _HIGHEST:
        raise ConfigError(f"{where}: [{name}] {key} must be a number from {least} to {_HIGHEST}")
    return float(value)
