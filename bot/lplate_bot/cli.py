"""The command line: ``lplate run``, ``check``, ``load``; imports wait until a command needs them."""

from __future__ import annotations

import logging
import sys
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

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
def load(
    learners: Annotated[int, typer.Option(help="Synthetic learners.")] = 1000,
    seconds: Annotated[float, typer.Option(help="Length of the measured part.")] = 60.0,
    rate: Annotated[
        float | None, typer.Option(help="Open loop: presses a second, whether the bot keeps up or not.")
    ] = None,
    think: Annotated[
        float, typer.Option(help="Closed loop: mean seconds between a reply and the next press.")
    ] = 1.0,
    delivery: Annotated[str, typer.Option(help="How updates reach the bot: webhook or polling.")] = "webhook",
    shape: Annotated[str, typer.Option(help="steady, ramp or spike.")] = "steady",
    cards: Annotated[str, typer.Option(help="The learners' setting: card, fast or messages.")] = "card",
    habits: Annotated[
        str, typer.Option(help="mixed, or plain: right answers only, no skips, ticks, double taps.")
    ] = "mixed",
    listen: Annotated[
        str, typer.Option(help="Where the test's Bot API listens, on this machine.")
    ] = "127.0.0.1:0",
    pid: Annotated[
        int | None, typer.Option(help="A bot that runs already, with LPLATE_API_URL at --listen.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="File for all figures.")] = None,
    html: Annotated[Path | None, typer.Option(help="File for a report with charts.")] = None,
) -> None:
    """Load the bot with synthetic learners, on this machine only, and check every reply."""
    _guarded(
        lambda: _load(
            pid=pid, json=json, html=html, learners=learners, seconds=seconds, rate=rate, think_s=think,
            delivery=delivery, shape=shape, flow=cards, habits=habits, listen=listen,
        )
    )  # fmt: skip


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


def _load(*, pid: int | None, json: Path | None, html: Path | None, **options: Any) -> None:
    from lplate_bot.loadtest.command import Output, run  # noqa: PLC0415 - --help must not wait for it
    from lplate_bot.loadtest.options import plan_of  # noqa: PLC0415 - as above

    if not run(plan_of(**options), pid, Output(json, html)):
        raise typer.Exit(1)


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
