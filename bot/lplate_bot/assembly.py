"""Put the parts of one bot together."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram.ext import ApplicationBuilder

from lplate_bot.answers import Answers
from lplate_bot.caches import Caches
from lplate_bot.calls import Caller
from lplate_bot.cold import ColdPath
from lplate_bot.delivery import Delivery
from lplate_bot.desk import Desk
from lplate_bot.egress import FileIds, Outbox, SendLimits
from lplate_bot.egress.ptb import PtbRequest, base_file_url, base_url
from lplate_bot.gate import Gate
from lplate_bot.handlers import register
from lplate_bot.lanes import Lanes
from lplate_bot.limiter import Limiter
from lplate_bot.operators.opening import open_office
from lplate_bot.operators.reception import Reception
from lplate_bot.render.fragments import FragmentCache
from lplate_bot.times import Clock
from lplate_bot.traffic import Traffic
from lplate_bot.tuning import press_rates, send_rates, tiers_reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from lplate.config import Settings
    from lplate.domain.question import Question
    from lplate.wiring import House
    from lplate_bot.egress import ApiClient
    from lplate_bot.handlers import TelegramApplication
    from lplate_bot.identity import Identity
    from lplate_bot.operators.opening import Operators
    from lplate_native import LruCache

_log = logging.getLogger(__name__)


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


@asynccontextmanager
async def running(
    identity: Identity, client: ApiClient, settings: Settings, opening: Coroutine[None, None, House]
) -> AsyncIterator[Bot]:
    """Hold a bot over the house that *opening* returns; what it opened is closed in the end."""
    async with AsyncExitStack() as stack:
        house = await opening
        stack.push_async_callback(house.close)
        files = FileIds(
            f"{identity.id}@{client.root}", house.store.file_id, house.commit.defer, house.commit.defer,
            capacity=settings.file_cache, uploads=settings.uploads,
        )  # fmt: skip
        outbox = Outbox(client, SendLimits(send_rates(settings)), files, most_unsent=settings.most_unsent)
        stack.callback(outbox.close)
        application = application_for(client, outbox)
        await application.initialize()
        stack.push_async_callback(application.shutdown)
        bot = assembled(settings, client, house, outbox, application, Clock())
        stack.callback(bot.cold.close)
        stack.push_async_callback(bot.operators.broadcaster.stop)
        _log.info(
            "bot_started username=%s id=%d banks=%s", identity.username, identity.id,
            ",".join(bank.info.id for bank in house.library),
        )  # fmt: skip
        yield bot


def application_for(client: ApiClient, outbox: Outbox) -> TelegramApplication:
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


def assembled(
    settings: Settings,
    client: ApiClient,
    house: House,
    outbox: Outbox,
    application: TelegramApplication,
    clock: Clock,
) -> Bot:
    """Return the parts, each knowing the others it needs; nothing runs yet."""
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
