"""The playground's server: one HTTP port with the Bot API and the chat page.

In a process of its own by `python -m lplate_bot.playground`; beside a bot, in a test or in the load test:

    server = PlaygroundServer(PlaygroundConfig(port=0))
    await server.start()
    anna = server.learner(1001)
    anna.start()
    await anna.wait_for(lambda message: message.reply_markup is not None)
    await server.stop()
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.api import TOKEN, BotApi
from lplate_bot.playground.contents import Contents
from lplate_bot.playground.delivery import Pace
from lplate_bot.playground.faults import Fault, Faults
from lplate_bot.playground.files import FileStore
from lplate_bot.playground.learner import Learner
from lplate_bot.playground.limits import FloodControl, FloodLimits
from lplate_bot.playground.messenger import LOCAL_LEARNERS, Bounds, Messenger
from lplate_bot.playground.methods.polls import resume_polls
from lplate_bot.playground.objects import Message, User
from lplate_bot.playground.page_routes import Page
from lplate_bot.playground.persistence import Snapshots
from lplate_bot.playground.request import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.chats import Chat


@dataclass(frozen=True, slots=True)
class PlaygroundConfig:
    """What a playground serves, where, and within which bounds."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes any free port."""
    tokens: Sequence[str] = (PLAYGROUND_TOKEN,)
    learners: Sequence[User] = LOCAL_LEARNERS
    state_path: Path | None = None
    """A file that keeps the state over restarts; contents of files go to a folder beside it."""
    flood_limits: FloodLimits | None = None
    bounds: Bounds = field(default_factory=Bounds)
    pace: Pace = field(default_factory=Pace)
    patience_s: float = 15.0
    """How long the page waits for the answer to a press."""
    file_memory_bytes: int = 256 * 1024 * 1024
    clock: Callable[[], float] = time.time
    """Unix time of messages."""


class PlaygroundServer:
    """Run the playground in this event loop."""

    def __init__(self, config: PlaygroundConfig | None = None) -> None:
        self.config = config or PlaygroundConfig()
        for token in self.config.tokens:
            if not TOKEN.fullmatch(token):
                raise ValueError("a bot token looks like 123456:letters-digits-_")
        path = self.config.state_path
        folder = path.with_name(f"{path.stem}-files") if path else None
        files = FileStore(Contents(self.config.file_memory_bytes, folder))
        self.messenger = Messenger(files, self.config.bounds, self.config.clock)
        self.faults = Faults()
        flood = FloodControl(self.config.flood_limits, time.monotonic)
        self.api = BotApi(self.messenger, flood, self.faults, self.config.pace)
        self._page = Page(self.messenger, self.config.patience_s)
        self._snapshots = Snapshots(self.messenger, path) if path else None
        self._runner: web.AppRunner | None = None
        self._port = 0

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Load the state and listen.

        Raises:
            OSError: the port is taken.
            StateError: the stored state cannot be read.
        """
        if self._snapshots is not None:
            self._snapshots.load()
        for token in self.config.tokens:
            self.messenger.add_bot(token)
        for user in self.config.learners:
            self.messenger.learners.setdefault(user.id, user)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.config.host, self.config.port, backlog=1024)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self._port = self._runner.addresses[0][1]
        for bot in self.messenger.bots.values():
            await self.api.delivery.restart(bot)
            resume_polls(self.messenger, bot)
        if self._snapshots is not None:
            self._snapshots.start()

    async def stop(self) -> None:
        """Stop listening, end deliveries and keep the state."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.api.delivery.stop()
        if self._snapshots is not None:
            await self._snapshots.stop()
        self.messenger.files.close()

    async def _hang_up(self, _application: web.Application) -> None:
        """End what would wait: long polls and chat pages."""
        for bot in self.messenger.bots.values():
            bot.queue.interrupt()
        await self._page.close()

    @property
    def url(self) -> str:
        """Return the root of the Bot API and the address of the page."""
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        return f"http://{host}:{self._port}"

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.on_shutdown.append(self._hang_up)
        for verb in ("GET", "POST"):
            application.router.add_route(verb, "/bot{token}/{method}", self.api.handle)
        application.router.add_get("/file/bot{token}/{path:.+}", self.api.download)
        application.add_routes(self._page.routes())
        return application

    # ------------------------------------------------------------------ people

    def bot(self, token: str | None = None) -> Bot:
        """Return a bot by its token, by default the first one."""
        return self.messenger.bots[token if token is not None else self.config.tokens[0]]

    def learner(self, learner_id: int, token: str | None = None) -> Learner:
        """Return a learner in the chat with a bot, by default the first bot.

        Raises:
            KeyError: there is no such learner.
        """
        return Learner(self.messenger, self.bot(token), self.messenger.learners[learner_id])

    def add_learner(
        self,
        first_name: str = "Learner",
        *,
        learner_id: int | None = None,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "en",
    ) -> Learner:
        """Make a learner; the bot can write to them only after they have written."""
        user = User(
            learner_id if learner_id is not None else self.messenger.next_learner_id(),
            is_bot=False,
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
        )
        return self.learner(self.messenger.add_learner(user).id)

    def add_group(
        self, title: str, members: Sequence[Learner], kind: str = "supergroup", token: str | None = None
    ) -> Chat:
        """Make a group of these learners and the bot; its id is negative, its owner the first member."""
        return self.messenger.add_group(self.bot(token), title, [member.id for member in members], kind)

    def messages(self, chat_id: int, token: str | None = None) -> list[Message]:
        """Return the messages of any chat of a bot, the oldest first."""
        return [post.message for post in self.bot(token).account.chats[chat_id].posts.values()]

    def order(self, fault: Fault) -> Fault:
        """Let calls fail: see Fault."""
        return self.faults.add(fault)
