"""The command line: ``lplate run``, ``check``, ``backup`` and so on; imports wait until one needs them."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from lplate.errors import BankError, LplateError
from lplate_bot.commands import admin
from lplate_bot.commands.config import show_config
from lplate_bot.commands.doctor import doctor
from lplate_bot.commands.guard import guarded
from lplate_bot.commands.options import BotId, ConfigFile, Data, PresetName  # noqa: TC001 - as above
from lplate_bot.commands.reload import reload
from lplate_bot.commands.top import top

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lplate.config import Settings

FAULT: Final = 70
"""Exit code of a fault of ours, as sysexits.h has it."""

app = typer.Typer(
    help="Practise for a driving theory test inside Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it may print local variables, secrets among them
)

_RUN: Final = "Run it"
_KEEP: Final = "Keep its data"
_PREPARE: Final = "Prepare it"
_WATCH: Final = "Look after it"


@app.command(rich_help_panel=_RUN)
def run(
    data: Data = None,
    listen: Annotated[
        str | None, typer.Option(help="Where the playground listens, as 127.0.0.1:8080.")
    ] = None,
    banks: Annotated[Path | None, typer.Option(help="Folder with banks of your own (LPLATE_BANKS).")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    preset: PresetName = None,
    config: ConfigFile = None,
    assign: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any setting, as pool_size=8.")
    ] = None,
    take_over: Annotated[  # noqa: FBT002 - a flag of the command line, always named
        bool, typer.Option("--take-over", help="Ask a bot that runs on the same data to stop, then go on.")
    ] = False,
) -> None:
    """Run the bot: on Telegram with LPLATE_TOKEN, else as a chat in your browser."""
    flags = {
        "data": data, "playground_listen": listen, "banks": banks,
        "log_level": log_level, "preset": preset, "config": config,
    }  # fmt: skip
    guarded(lambda: _run(flags, assign or (), take_over=take_over))


@app.command(rich_help_panel=_PREPARE)
def check(folder: Annotated[Path, typer.Argument(help="A bank's folder, the one with bank.yaml.")]) -> None:
    """Check a bank and list every finding with file and line."""
    guarded(lambda: _check(folder))


@app.command(rich_help_panel=_PREPARE)
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
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of the bot.")
    ] = None,
    pid: Annotated[
        int | None, typer.Option(help="A bot that runs already, with LPLATE_API_URL at --listen.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="File for all figures.")] = None,
    html: Annotated[Path | None, typer.Option(help="File for a report with charts.")] = None,
) -> None:
    """Load the bot with synthetic learners, on this machine only, and check every reply."""
    guarded(
        lambda: _load(
            pid=pid, json=json, html=html, learners=learners, seconds=seconds, rate=rate, think_s=think,
            delivery=delivery, shape=shape, flow=cards, habits=habits, listen=listen,
            settings=settings or (),
        )
    )  # fmt: skip


@app.command(rich_help_panel=_KEEP)
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    data: Data = None,
    bot: BotId = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,  # noqa: FBT002 - a flag of the command line, always named
) -> None:
    """Copy all learners to FILE, checked, while the bot goes on."""
    guarded(lambda: _backup(file, data, bot, may_replace=force))


@app.command(rich_help_panel=_KEEP)
def restore(
    file: Annotated[Path, typer.Argument(help="A file that lplate backup wrote.")],
    data: Data = None,
    bot: BotId = None,
) -> None:
    """Put a backup in the place of the learners of a bot that is stopped; the former ones are kept."""
    guarded(lambda: _restore(file, data, bot))


@app.command(rich_help_panel=_RUN)
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - slow, and only wanted here

    typer.echo(installed("lplate"))


app.command("config", rich_help_panel=_RUN)(show_config)
app.command(rich_help_panel=_RUN)(reload)
app.command(rich_help_panel=_WATCH)(top)
app.command(rich_help_panel=_WATCH)(doctor)
app.add_typer(admin.app, name="admin", rich_help_panel=_WATCH)


def main() -> None:
    """Start the command line."""
    app()


def _run(flags: Mapping[str, object], assigned: Sequence[str], *, take_over: bool) -> None:
    from lplate.config import load  # noqa: PLC0415 - --help must not wait for it

    def read() -> Settings:
        return load(flags, assigned).settings

    settings = read()
    import uvloop  # noqa: PLC0415 - nor must a word about wrong settings

    from lplate_bot.discretion import Discretion  # noqa: PLC0415 - as above
    from lplate_bot.launch import launch  # noqa: PLC0415 - as above
    from lplate_bot.logs import log_handler  # noqa: PLC0415 - as above

    discretion = Discretion(settings)
    logging.basicConfig(level=settings.log_level.upper(), handlers=[log_handler(settings, discretion)])
    try:
        uvloop.run(launch(settings, read, take_over=take_over))
    except LplateError as error:
        error.args = tuple(discretion.hide(str(part)) for part in error.args)
        raise
    except Exception:
        logging.getLogger(__name__).critical("bot_failed by a fault of ours", exc_info=True)
        raise typer.Exit(FAULT) from None


def _backup(file: Path, data: Path | None, bot: int | None, *, may_replace: bool) -> None:
    from lplate.config import load_settings  # noqa: PLC0415 - --help must not wait for it
    from lplate.safekeeping import back_up_learners  # noqa: PLC0415 - as above

    settings = load_settings(data=data)
    bot_id = back_up_learners(settings, file, datetime.now(UTC), bot_id=bot, may_replace=may_replace)
    typer.echo(f"{file}: learners of bot {bot_id}, {file.stat().st_size} bytes, checked")


def _restore(file: Path, data: Path | None, bot: int | None) -> None:
    from lplate.config import load_settings  # noqa: PLC0415 - --help must not wait for it
    from lplate.safekeeping import restore_learners  # noqa: PLC0415 - as above

    done = restore_learners(load_settings(data=data), file, datetime.now(UTC), bot_id=bot)
    typer.echo(f"{done.database}: learners of bot {done.bot_id} as in {file}")
    if done.kept is not None:
        typer.echo(f"{done.kept}: what was there before; delete it when you are sure")


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
