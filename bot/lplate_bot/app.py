"""Run a bot until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Final

from lplate.adapters.sqlite import successor_pid
from lplate.errors import StoppedError
from lplate.ports import Heartbeat
from lplate.wiring import learners_path, open_house
from lplate_bot.assembly import running
from lplate_bot.egress.metrics import ApiMetrics
from lplate_bot.identity import identify, introduce
from lplate_bot.ingress.handover import inherited
from lplate_bot.intake import api_client, poll, serve_webhook, unless, webhook_address
from lplate_bot.memory import MIB, MemoryWatch
from lplate_bot.operate.notify import Notifier
from lplate_bot.operate.operation import operating
from lplate_bot.profile import profile_calls
from lplate_bot.reloading import Reloader
from lplate_bot.retuning import follow
from lplate_bot.times import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.config import Settings
    from lplate_bot.assembly import Bot
    from lplate_bot.egress import ApiClient
    from lplate_bot.identity import Identity

_log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 10.0
GC_THRESHOLDS: Final = (20_000, 20, 50)
"""Allocations before the youngest generation is looked through; so many times before the next older one."""


async def run(
    settings: Settings,
    stopping: asyncio.Event,
    on_ready: Callable[[], None] | None = None,
    *,
    take_over: bool = False,
    reloader: Reloader | None = None,
) -> None:
    """Run the bot on the Bot API of *settings* until *stopping* is set; *on_ready* hears when it is up.

    With *take_over* a bot that runs on the same data already is asked to drain and stop first. *reloader*
    brings changed settings in while it runs.

    Raises:
        LplateError: if it cannot start; the message says what to do.
    """
    async with api_client(settings, ApiMetrics()) as client:
        identity = await unless(stopping, identify(client))
        if identity is None:
            return
        with contextlib.suppress(StoppedError):  # before it was up: there is nothing to wind down
            reloader = reloader or Reloader(settings, lambda: settings)
            await _run_as(identity, client, settings, stopping, on_ready, reloader, take_over=take_over)


async def _run_as(
    identity: Identity,
    client: ApiClient,
    settings: Settings,
    stopping: asyncio.Event,
    on_ready: Callable[[], None] | None,
    reloader: Reloader,
    *,
    take_over: bool,
) -> None:
    opening = open_house(settings, identity.id, take_over=take_over, goes_on=lambda: not stopping.is_set())
    offered_at = settings.data / f"webhook-{identity.id}.sock"
    successor = partial(successor_pid, learners_path(settings, identity.id))
    notifier = Notifier.from_environment(os.environ)
    asks = take_over and settings.webhook_url is not None
    async with (
        inherited(*webhook_address(settings), offered_at, take_over=asks) as listener,
        running(identity, client, settings, opening) as bot,
        operating(bot, settings, stopping, notifier, successor) as operation,
    ):
        await catch_up(bot)
        follow(bot, operation.health, reloader)
        _spare_the_collector()

        def up() -> None:
            operation.up()
            if on_ready is not None:
                on_ready()

        background = asyncio.create_task(_in_background(bot, settings))
        try:
            async with bot.operators.listening(settings.data, identity, bot.caches):
                if settings.webhook_url is None:
                    await poll(bot, settings, stopping, reloader, up)
                else:
                    await serve_webhook(bot, settings, stopping, reloader, up, listener, offered_at)
        finally:
            background.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await background
        await _wind_down(bot, reloader.settings.drain_s)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """Have SIGINT and SIGTERM set *stopping*; a second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        stopping.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)


async def catch_up(bot: Bot) -> None:
    """Do what the last run left: cold updates not handled, replies not confirmed."""
    inbox = await bot.house.store.inbox()
    owing = await bot.house.store.owing()
    await bot.operators.office.recover()
    for item in inbox:
        bot.cold.take(item)
    for learner_id in owing:
        bot.lanes.run(learner_id, partial(bot.delivery.redeliver, learner_id))
    if inbox or owing:
        _log.info("catching_up cold_updates=%d owed_replies=%d", len(inbox), len(owing))


async def _wind_down(bot: Bot, drain_s: float) -> None:
    """Let what is under way end; what does not end in time is owed and repeated after the next start."""
    _log.info("stopping updates_waiting=%d replies_waiting=%d", bot.gate.waiting, bot.outbox.waiting)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(drain_s):
            await bot.operators.broadcaster.stop()
            await _drained_lanes(bot)
            await bot.outbox.drain(drain_s)
            await _drained_lanes(bot)  # what Telegram said to the replies
    _log.info("stopped replies_left=%d", bot.outbox.waiting)


async def _drained_lanes(bot: Bot) -> None:
    await asyncio.gather(bot.lanes.drained(), bot.cold.drained())


async def _in_background(bot: Bot, settings: Settings) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(_beat(bot))
        if settings.memory_mb:
            group.create_task(MemoryWatch(bot.caches, settings.memory_mb * MIB).run())


async def _beat(bot: Bot) -> None:
    await introduce(bot.client, profile_calls())
    bot.operators.show_menus()
    clock = Clock()
    while True:
        bot.house.commit.defer(Heartbeat(clock.wall_ms()))
        await asyncio.sleep(HEARTBEAT_S)


def _spare_the_collector() -> None:
    """Keep what the start has made out of the garbage collector's sight, and have it look less often.

    Presses leave no cycles behind; what it would walk through again and again are the learners in the cache.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
