"""All settings: their kinds, ranges, defaults and meaning, in groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from lplate.config.kinds import (  # noqa: TC001 - pydantic reads the annotations
    Address,
    AddressOrNone,
    Ids,
    LogFormat,
    LogLevel,
    PresetName,
    Secret,
    Token,
    Url,
    UrlOrNone,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST: Final = 1_000_000


def _knob(
    default: object,
    description: str,
    span: tuple[float, float] | None = None,
    *,
    unit: str = "",
    reloads: bool = False,
) -> Any:
    """Return a field; *span*: its least and greatest value; *reloads*: it may change while the bot runs."""
    least, most = span or (None, None)
    more: dict[str, Any] = {"unit": unit, "reloads": reloads}
    return Field(default=default, description=description, ge=least, le=most, json_schema_extra=more)


class BotSettings(BaseModel):
    """Hold who the bot is and what it offers."""

    token: Token = _knob(None, "bot token from @BotFather; without one the playground runs")
    api_url: Url = _knob("https://api.telegram.org", "root of the Bot API, for a local Bot API server")
    data: Path = _knob(Path("data"), "folder of databases and compiled banks")
    banks: Path | None = _knob(None, "folder with banks of your own, each a folder with a bank.yaml")
    starter_bank: bool = _knob(default=True, description="offer the bank that comes along")
    playground_listen: Address = _knob("127.0.0.1:8080", "where the playground listens")
    preset: PresetName = _knob(None, "values for a level of load; what is set elsewhere counts for more")
    admins: Ids = _knob((), "user ids of the operators who may use /admin", reloads=True)
    tiers: Path | None = _knob(None, "TOML file that changes or adds tiers", reloads=True)


class UpdateSettings(BaseModel):
    """Hold how updates arrive."""

    webhook_url: UrlOrNone = _knob(None, "public address for Telegram; without one the bot polls")
    webhook_listen: Address = _knob("127.0.0.1:8443", "where the webhook server listens")
    webhook_secret: Secret = _knob(None, "secret token, required with a webhook")
    webhook_connections: int = _knob(
        100, "connections Telegram may open; above 100 for a local Bot API server", (1, 100_000)
    )
    webhook_clients: int = _knob(
        1024, "connections the webhook server holds open, strangers too", (8, 65_536)
    )
    webhook_hold_s: float = _knob(
        50.0, "how long a POST may wait for its commit before it is refused", (1, 55), unit="s"
    )
    poll_timeout_s: int = _knob(30, "how long Telegram holds a poll that finds nothing", (1, 50), unit="s")
    seen_updates: int = _knob(65_536, "updates remembered to know duplicates by", (1024, 16_777_216))
    most_waiting: int = _knob(
        10_000, "updates held in memory before a webhook answers 503", (1, _MOST), reloads=True
    )


class LimitSettings(BaseModel):
    """Hold what one learner may do."""

    rate_per_minute: float = _knob(
        10.0, "tokens a minute and learner; an answer costs a quarter, a command one", (0.01, 100_000),
        unit="/min", reloads=True,
    )  # fmt: skip
    rate_burst: float = _knob(15.0, "most tokens of a learner", (1, 100_000), reloads=True)
    press_per_second: float = _knob(
        5.0, "presses a second and learner, free ones too; rises with rate_per_minute", (0.1, 10_000),
        unit="/s", reloads=True,
    )  # fmt: skip
    press_burst: float = _knob(
        60.0, "presses of a learner at once, free ones too", (1, 100_000), reloads=True
    )


class SendingSettings(BaseModel):
    """Hold how replies go out."""

    send_per_second: int = _knob(
        30, "new messages a second over all chats; 0: until Telegram says stop", (0, 10_000),
        unit="/s", reloads=True,
    )  # fmt: skip
    send_per_chat: float = _knob(
        1.0, "new messages a second in one chat; 0: no limit", (0, 100), unit="/s", reloads=True
    )
    send_chat_burst: int = _knob(3, "new messages at once in one chat", (1, 100), reloads=True)
    send_per_group: int = _knob(
        20, "new messages a minute in a group; 0: no limit", (0, 10_000), unit="/min", reloads=True
    )
    broadcast_per_second: float = _knob(
        20.0, "messages a second of a broadcast, at most", (0.1, 1000), unit="/s", reloads=True
    )
    most_unsent: int = _knob(
        10_000, "calls to Telegram that wait before no more updates are applied", (100, _MOST), reloads=True
    )
    api_connections: int = _knob(64, "connections to the Bot API", (1, 1024))
    api_connect_timeout_s: float = _knob(
        10.0, "how long opening one may take before the call is tried again", (0.1, 120), unit="s"
    )
    api_timeout_s: float = _knob(
        30.0, "how long a call may take before it is tried again", (0.5, 300), unit="s"
    )
    uploads: int = _knob(4, "uploads of pictures at once; the other connections stay free", (1, 64))


class StorageSettings(BaseModel):
    """Hold how learners are stored."""

    pool_size: int = _knob(4, "reading database connections beside the one writer", (1, 256))
    commit_window_ms: float = _knob(
        2.0, "pace of commits: one starts at once if the last began this long ago", (0, 1000),
        unit="ms", reloads=True,
    )  # fmt: skip
    commit_group: int = _knob(4096, "most changes written in one commit", (1, 100_000), reloads=True)
    confirm_delay_s: float = _knob(
        5.0, "how long noting a delivered reply waits for a commit; a crash repeats as much", (0.01, 60),
        unit="s", reloads=True,
    )  # fmt: skip
    sqlite_cache_mb: int = _knob(32, "page cache of the writer", (1, 16_384), unit="MiB")
    sqlite_mmap_mb: int = _knob(
        0, "database mapped into memory; a disk that fails then ends the process", (0, 65_536), unit="MiB"
    )
    wal_mb: int = _knob(
        32, "length at which the write-ahead log is copied into the database", (1, 4096), unit="MiB"
    )
    busy_timeout_ms: int = _knob(
        5000, "how long a write waits for another program that locks the database", (0, 60_000), unit="ms"
    )
    read_timeout_s: float = _knob(30.0, "how long a read may take before it is stopped", (0.1, 600), unit="s")
    slow_query_ms: int = _knob(
        50, "statements that take longer are logged; 0: none", (0, 60_000), unit="ms", reloads=True
    )


class MemorySettings(BaseModel):
    """Hold how much stays in memory."""

    question_cache: int = _knob(
        4096, "questions kept in memory, of each bank; rendered ones of all", (1, 10_000_000)
    )
    learner_cache: int = _knob(10_000, "learners kept in memory", (1, 10_000_000))
    file_cache: int = _knob(8192, "ids of uploaded pictures kept in memory", (1, _MOST))
    memory_mb: int = _knob(
        0, "resident memory that caches shrink to keep within; 0: no cap", (0, 1_048_576), unit="MiB"
    )


class OperationSettings(BaseModel):
    """Hold how the process is watched and stopped."""

    log_level: LogLevel = _knob("info", "least level logged", reloads=True)
    log_format: LogFormat = _knob("auto", "how logs are written; auto: pretty at a terminal, else JSON")
    operate_listen: AddressOrNone = _knob(
        "127.0.0.1:9464", "where metrics and health are served; empty or none: nowhere"
    )
    drain_s: float = _knob(
        1.5, "how long a stopping bot waits for commits, then for replies", (0.1, 30), unit="s", reloads=True
    )


class Settings(
    OperationSettings,
    MemorySettings,
    StorageSettings,
    SendingSettings,
    LimitSettings,
    UpdateSettings,
    BotSettings,
):
    """Hold every setting; each is ``LPLATE_<NAME>`` in the environment, its lower-case name in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


GROUPS: Final[Mapping[str, type[BaseModel]]] = {
    "Bot and banks": BotSettings,
    "Updates from Telegram": UpdateSettings,
    "What a learner may do": LimitSettings,
    "Replies to Telegram": SendingSettings,
    "Database": StorageSettings,
    "Memory": MemorySettings,
    "Operation": OperationSettings,
}
"""The groups by title, in the order in which they are shown."""
