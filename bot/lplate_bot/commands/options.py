"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="Folder of databases (LPLATE_DATA).")]
BotId = Annotated[int | None, typer.Option("--bot", help="Id of the bot, the part of its token before ':'.")]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="File of settings (LPLATE_CONFIG, else lplate.toml).")
]
PresetName = Annotated[
    str | None, typer.Option("--preset", help="small, medium, large or huge (LPLATE_PRESET).")
]
