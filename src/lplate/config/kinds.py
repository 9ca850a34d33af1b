"""Kinds of values: what each setting's text must look like, in words and as a check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr

_HIGHEST_PORT: Final = 65_535
_TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_ID: Final = re.compile(r"[1-9][0-9]{0,15}")
_NOWHERE: Final = frozenset({"", "none", "off"})


@dataclass(frozen=True, slots=True)
class Expected:
    """Say what a value must be, to go on after "expected"."""

    text: str


def _address(value: object) -> object:
    host, separator, port = str(value).rpartition(":")
    if not separator or not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        raise ValueError("no address")
    return str(value)


def _address_or_none(value: object) -> object:
    return "" if value is None or str(value).lower() in _NOWHERE else _address(value)


def _url(value: object) -> object:
    parts = urlsplit(str(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("no URL")
    return str(value).rstrip("/")


def _url_or_none(value: object) -> object:
    return None if value is None else _url(value)


def _secret_like(shape: re.Pattern[str]) -> BeforeValidator:
    def check(value: object) -> object:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not (isinstance(text, str) and shape.fullmatch(text)):
            raise ValueError("of another shape")
        return value

    return BeforeValidator(check)


def _ids(value: object) -> object:
    """Read ``1, 2`` as an environment variable has it, and a list of ids as TOML has it."""
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    if isinstance(parts, int) and not isinstance(parts, bool):
        parts = (parts,)
    if not isinstance(parts, list | tuple) or not all(_ID.fullmatch(str(part)) for part in parts):
        raise ValueError("no ids")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


_ADDRESS: Final = "an address such as 127.0.0.1:8080"

Token = Annotated[
    SecretStr | None, _secret_like(_TOKEN), Expected("a token like 123456:letters, as @BotFather gave it")
]
Secret = Annotated[SecretStr | None, _secret_like(_SECRET), Expected("1 to 256 of A-Z a-z 0-9 _ -")]
Address = Annotated[str, BeforeValidator(_address), Expected(_ADDRESS)]
AddressOrNone = Annotated[str, BeforeValidator(_address_or_none), Expected(f"{_ADDRESS}, or none")]
Url = Annotated[str, BeforeValidator(_url), Expected("https:// or http:// and a host")]
UrlOrNone = Annotated[str | None, BeforeValidator(_url_or_none), Expected("https:// or http:// and a host")]
Ids = Annotated[tuple[int, ...], BeforeValidator(_ids), Expected("numeric user ids with commas between")]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
LogFormat = Annotated[Literal["auto", "pretty", "json"], BeforeValidator(_lower)]
PresetName = Annotated[Literal["small", "medium", "large", "huge"] | None, BeforeValidator(_lower)]
