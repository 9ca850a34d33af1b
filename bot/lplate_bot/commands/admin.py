"""``lplate admin``: look after a bot that runs, from its own machine."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it when it makes the options
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lplate_bot.commands.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    help="Look after a running bot: numbers, learners, tiers, invitations, maintenance, broadcasts.",
    no_args_is_help=True,
)
invite = typer.Typer(help="Links that give a tier.", no_args_is_help=True)
broadcast = typer.Typer(help="Messages to many learners.", no_args_is_help=True)
app.add_typer(invite, name="invite")
app.add_typer(broadcast, name="broadcast")
caches = typer.Typer(help="What the bot keeps in memory.", no_args_is_help=True)
app.add_typer(caches, name="caches")

_Days = Annotated[int | None, typer.Option(help="How long the tier lasts; none: for good.")]
_Number = Annotated[int, typer.Argument(help="Number of the broadcast.")]


@app.callback()
def admin(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Folder of databases (LPLATE_DATA).")] = None,
    bot: Annotated[
        int | None, typer.Option("--bot", help="Id of the bot, if the folder holds several.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print what programs can read.")] = False,  # noqa: FBT002 - a flag of the command line, always named
) -> None:
    """Look after a running bot."""
    context.obj = _asking(data, bot, as_json=json)


@app.command()
def stats(context: typer.Context) -> None:
    """Show the numbers of the day (UTC), queues and refusals."""
    context.obj("stats")


@app.command()
def learner(context: typer.Context, id: Annotated[int, typer.Argument(help="Telegram's id.")]) -> None:  # noqa: A002 - as the command line shows it
    """Show a learner's tier, last visit and progress."""
    context.obj("learner", id=id)


@app.command()
def tier(
    context: typer.Context,
    id: Annotated[int, typer.Argument(help="Telegram's id.")],  # noqa: A002 - as the command line shows it
    name: Annotated[str, typer.Argument(help="Tier; free takes any other away.")],
    days: _Days = None,
) -> None:
    """Give a learner a tier."""
    context.obj("tier", id=id, tier=name, days=days)


@app.command()
def tiers(
    context: typer.Context,
    reload: Annotated[bool, typer.Option("--reload", help="Read LPLATE_TIERS again first.")] = False,  # noqa: FBT002 - a flag of the command line, always named
) -> None:
    """List the tiers."""
    context.obj("tiers", reload=reload)


@app.command()
def maintenance(
    context: typer.Context,
    state: Annotated[str, typer.Argument(help="on or off.")],
    notice: Annotated[str, typer.Option(help="What learners are told, at most 200 characters.")] = "",
) -> None:
    """Have presses answered with a notice instead of applied; it lasts over restarts."""
    if state not in {"on", "off"}:
        raise typer.BadParameter("say on or off", param_hint="STATE")
    context.obj("maintenance", on=state == "on", notice=notice)


@invite.command("new")
def invite_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TIER", help="Tier that the link gives.")],
    uses: Annotated[int, typer.Option(help="So many learners may use it, each once.")] = 1,
    days: _Days = None,
    open_days: Annotated[int | None, typer.Option(help="How long the link works; none: for ever.")] = 30,
) -> None:
    """Make a link that gives a tier."""
    context.obj("invite new", tier=name, uses=uses, days=days, open_days=open_days)


@invite.command("list")
def invite_list(context: typer.Context) -> None:
    """List all invitations."""
    context.obj("invite list")


@invite.command("withdraw")
def invite_withdraw(
    context: typer.Context, code: Annotated[str, typer.Argument(help="What follows t_ in the link.")]
) -> None:
    """End an invitation; who used it keeps what they got."""
    context.obj("invite withdraw", code=code)


@broadcast.command("new")
def broadcast_new(
    context: typer.Context,
    text: Annotated[list[str], typer.Option(help="As en=Hello; once a language, the first is the fallback.")],
    html: Annotated[bool, typer.Option("--html", help="The texts are Telegram's HTML.")] = False,  # noqa: FBT002 - a flag of the command line, always named
    for_tier: Annotated[str, typer.Option("--tier", help="Only learners of this tier.")] = "",
    days: Annotated[int | None, typer.Option(help="Only learners active in the last so many days.")] = None,
) -> None:
    """Write a draft; nothing is sent yet."""
    pairs = [
        [language, words]
        for language, separator, words in (each.partition("=") for each in text)
        if separator
    ]
    if len(pairs) != len(text):
        raise typer.BadParameter("write it as en=Hello", param_hint="--text")
    context.obj("broadcast new", texts=pairs, is_html=html, tier=for_tier, days=days)


@broadcast.command("list")
def broadcast_list(context: typer.Context) -> None:
    """List the newest broadcasts with their numbers."""
    context.obj("broadcast list")


@broadcast.command("start")
def broadcast_start(context: typer.Context, number: _Number) -> None:
    """Send a draft, or go on with a paused one."""
    context.obj("broadcast start", id=number)


@broadcast.command("pause")
def broadcast_pause(context: typer.Context, number: _Number) -> None:
    """Pause what is being sent."""
    context.obj("broadcast pause", id=number)


@broadcast.command("cancel")
def broadcast_cancel(context: typer.Context, number: _Number) -> None:
    """Stop sending for good."""
    context.obj("broadcast cancel", id=number)


@caches.command("clear")
def caches_clear(context: typer.Context) -> None:
    """Empty all caches; what is asked for is read anew."""
    context.obj("caches clear")


def _asking(data: Path | None, bot: int | None, *, as_json: bool) -> Callable[..., None]:
    """Return what asks a verb of the bot that is meant and prints the answer."""

    def ask(verb: str, **arguments: Any) -> None:
        guarded(lambda: _ask(data, bot, verb, arguments, as_json=as_json))

    return ask


def _ask(data: Path | None, bot: int | None, verb: str, arguments: dict[str, Any], *, as_json: bool) -> None:
    import msgspec  # noqa: PLC0415 - --help must not wait for it

    from lplate.config import load_settings  # noqa: PLC0415 - as above
    from lplate.safekeeping import which_bot  # noqa: PLC0415 - as above
    from lplate_bot.operators.doorway import ask  # noqa: PLC0415 - as above

    settings = load_settings(data=data)
    report = ask(settings.data, which_bot(settings, bot), verb, arguments)
    typer.echo(msgspec.json.encode(report["data"]).decode() if as_json else report["text"])
