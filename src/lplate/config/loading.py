"""Lay the layers over each other: the strongest value of each setting, checked, with its place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from lplate.config.findings import contradictions, findings
from lplate.config.knobs import PREFIX
from lplate.config.layers import (
    CONFIG,
    Given,
    Layer,
    from_credentials,
    from_environment,
    from_file,
    from_flags,
)
from lplate.config.presets import PRESETS
from lplate.config.settings import Settings
from lplate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Effective:
    """Hold the settings in force and the places they come from; what is in no place has its default."""

    settings: Settings
    places: Mapping[str, str]

    def place(self, name: str) -> str:
        """Return where the value of a setting comes from."""
        return self.places.get(name, DEFAULT)


def load_settings(**flags: Any) -> Settings:
    """Return the settings in force; flags that are None do not count.

    Raises:
        ConfigError: as load() does.
    """
    return load(flags).settings


def load(
    flags: Mapping[str, object], assignments: Iterable[str] = (), environment: Mapping[str, str] = os.environ
) -> Effective:
    """Return the settings in force and where each comes from.

    The strongest first: *flags* (``config`` names the file) and *assignments*, environment, credentials,
    file, preset, defaults.

    Raises:
        ConfigError: naming each setting that is misspelt or cannot work, its place, what was expected and the
            nearest valid name or value. Values given are never repeated: one of them may be the token.
    """
    others = {name: value for name, value in flags.items() if name != CONFIG}
    path = flags.get(CONFIG) or environment.get(PREFIX + CONFIG.upper())
    layers = [
        from_flags(others, assignments),
        from_environment(environment),
        from_credentials(environment),
        from_file(Path(str(path)) if path else None),
    ]
    faults = [fault for layer in layers for fault in layer.faults]
    given = _laid_over(layers)
    try:
        settings = Settings.model_validate({name: each.value for name, each in given.items()})
    except ValidationError as error:
        faults += findings(error, given)
    else:
        faults += contradictions(settings)
    if faults:
        raise ConfigError("; ".join(faults))
    return Effective(settings, {name: each.place for name, each in given.items()})


def _laid_over(layers: list[Layer]) -> dict[str, Given]:
    """Return the strongest value of each setting; the preset that they name lies below all of them."""
    given: dict[str, Given] = {}
    for layer in reversed(layers):
        given |= layer.values
    name = str(given["preset"].value).lower() if "preset" in given else ""
    if name not in PRESETS:
        return given
    preset = {key: Given(value, f"preset {name}") for key, value in PRESETS[name].values.items()}
    return preset | given
