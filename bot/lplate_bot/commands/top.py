"""``lplate top``: how the running bot is, live in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from lplate.errors import ConfigError
from lplate_bot.commands.guard import guarded


def top(
    url: Annotated[
        str | None, typer.Option(help="Where the bot shows its metrics; else LPLATE_OPERATE_LISTEN.")
    ] = None,
    interval: Annotated[float, typer.Option(min=0.2, max=60, help="Seconds from frame to frame.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Print one frame and end.")] = False,  # noqa: FBT002 - a flag of the command line, always named
) -> None:
    """Show how the running bot is: replies, queues, commits, Telegram, caches, memory; q leaves."""
    guarded(lambda: _top(url, interval, is_once=once))


def _top(url: str | None, interval_s: float, *, is_once: bool) -> None:
    from lplate_bot.watch import live  # noqa: PLC0415 - rich is slow to import
    from lplate_bot.watch.scrape import metrics_url  # noqa: PLC0415 - --help must not wait for it

    (live.once if is_once else live.watch)(metrics_url(url or _own_place()), interval_s)


def _own_place() -> str:
    from lplate.config import load_settings  # noqa: PLC0415 - --help must not wait for it

    place = load_settings().operate_listen
    if not place:
        raise ConfigError(
            "LPLATE_OPERATE_LISTEN is none, so this bot shows no metrics: set it, or give --url"
        )
    return place
