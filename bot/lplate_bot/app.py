"""Put the bot together and run it until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from telegram.ext import ApplicationBuilder

from lplate.adapters.sqlite import successor_pid
from lplate.errors import ConfigError, StoppedError
from lplate.ports import Heartbeat
from lplate.wiring import learners_path, open_house
from lplate_bot.answers import Answers
from lplate_bot.caches import Caches
from lplate_bot.calls import Caller
from lplate_bot.cold import ColdPath
from lplate_bot.delivery import Delivery
from lplate_bot.desk import Desk
from lplate_bot.egress import ApiClient, FileIds, Outbox, SendLimits
from lplate_bot.egress.metrics import ApiMetrics
from lplate_bot.egress.ptb import PtbRequest, base_file_url, base_url
from lplate_bot.gate import Gate
from lplate_bot.handlers import register
from lplate_bot.identity import identify, introduce, set_webhook
from lplate_bot.ingress import ALLOWED_UPDATES, Poller, WebhookServer
from lplate_bot.ingress.handover import Offer, inherited
from lplate_bot.lanes import Lanes
from lplate_bot.limiter import Limiter
from lplate_bot.memory import MIB, MemoryWatch
from lplate_bot.operate.notify import Notifier
from lplate_bot.operate.operation import operating
from lplate_bot.operators.opening import open_office
from lplate_bot.operators.reception import Reception
from lplate_bot.profile import profile_calls
from lplate_bot.reloading import Reloader
from lplate_bot.render.fragments import FragmentCache
from lplate_bot.times import Clock
from lplate_bot.traffic import Traffic
from lplate_bot.tuning import follow, pool_limits, press_rates, send_rates, tiers_reader, webhook_limits

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from lplate.config import Settings
    from lplate.domain.question import Question
    from lplate.wiring import House
    from lplate_bot.handlers import TelegramApplication
    from lplate_bot.identity import Identity
    from lplate_bot.operators.opening import Operators
    from lplate_native import LruCache

T = TypeVar("T")
_log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 10.0
GC_THRESHOLDS: Final = (20_000, 20, 50)
"""Allocations before the youngest generation is looked through; so many times before the next older one."""


@dataclass(frozen=True, slots=True)
class Bot:
    """Hold the parts of one running bot that its start and stop need."""

    client: ApiClient
    house: House
    outbox: Outbox
    lanes: Lanes
    delivery: Delivery
    cold: ColdPath
    gate: Gate
    limiter: Limiter
    operators: Operators
    application: TelegramApplication
    desk: Desk
    fragments: FragmentCache
    traffic: Traffic
    caches: Caches


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
    async with _client(settings, ApiMetrics()) as client:
        identity = await _unless(stopping, identify(client))
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
        inherited(*_webhook_address(settings), offered_at, take_over=asks) as listener,
        _running(identity, client, settings, opening) as bot,
        operating(bot, settings, stopping, notifier, successor) as operation,
    ):
        await _catch_up(bot)
        follow(bot, operation.health, reloader)
        _spare_the_collector()
        operation.up()
        if on_ready is not None:
            on_ready()
        background = asyncio.create_task(_in_background(bot, settings))
        try:
            async with bot.operators.listening(settings.data, identity, bot.caches):
                if settings.webhook_url is None:
                    await _poll(bot, settings, stopping, reloader)
                else:
                    await _serve_webhook(bot, settings, stopping, reloader, listener, offered_at)
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


@asynccontextmanager
async def _client(settings: Settings, metrics: ApiMetrics) -> AsyncIterator[ApiClient]:
    if settings.token is None:
        raise ConfigError("LPLATE_TOKEN is missing: get a token from @BotFather")
    client = ApiClient(
        settings.api_url,
        settings.token.get_secret_value(),
        limits=pool_limits(settings),
        read_timeout_s=settings.api_timeout_s,
        metrics=metrics,
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def _running(
    identity: Identity, client: ApiClient, settings: Settings, opening: Coroutine[None, None, House]
) -> AsyncIterator[Bot]:
    async with AsyncExitStack() as stack:
        house = await opening
        stack.push_async_callback(house.close)
        files = FileIds(
            f"{identity.id}@{client.root}", house.store.file_id, house.commit.defer, house.commit.defer,
            capacity=settings.file_cache, uploads=settings.uploads,
        )  # fmt: skip
        outbox = Outbox(client, SendLimits(send_rates(settings)), files, most_unsent=settings.most_unsent)
        stack.callback(outbox.close)
        application = _application(client, outbox)
        await application.initialize()
        stack.push_async_callback(application.shutdown)
        bot = _assembled(settings, client, house, outbox, application, Clock())
        stack.callback(bot.cold.close)
        stack.push_async_callback(bot.operators.broadcaster.stop)
        _log.info(
            "bot_started username=%s id=%d banks=%s", identity.username, identity.id,
            ",".join(bank.info.id for bank in house.library),
        )  # fmt: skip
        yield bot


def _application(client: ApiClient, outbox: Outbox) -> TelegramApplication:
    """Return PTB's Application without its updater and job queue, on our own connections."""
    request = PtbRequest(client, outbox)
    return (
        ApplicationBuilder()
        .token(f"{client.bot_id}:kept-by-the-client")
        .base_url(base_url)
        .base_file_url(base_file_url)
        .request(request)
        .get_updates_request(request)
        .updater(None)
        .job_queue(None)
        .build()
    )


def _assembled(
    settings: Settings,
    client: ApiClient,
    house: House,
    outbox: Outbox,
    application: TelegramApplication,
    clock: Clock,
) -> Bot:
    read_tiers = tiers_reader(settings)
    reception = Reception(settings.admins)
    lanes = Lanes()
    desk = Desk(house.store, house.trainer, house.commit, settings.learner_cache)
    caller = Caller(house.library, settings.learner_cache)
    answers = Answers(outbox, caller, desk, is_inline=settings.webhook_url is not None)
    fragments = FragmentCache(settings.question_cache)
    delivery = Delivery(outbox, caller, house.viewer, fragments, desk, lanes, house.commit, clock)
    cold = ColdPath(application, house.commit, clock)
    limiter = Limiter(read_tiers(), clock.wall_ms, *press_rates(settings))
    traffic = Traffic(clock.monotonic_ns)
    gate = Gate(
        desk, house.commit, lanes, limiter, answers, delivery, cold, clock, traffic, reception,
        room=outbox.room, most_waiting=settings.most_waiting, seen_updates=settings.seen_updates,
    )  # fmt: skip

    operators = open_office(
        application, house.store, house.commit, house.library, desk, lanes, gate, cold, limiter, reception,
        traffic, outbox, clock, read_tiers, settings.broadcast_per_second,
    )  # fmt: skip
    register(application, desk, house.library)
    caches = Caches({"learners": desk.lru, "fragments": fragments.lru, **_questions(house)})
    return Bot(
        client, house, outbox, lanes, delivery, cold, gate, limiter, operators, application, desk, fragments,
        traffic,
        caches,
    )  # fmt: skip


def _questions(house: House) -> dict[str, LruCache[str, Question]]:
    return {f"questions_{bank.info.id}": bank.lru for bank in house.banks}


async def _catch_up(bot: Bot) -> None:
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


async def _unless(stopping: asyncio.Event, coroutine: Coroutine[None, None, T]) -> T | None:
    """Return what *coroutine* returns, None if *stopping* came first."""
    working = asyncio.ensure_future(coroutine)
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if working.done():
        return working.result()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return None


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


async def _poll(bot: Bot, settings: Settings, stopping: asyncio.Event, reloader: Reloader) -> None:
    async with _client(settings, bot.client.metrics) as client:
        poller = Poller(client, bot.gate.submit, long_poll_s=settings.poll_timeout_s)
        polling = asyncio.create_task(poller.run())
        stopped = asyncio.create_task(stopping.wait())
        _log.info("polling api=%s", client.root)
        await asyncio.wait((polling, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        bot.outbox.room.close()
        poller.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(polling, reloader.settings.drain_s)


def _webhook_address(settings: Settings) -> tuple[str, int]:
    host, _, port = settings.webhook_listen.rpartition(":")
    return host.strip("[]"), int(port)


async def _serve_webhook(
    bot: Bot,
    settings: Settings,
    stopping: asyncio.Event,
    reloader: Reloader,
    listener: socket.socket | None,
    offered_at: Path,
) -> None:
    assert settings.webhook_url is not None
    assert settings.webhook_secret is not None
    path = urlsplit(settings.webhook_url).path or "/"
    secret = settings.webhook_secret.get_secret_value()
    server = WebhookServer(
        *_webhook_address(settings), path, secret, bot.gate.submit,
        limits=webhook_limits(settings), listener=listener,
    )  # fmt: skip
    await server.start()
    offer = Offer.make(offered_at, server.descriptor)
    try:
        body = {
            "url": settings.webhook_url,
            "secret_token": secret,
            "max_connections": settings.webhook_connections,
            "allowed_updates": ALLOWED_UPDATES,
        }
        await _unless(stopping, set_webhook(bot.client, msgspec.json.encode(body)))
        await stopping.wait()
    finally:
        if offer is not None:
            offer.close()
        bot.outbox.room.close()
        await server.stop(reloader.settings.drain_s)
