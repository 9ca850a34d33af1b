"""``lplate doctor``: look over machine, data and Telegram's side, and say what to do."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from lplate_bot.discretion import Discretion
    from lplate_bot.doctor.table import Result

ERROR: Final = 2
"""Exit code when something keeps the bot from its promises; 1 stands for warnings, 0 for neither."""

Data = Annotated[Path | None, typer.Option(help="Folder of databases (LPLATE_DATA).")]


def doctor(
    data: Data = None,
    fix: Annotated[  # noqa: FBT002 - a flag of the command line, always named
        bool, typer.Option("--fix", help="Mend what is safe to mend, and say so.")
    ] = False,
    as_json: Annotated[  # noqa: FBT002 - a flag of the command line, always named
        bool, typer.Option("--json", help="One JSON document for programs.")
    ] = False,
) -> None:
    """Look over machine, data, banks, token and webhook; end with 0 (well), 1 (warnings) or 2 (errors)."""
    from lplate.config import load_settings  # noqa: PLC0415 - --help must not wait for it
    from lplate.errors import ConfigError  # noqa: PLC0415 - as above

    try:
        settings = load_settings(data=data)
    except ConfigError as error:
        _tell_unset(str(error), as_json=as_json)
        raise typer.Exit(ERROR) from None
    from lplate_bot.discretion import Discretion  # noqa: PLC0415 - as above
    from lplate_bot.doctor.patient import admitted  # noqa: PLC0415 - as above
    from lplate_bot.doctor.table import examine  # noqa: PLC0415 - as above

    discretion = Discretion(settings)
    results = []
    for result in examine(admitted(settings), fix=fix):
        results.append(result)
        if not as_json:
            _tell(result, discretion)
    _sum_up(results, discretion, as_json=as_json)
    raise typer.Exit(max(result.level for result in results))


def _tell(result: Result, discretion: Discretion) -> None:
    from lplate_bot.doctor.report import lines  # noqa: PLC0415 - as above

    for line in lines(result, coloured=sys.stdout.isatty()):
        typer.echo(discretion.hide(line))


def _sum_up(results: list[Result], discretion: Discretion, *, as_json: bool) -> None:
    from lplate_bot.doctor import report  # noqa: PLC0415 - as above

    text = report.as_json(results) if as_json else f"\n{report.summary(results)}"
    typer.echo(discretion.hide(text))


def _tell_unset(words: str, *, as_json: bool) -> None:
    """Say that the settings themselves are wrong: nothing else can be looked at."""
    from lplate_bot.doctor import report  # noqa: PLC0415 - as above
    from lplate_bot.doctor.finding import error  # noqa: PLC0415 - as above
    from lplate_bot.doctor.table import Result  # noqa: PLC0415 - as above

    wrong = Result("settings", error(words, "mend the setting, then ask again"))
    if as_json:
        typer.echo(report.as_json([wrong]))
        return
    for line in report.lines(wrong, coloured=sys.stdout.isatty()):
        typer.echo(line)
