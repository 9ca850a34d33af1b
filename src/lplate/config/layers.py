"""The layers settings come from, each value with its place; misspelt names are told with the nearest."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lplate.config.knobs import PREFIX, Knob, knobs
from lplate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FILE: Final = Path("lplate.toml")
FROM_FILE: Final = "_file"
"""What the name of a secret ends with when the value is the path of a file that holds it."""
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""Where systemd puts the credentials of a service; those named like a secret are taken."""
CONFIG: Final = "config"
_LONGEST_SECRET: Final = 4096
_FLAGS: Final = {"playground_listen": "--listen"}


@dataclass(frozen=True, slots=True)
class Given:
    """Hold a value as it was given, and its place in words."""

    value: object
    place: str


@dataclass(slots=True)
class Layer:
    """Hold what one place gives, and what is wrong with it."""

    values: dict[str, Given] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def put(self, name: str, value: object, place: str, spelt: Callable[[str], str]) -> None:
        """Take a value for *name*, secrets also from files; *spelt* writes a name as this place has it."""
        if name in knobs():
            self._add(name, Given(value, place))
        elif name in file_names():
            self._read(name.removesuffix(FROM_FILE), str(value), place)
        else:
            self.faults.append(f"{place} is no setting{_nearest(name, spelt)}")

    def _read(self, name: str, path: str, place: str) -> None:
        try:
            with Path(path).open(encoding="utf-8") as file:
                text = file.read(_LONGEST_SECRET)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            self.faults.append(f"{place}: its file cannot be read ({reason}); name one with the secret")
            return
        self._add(name, Given(text.strip(), place))

    def _add(self, name: str, given: Given) -> None:
        former = self.values.get(name)
        if former is not None:
            self.faults.append(f"{former.place} and {given.place} say the same thing: keep one")
        self.values[name] = given


def file_names() -> tuple[str, ...]:
    """Return the names that bring a secret from a file."""
    return tuple(knob.name + FROM_FILE for knob in knobs().values() if knob.is_secret)


def from_flags(flags: Mapping[str, object], assignments: Iterable[str] = ()) -> Layer:
    """Return what the command line says; flags that are None were not given.

    *assignments* are ``name=value``. They may not hold a secret: everybody on the machine could see it.
    """
    layer = Layer()
    for name, value in flags.items():
        if value is not None:
            layer.put(name, value, _FLAGS.get(name, f"--{name.replace('_', '-')}"), str)
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        name = name.strip().lower().removeprefix(PREFIX.lower())
        if not separator:
            layer.faults.append("--set: expected NAME=VALUE")
        elif name in knobs() and knobs()[name].is_secret:
            layer.faults.append(f"--set {name}: processes show their flags; set {PREFIX}{name.upper()}_FILE")
        else:
            layer.put(name, value.strip(), f"--set {name}", str)
    return layer


def from_environment(environment: Mapping[str, str]) -> Layer:
    """Return what the environment says; an empty variable, as compose files leave them, says nothing.

    Only where nothing is a value of its own it counts: an empty LPLATE_OPERATE_LISTEN means nowhere.
    """
    layer = Layer()
    for variable, value in environment.items():
        name = variable.upper().removeprefix(PREFIX).lower()
        if not variable.upper().startswith(PREFIX) or name == CONFIG:
            continue
        if value or name == "operate_listen" or not _is_known(name):
            layer.put(name, value, variable, lambda known: PREFIX + known.upper())
    return layer


def from_credentials(environment: Mapping[str, str]) -> Layer:
    """Return the secrets that systemd hands over, by files named as the settings are."""
    layer = Layer()
    folder = environment.get(CREDENTIALS)
    for name in file_names():
        secret = name.removesuffix(FROM_FILE)
        if folder and (Path(folder) / secret).is_file():
            layer.put(name, str(Path(folder) / secret), f"credential {secret}", str)
    return layer


def from_file(path: Path | None) -> Layer:
    """Return what a TOML file says; *path* is None for the usual one, which may be missing.

    Raises:
        ConfigError: if it cannot be read or is no TOML.
    """
    layer = Layer()
    file = path or FILE
    try:
        text = file.read_text(encoding="utf-8")
        table: dict[str, Any] = tomllib.loads(text)
    except FileNotFoundError:
        if path is None:
            return layer
        raise ConfigError(f"{file}: there is no such file; mend --config or {PREFIX}CONFIG") from None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}); mend its permissions") from None
    except ValueError as error:
        raise ConfigError(f"{file} is no valid TOML: {error}; mend or remove it") from None
    for name, value in table.items():
        layer.put(name, value, f"{name} in {file}{_line(text, name)}", str)
    return layer


def _line(text: str, name: str) -> str:
    """Return where *name* stands in a file, as far as can be seen without a parser that remembers."""
    found = re.search(rf"""(?m)^[ \t]*["'\[]*{re.escape(name)}["'\]]*[ \t]*(=|$)""", text)
    return f", line {text.count(chr(10), 0, found.start()) + 1}" if found else ""


def _is_known(name: str) -> bool:
    return name in knobs() or name in file_names()


def find_knob(name: str) -> Knob:
    """Return a setting by its name, written as in the file or as in the environment.

    Raises:
        ConfigError: naming the nearest one if there is none of that name.
    """
    known = knobs().get(name.lower().removeprefix(PREFIX.lower()))
    if known is None:
        raise ConfigError(f"{name} is no setting{_nearest(name.lower().removeprefix(PREFIX.lower()), str)}")
    return known


def _nearest(name: str, spelt: Callable[[str], str]) -> str:
    """Name the setting that *name* may have meant, else all, *spelt* as the place asks for."""
    known = (*knobs(), *file_names())
    close = get_close_matches(name, known, 1)
    if close:
        return f": did you mean {spelt(close[0])}?"
    return f"; known are {', '.join(sorted(map(spelt, known)))}"
