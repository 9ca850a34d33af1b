"""A place to play in: a playground, the bot in a process of its own, and a list of all calls it makes."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from e2e.records import Records
from lplate_bot.playground.delivery import Pace
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from playing import LPLATE, POLLING, BotProcess, Player

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.files import Upload

FAST = Pace(timeout_s=30.0, first_delay_s=0.02, longest_delay_s=0.1)
"""A bot that is away is tried again at once: tests must not wait for Telegram's patience."""


@dataclass(frozen=True, slots=True)
class SeenCall:
    """Note one call of the bot: method, parameters, and digests of the files it uploaded."""

    method: str
    params: Mapping[str, Any]
    uploads: tuple[str, ...]


@dataclass
class Town:
    """Hold a playground, the bot in it, and what the bot called."""

    server: PlaygroundServer
    data: Path
    bot: BotProcess
    calls: list[SeenCall] = field(default_factory=list)

    @property
    def records(self) -> Records:
        """Return what the bot stored."""
        return Records(self.data)

    def player(self, name: str = "Learner", language: str = "en") -> Player:
        """Return a learner whom the bot never met."""
        return Player(self.server.add_learner(name, language_code=language))

    def calls_to(self, player: Player, *methods: str) -> list[SeenCall]:
        """Return the calls of these methods that went to a learner's chat."""
        chat_id = str(player.learner.id)  # a number in JSON, words in a form that bears a file
        return [c for c in self.calls if c.method in methods and str(c.params.get("chat_id")) == chat_id]

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(call.method == method for call in self.calls)

    def uploads(self) -> Counter[str]:
        """Count uploads by the digest of what was uploaded."""
        return Counter(digest for call in self.calls for digest in call.uploads)

    def listen(self) -> None:
        """Note all calls from now on."""
        execute = self.server.api.execute

        async def noted(
            bot: Bot, method: str, params: Mapping[str, Any], uploads: Mapping[str, Upload]
        ) -> Any:
            digests = tuple(sha256(upload.content).hexdigest() for upload in uploads.values())
            self.calls.append(SeenCall(method, params, digests))
            return await execute(bot, method, params, uploads)

        self.server.api.execute = noted  # type: ignore[method-assign] # the one place every call passes


@asynccontextmanager
async def open_town(
    data: Path, environment: Mapping[str, str] = POLLING, command: Sequence[str] = LPLATE
) -> AsyncIterator[Town]:
    """Start playground and bot; end both."""
    server = PlaygroundServer(PlaygroundConfig(port=0, pace=FAST))
    await server.start()
    try:
        async with BotProcess(server, data, command, **environment) as bot:
            town = Town(server, data, bot)
            town.listen()
            yield town
    finally:
        await server.stop()
