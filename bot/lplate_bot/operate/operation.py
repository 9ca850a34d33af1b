"""Join what operators need into one thing that lives as long as the bot."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from lplate_bot.egress import ApiUnreachable
from lplate_bot.operate.facts import Facts
from lplate_bot.operate.health import FINE, Bounds, Health
from lplate_bot.operate.pulse import BEAT_S, Pulse
from lplate_bot.operate.server import OperateServer
from lplate_bot.watch.history import History
from lplate_bot.watch.status import StatusPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from lplate.config import Settings
    from lplate_bot.assembly import Bot
    from lplate_bot.operate.exposition import Exposition
    from lplate_bot.operate.notify import Notifier

_log = logging.getLogger(__name__)

STATUS_S: Final = 10.0
"""How often the service manager is told in words how the bot is."""
PROBE_S: Final = 5.0
"""A Bot API that does not answer is asked this often: its return is noticed without a learner's help."""


class Operation:
    """Watch over one bot: feel its pulse, judge its health, keep the service manager informed."""

    def __init__(self, bot: Bot, health: Health, notifier: Notifier) -> None:
        self.health = health
        self.pulse = Pulse(self._on_beat)
        self.url = ""
        """Where the server listens, empty if it does not."""
        self._bot = bot
        self._notifier = notifier
        self._told_at_s = self._patted_at_s = -STATUS_S

    def up(self) -> None:
        """Note that the bot serves now."""
        self.health.is_up = True
        self._notifier.ready()

    async def hand_over(self, stopping: asyncio.Event, successor_pid: Callable[[], int | None]) -> None:
        """Tell the service manager, once *stopping* is set, that the bot ends, or who takes its place."""
        await stopping.wait()
        pid = successor_pid()
        if pid is None:
            self._notifier.stopping()
        else:
            self._notifier.hand_over(pid)

    async def probe(self) -> None:
        """Ask the Bot API for a sign of life again and again while it gives none."""
        client = self._bot.client
        while True:
            await asyncio.sleep(PROBE_S)
            if client.metrics.failing_since_s is not None:
                with suppress(ApiUnreachable):
                    await client.call("getMe", timeout_s=PROBE_S)

    def _on_beat(self) -> None:
        now_s = time.monotonic()
        watchdog_s = self._notifier.watchdog_s
        is_due = watchdog_s is not None and now_s - self._patted_at_s >= watchdog_s / 2 - BEAT_S
        if is_due and self.health.is_writing:
            self._patted_at_s = now_s
            self._notifier.pat()
        if now_s - self._told_at_s >= STATUS_S:
            self._told_at_s = now_s
            self._notifier.status("; ".join(self.health.troubles()) or self._line())

    def _line(self) -> str:
        bot = self._bot
        return f"serving; {bot.gate.waiting} updates and {bot.outbox.waiting} calls wait"


@asynccontextmanager
async def operating(
    bot: Bot,
    settings: Settings,
    stopping: asyncio.Event,
    notifier: Notifier,
    successor_pid: Callable[[], int | None],
) -> AsyncIterator[Operation]:
    """Watch over *bot*, and serve what is seen at the settings' address, until the block is left."""
    health = Health(bot, stopping, Bounds(settings.most_waiting, settings.most_unsent))
    operation = Operation(bot, health, notifier)
    async with AsyncExitStack() as stack:
        for work in (operation.pulse.run(), operation.probe(), operation.hand_over(stopping, successor_pid)):
            _begin(stack, work)
        if settings.operate_listen:
            facts = Facts("polling" if settings.webhook_url is None else "webhook", time.time())
            await _serve(stack, settings.operate_listen, operation, bot, facts)
        yield operation


async def _serve(stack: AsyncExitStack, address: str, operation: Operation, bot: Bot, facts: Facts) -> None:
    """Listen at *address*, and keep what the status page draws if that succeeds."""
    from lplate_bot.operate.exposition import Exposition  # noqa: PLC0415 - prometheus_client is slow to import

    exposition = Exposition(bot, operation.health, operation.pulse, facts)
    history = History(time.monotonic, time.time)
    server = OperateServer(address, [*routes(operation, exposition), *StatusPage(history).routes()])
    stack.push_async_callback(server.stop)
    await server.start()
    operation.url = server.url
    if server.url:
        _begin(stack, history.keep(exposition.families))


def routes(operation: Operation, exposition: Exposition) -> list[web.RouteDef]:
    """Return what programs ask for; the page for people is in ``watch``."""

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = await exposition.write(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        checks = operation.health.checks()
        reasons = [words for words in checks.values() if words != FINE]
        body = msgspec.json.encode({"ready": not reasons, "reasons": reasons, "checks": checks})
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        return web.Response(body=body + b"\n", status=status, content_type="application/json")

    return [web.get("/metrics", metrics), web.get("/healthz", alive), web.get("/readyz", ready)]


def _begin(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    """Have *work* go on until *stack* is left."""
    task = asyncio.create_task(work)
    task.add_done_callback(_tell_failure)
    stack.push_async_callback(_ended, task)


def _tell_failure(task: asyncio.Task[None]) -> None:
    """Log what ended *task*: learners are served without it, but nobody watches any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("operate_task_failed by a fault of ours", exc_info=error)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))
