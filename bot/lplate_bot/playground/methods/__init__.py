"""The methods of the Bot API that the server knows, by name."""

from collections.abc import Mapping
from typing import Final

from lplate_bot.playground.call import Handler
from lplate_bot.playground.methods import (
    account,
    chat,
    editing,
    forwarding,
    polls,
    profile,
    queries,
    sending,
    updating,
)

HANDLERS: Final[Mapping[str, Handler]] = {
    **account.HANDLERS,
    **chat.HANDLERS,
    **editing.HANDLERS,
    **forwarding.HANDLERS,
    **polls.HANDLERS,
    **profile.HANDLERS,
    **queries.HANDLERS,
    **sending.HANDLERS,
    **updating.HANDLERS,
}

__all__ = ["HANDLERS"]
