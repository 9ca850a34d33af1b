"""Settings: flags over environment over ``lplate.toml`` over defaults."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from lplate.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX: Final = "LPLATE_"
FILE: Final = Path("lplate.toml")
PRIVATE: Final = 0o700
"""Mode of a new data folder: who learns what is nobody else's business on this machine."""
_HIGHEST_PORT: Final = 65_535
_SECRET_LENGTH: Final = 256
_TOKEN: Final = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
_NONE: Final = frozenset({"", "none", "off"})
_LEVELS: Final = ("debug", "info", "warning", "error")
_LOG_FORMATS: Final = ("auto", "pretty", "json")


def _address(value: object) -> object:
    host, separator, port = str(value).rpartition(":")
    if not separator or not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        raise ValueError("it must look like 127.0.0.1:8080")
    return str(value)


def _url(value: object) -> object:
    parts = urlsplit(str(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must begin with https:// or http:// and name a host")
    return str(value).rstrip("/")


def _token(value: object) -> object:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise ValueError("it must look like 123456:letters, as @BotFather gave it")
    return value


def _level(value: object) -> object:
    if str(value).lower() not in _LEVELS:
        raise ValueError(f"it must be one of {', '.join(_LEVELS)}")
    return str(value).lower()


def _address_or_none(value: object) -> object:
    return "" if str(value).lower() in _NONE else _address(value)


def _log_format(value: object) -> object:
    if str(value).lower() not in _LOG_FORMATS:
        raise ValueError(f"it must be one of {', '.join(_LOG_FORMATS)}")
    return str(value).lower()


def _ids(value: object) -> object:
    """Read ids as ``1, 2``; a list, as TOML has it, stays one."""
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    if isinstance(parts, int):
        parts = [parts]
    if not isinstance(parts, list | tuple) or not all(str(part).isdecimal() for part in parts):
        raise ValueError("it must be user ids with commas between, as 123456,234567")
    return tuple(int(part) for part in parts)


Token = Annotated[SecretStr, BeforeValidator(_token)]
Address = Annotated[str, BeforeValidator(_address)]
AddressOrNone = Annotated[str, BeforeValidator(_address_or_none)]
Url = Annotated[str, BeforeValidator(_url)]
Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ids)]
LogLevel = Annotated[str, BeforeValidator(_level)]
LogFormat = Annotated[str, BeforeValidator(_log_format)]


class Settings(BaseSettings):
    """Hold every setting; each is ``LPLATE_<NAME>`` in the environment and its lower-case name in the file.

    Times and rates bear their unit in the name; sizes count entries.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    token: Token | None = Field(default=None, description="bot token from @BotFather; none: the playground")
    api_url: Url = Field(default="https://api.telegram.org", description="root of the Bot API")
    data: Path = Field(default=Path("data"), description="folder of databases and compiled banks")
    banks: Path | None = Field(default=None, description="folder that holds bank folders of your own")
    starter_bank: bool = Field(default=True, description="offer the bank that comes along")
    playground_listen: Address = Field(default="127.0.0.1:8080", description="where the playground listens")
    webhook_url: Url | None = Field(default=None, description="public address for Telegram; none: polling")
    webhook_listen: Address = Field(default="127.0.0.1:8443", description="where the webhook server listens")
    webhook_secret: SecretStr | None = Field(
        default=None, description="secret token, required with a webhook"
    )
    commit_window_ms: float = Field(default=2.0, ge=0, le=1000, description="pace of commits")
    send_per_second: int = Field(
        default=30, ge=0, le=10_000, description="new messages a second; 0: until told off"
    )
    send_per_chat: float = Field(default=1.0, ge=0, le=100, description="new messages a second and chat")
    rate_per_minute: float = Field(default=10.0, gt=0, le=100_000, description="tokens a minute and learner")
    rate_burst: float = Field(default=15.0, ge=1, le=100_000, description="most tokens of a learner")
    tiers: Path | None = Field(default=None, description="TOML file that changes or adds tiers")
    admins: Ids = Field(default=(), description="user ids of the operators who may use /admin")
    broadcast_per_second: float = Field(
        default=20.0, ge=0.1, le=1000, description="messages a second of a broadcast, at most"
    )
    question_cache: int = Field(
        default=4096,
        ge=1,
        le=10_000_000,
        description="questions in memory, in each bank; rendered ones in all",
    )
    learner_cache: int = Field(default=10_000, ge=1, le=10_000_000, description="learners in memory")
    pool_size: int = Field(default=4, ge=1, le=256, description="reading connections beside the writer")
    most_waiting: int = Field(default=10_000, ge=1, le=1_000_000, description="updates held before 503")
    most_unsent: int = Field(
        default=10_000, ge=100, le=1_000_000, description="calls unsent before updates wait"
    )
    operate_listen: AddressOrNone = Field(
        default="127.0.0.1:9464", description="where metrics and health are served; none: nowhere"
    )
    log_level: LogLevel = Field(
        default="info", description="least level logged: debug, info, warning or error"
    )
    log_format: LogFormat = Field(
        default="auto", description="pretty, json, or auto: pretty at a terminal, else json"
    )
    slow_query_ms: int = Field(
        default=50, ge=0, le=60_000, description="queries that take longer are logged; 0: none"
    )
    memory_mb: int = Field(
        default=0, ge=0, le=1_000_000, description="memory that caches shrink to keep within; 0: no cap"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not a source of ours
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not a source of ours
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, the strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, FILE)


def load_settings(**flags: Any) -> Settings:
    """Return the settings in force; flags that are None do not count.

    Raises:
        ConfigError: naming the setting, what was expected, and the nearest valid name where one is misspelt.
            Values are never repeated: one of them may be the token.
    """
    _refuse_unknown_names()
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise ConfigError(
            "; ".join(_finding(dict(entry)) for entry in error.errors(include_input=False))
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{FILE} is no valid TOML: {error}; mend or remove it") from None
    _check_webhook(settings)
    return settings


def make_data_folder(folder: Path) -> None:
    """Make the data folder, with room for compiled banks, unless it is there.

    Raises:
        ConfigError: if it cannot be made.
    """
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        (folder / "banks").mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be made ({error.strerror}): mend permissions or set LPLATE_DATA"
        ) from None


def _refuse_unknown_names() -> None:
    for name in os.environ:
        field = name.upper().removeprefix(PREFIX).lower()
        if name.upper().startswith(PREFIX) and field not in Settings.model_fields:
            raise ConfigError(f"{name} is no setting{_nearest(field, lambda known: PREFIX + known.upper())}")


def _nearest(field: str, spelt: Callable[[str], str]) -> str:
    """Name the setting that *field* may have meant, else all, *spelt* as the place asks for."""
    close = get_close_matches(field, Settings.model_fields, 1)
    if close:
        return f": did you mean {spelt(close[0])}?"
    return f"; known are {', '.join(sorted(map(spelt, Settings.model_fields)))}"


def _finding(entry: dict[str, Any]) -> str:
    name = str(entry["loc"][0]) if entry["loc"] else "?"
    if entry["type"] == "extra_forbidden":
        return f"{name} in {FILE} is no setting{_nearest(name, str)}"
    message = str(entry["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} (or {name} in {FILE}): {message}"


def _check_webhook(settings: Settings) -> None:
    if settings.webhook_url is None:
        return
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    if not secret:
        raise ConfigError(
            "LPLATE_WEBHOOK_SECRET is missing: with LPLATE_WEBHOOK_URL it keeps forged updates out"
        )
    is_fit = all(c.isascii() and (c.isalnum() or c in "_-") for c in secret)
    if not is_fit or len(secret) > _SECRET_LENGTH:
        raise ConfigError("LPLATE_WEBHOOK_SECRET may hold 1 to 256 of A-Z a-z 0-9 _ -")
    if settings.token is None:
        raise ConfigError("LPLATE_TOKEN is missing: a webhook needs a bot; without both the playground runs")
