"""``lplate reload``: have the running bot read its settings anew."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import typer

from lplate_bot.commands.guard import guarded
from lplate_bot.commands.options import BotId, ConfigFile, Data  # noqa: TC001 - typer reads the annotations

if TYPE_CHECKING:
    from pathlib import Path


def reload(data: Data = None, bot: BotId = None, config: ConfigFile = None) -> None:
    """Have the running bot read its settings anew; a file with a fault is refused here already."""
    guarded(lambda: _reload(data, bot, config))


def _reload(data: Path | None, bot: int | None, config: Path | None) -> None:
    from lplate.adapters.sqlite import signal_holder  # noqa: PLC0415 - --help must not wait for it
    from lplate.config import load_settings  # noqa: PLC0415 - as above
    from lplate.errors import StoreError  # noqa: PLC0415 - as above
    from lplate.safekeeping import which_bot  # noqa: PLC0415 - as above
    from lplate.wiring import learners_path  # noqa: PLC0415 - as above

    settings = load_settings(data=data, config=config)
    database = learners_path(settings, which_bot(settings, bot))
    pid = signal_holder(database, signal.SIGHUP)
    if pid is None:
        raise StoreError(f"{database}: no running bot can be seen from here; start it with lplate run")
    typer.echo(f"process {pid} reads its settings anew; its log says what changed")
