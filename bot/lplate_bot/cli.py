"""The command line: ``lplate run``, ``lplate check``; imports wait until a command needs them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from lplate.errors import BankError, LplateError

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Practise for a driving theory test inside Telegram.", no_args_is_help=True, add_completion=False
)


@app.command()
def run(
    data: Annotated[Path | None, typer.Option(help="Folder of databases (LPLATE_DATA).")] = None,
    listen: Annotated[
        str | None, typer.Option(help="Where the playground listens, as 127.0.0.1:8080.")
    ] = None,
    banks: Annotated[Path | None, typer.Option(help="Folder with banks of your own (LPLATE_BANKS).")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Run the bot: on Telegram with LPLATE_TOKEN, else as a chat in your browser."""
    _guarded(lambda: _run(data=data, playground_listen=listen, banks=banks, log_level=log_level))


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="A bank's folder, the one with bank.yaml.")]) -> None:
    """Check a bank and list every finding with file and line."""
    _guarded(lambda: _check(folder))


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - slow, and only wanted here

    typer.echo(installed("lplate"))


def main() -> None:
    """Start the command line."""
    app()


def _run(**flags: object) -> None:
    from lplate.config import load_settings  # noqa: PLC0415 - --help must not wait for it

    settings = load_settings(**flags)
    import uvloop  # noqa: PLC0415 - nor must a word about wrong settings

    from lplate_bot.launch import launch  # noqa: PLC0415 - as above

    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)-7s %(name)s %(message)s",
        stream=sys.stderr,
    )
    uvloop.run(launch(settings))


def _check(folder: Path) -> None:
    from lplate.importing.validation import check_bank  # noqa: PLC0415 - --help must not wait for it

    findings = check_bank(folder)
    for issue in findings.warnings:
        typer.echo(f"warning: {issue}")
    if findings.errors:
        raise BankError(folder, findings.errors)
    typer.echo(f"{folder}: no errors, {len(findings.warnings)} warnings")


def _guarded(command: Callable[[], None]) -> None:
    """Run *command*; an error of ours becomes a sentence, not a traceback."""
    try:
        command()
    except BankError as error:
        for issue in error.issues:
            typer.echo(f"error: {issue}", err=True)
        typer.echo(f"lplate: {error}", err=True)
        raise typer.Exit(1) from None
    except LplateError as error:
        typer.echo(f"lplate: {error}", err=True)
        raise typer.Exit(1) from None
