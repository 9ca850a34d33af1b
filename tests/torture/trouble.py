"""A Bot API in trouble: calls fail in every way that a network and its servers know."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from lplate_bot.playground.errors import ApiError, too_many_requests
from lplate_bot.playground.faults import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.files import Upload
    from lplate_bot.playground.server import PlaygroundServer

RETRY_AFTER_S = 1
SLACK_S = 0.05
"""Clocks and timers of two processes."""
INTERNAL = ApiError(500, "Internal Server Error")
BAD_GATEWAY = ApiError(502, "Bad Gateway")


class Storm(Faults):
    """Let *share* of all calls fail as long as it *is_on*.

    *happened* counts them, *spoilt* those that would have answered a press. A long poll never hangs: nobody
    could tell that from one during which nothing happens.
    """

    def __init__(self, chance: Random, share: float, hang_s: float) -> None:
        super().__init__()
        self.is_on = False
        self.happened = 0
        self.spoilt = 0
        self._chance = chance
        self._share = share
        self._kinds = {
            partial(Fault, error=too_many_requests(RETRY_AFTER_S)): 10,
            partial(Fault, error=INTERNAL): 20,
            partial(Fault, error=BAD_GATEWAY, after_effect=True): 10,
            partial(Fault, drops=True): 20,
            partial(Fault, drops=True, after_effect=True): 15,
            partial(Fault, cuts_off=True): 10,
            partial(Fault, cuts_off=True, after_effect=True): 10,
            partial(Fault, delay_s=0.3): 4,
        }
        self._hang = partial(Fault, delay_s=hang_s, drops=True)

    def take(self, method: str, params: Mapping[str, Any]) -> Fault | None:
        """Return a fault for this call if chance wills, else what was ordered."""
        if not self.is_on or self._chance.random() >= self._share:
            return super().take(method, params)
        self.happened += 1
        self.spoilt += method == "answerCallbackQuery"
        kinds = self._kinds if method == "getUpdates" else {**self._kinds, self._hang: 1}
        (kind,) = self._chance.choices(list(kinds), list(kinds.values()))
        return kind()


class FloodWatcher:
    """See to it that a chat told to wait is left alone, while others are served."""

    def __init__(self, server: PlaygroundServer) -> None:
        self.broken = 0
        self.told_off = 0
        self._bans: dict[str, float] = {}
        self._execute = server.api.execute
        server.api.execute = self._watched  # type: ignore[method-assign] # the one place every call passes

    async def _watched(
        self, bot: Bot, method: str, params: Mapping[str, Any], uploads: Mapping[str, Upload]
    ) -> Any:
        chat_id = str(params.get("chat_id", ""))
        self.broken += bool(chat_id) and time.monotonic() < self._bans.get(chat_id, 0.0) - SLACK_S
        try:
            return await self._execute(bot, method, params, uploads)
        except ApiError as error:
            if error.retry_after_s and chat_id:
                self.told_off += 1
                self._bans[chat_id] = time.monotonic() + error.retry_after_s
            raise
