"""Back up the learners of one bot and put a backup back: which database, and what may be replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.adapters.sqlite import Origin, back_up, inspect, restore
from lplate.config import make_data_folder
from lplate.errors import ConfigError
from lplate.wiring import learners_path

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from lplate.config import Settings

_LEARNERS: Final = re.compile(r"learners-(?P<bot_id>[0-9]+)\.db")
_MS_PER_S: Final = 1000


@dataclass(frozen=True, slots=True)
class Restored:
    """Tell what was put where; *kept* is the database that stood there before, if any."""

    bot_id: int
    database: Path
    kept: Path | None


def back_up_learners(
    settings: Settings, target: Path, now: datetime, *, bot_id: int | None = None, may_replace: bool = False
) -> int:
    """Copy the learners of a bot, running or not, to *target*, checked; return the bot's id.

    Raises:
        ConfigError: if it is not clear which bot is meant, or *target* exists and may not be replaced.
        StoreError: if there is nothing to copy, it is damaged, or the copy cannot be written.
    """
    found = which_bot(settings, bot_id)
    if target.is_dir():
        raise ConfigError(f"{target} is a folder: name a file in it")
    if target.exists() and not may_replace:
        raise ConfigError(f"{target} exists: name another file, or replace it with --force")
    back_up(learners_path(settings, found), target, Origin(found, round(now.timestamp() * _MS_PER_S)))
    return found


def restore_learners(
    settings: Settings, backup: Path, now: datetime, *, bot_id: int | None = None
) -> Restored:
    """Put a backup in the place of its bot's learners, which are kept beside.

    Raises:
        ConfigError: if the backup is of another bot than the one meant, or does not say of which.
        StoreError: if the backup cannot be used, a bot holds the learners, or the folder does not take them.
    """
    wanted = bot_id or _bot_of_token(settings)
    origin = inspect(backup)
    if origin is None and wanted is None:
        raise ConfigError(f"{backup} does not say of which bot it is: name it with --bot ID or LPLATE_TOKEN")
    if origin is not None and wanted not in {None, origin.bot_id}:
        raise ConfigError(
            f"{backup} is of bot {origin.bot_id}, not of bot {wanted}: set LPLATE_TOKEN or --bot "
            "to that one, or name another backup"
        )
    found = origin.bot_id if origin is not None else wanted
    assert found is not None
    make_data_folder(settings.data)
    database = learners_path(settings, found)
    return Restored(found, database, restore(backup, database, f"{now:%Y%m%d-%H%M%S}"))


def learners_of(folder: Path) -> list[tuple[int, Path]]:
    """Return the ids of all bots that have learners in a data folder, in order, with their databases."""
    matches = ((_LEARNERS.fullmatch(file.name), file) for file in folder.glob("learners-*.db"))
    return sorted((int(match["bot_id"]), file) for match, file in matches if match is not None)


def which_bot(settings: Settings, bot_id: int | None = None) -> int:
    """Return the bot that is meant: *bot_id*, else that of the token, else the only one in the data folder.

    Raises:
        ConfigError: if that is not clear.
    """
    return bot_id or _bot_of_token(settings) or _only_bot(settings)


def _bot_of_token(settings: Settings) -> int | None:
    if settings.token is None:
        return None
    return int(settings.token.get_secret_value().partition(":")[0])


def _only_bot(settings: Settings) -> int:
    """Return the one bot that has learners in the data folder."""
    found = [bot_id for bot_id, _ in learners_of(settings.data)]
    if not found:
        raise ConfigError(f"no learners in {settings.data}: set LPLATE_DATA to the folder that has them")
    if len(found) > 1:
        raise ConfigError(
            f"{settings.data} holds the learners of several bots ({', '.join(map(str, found))}): "
            "name one with --bot ID or LPLATE_TOKEN"
        )
    return found[0]
