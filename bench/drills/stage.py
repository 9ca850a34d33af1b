"""What drills share: when the load's Bot API listens, and when a bot serves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NOBODY = 0
"""No process: the processor time of a bot that changes is of no interest."""
LOOK_EVERY_S = 0.002


async def until_open(address: str) -> None:
    """Return once something listens at *address*."""
    host, _, port = address.rpartition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            writer.close()
            return


async def until_served(data: Path) -> None:
    """Return once the bot on *data* listens for updates, and offers the socket to a successor."""
    while not offered_at(data).exists():  # noqa: ASYNC110 - the other side is another process
        await asyncio.sleep(LOOK_EVERY_S)


def offered_at(data: Path) -> Path:
    """Return where the bot of a load test offers its socket."""
    return data / "webhook-1.sock"
