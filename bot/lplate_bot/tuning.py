"""What the settings mean to the parts of the bot, at the start and while it runs."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from lplate.tiers import load_tiers
from lplate_bot.egress import PoolLimits, SendRates
from lplate_bot.ingress import WebhookLimits
from lplate_bot.operate.health import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.config import Settings
    from lplate.domain.tiers import Tier
    from lplate_bot.assembly import Bot
    from lplate_bot.operate.health import Health
    from lplate_bot.reloading import Reloader


def send_rates(settings: Settings) -> SendRates:
    """Return how fast new messages may go out."""
    return SendRates(
        per_second=settings.send_per_second,
        per_chat_per_second=settings.send_per_chat,
        chat_burst=settings.send_chat_burst,
        per_group_per_minute=settings.send_per_group,
    )


def press_rates(settings: Settings) -> tuple[float, float]:
    """Return rate a second and burst of the guard against hammering."""
    return settings.press_per_second, settings.press_burst


def tiers_reader(settings: Settings) -> Callable[[], tuple[Tier, ...]]:
    """Return what reads the tiers."""
    return partial(load_tiers, settings.rate_per_minute, settings.rate_burst, settings.tiers)


def pool_limits(settings: Settings) -> PoolLimits:
    """Return how many connections to the Bot API there may be, and how long opening one may take."""
    return PoolLimits(connections=settings.api_connections, connect_timeout_s=settings.api_connect_timeout_s)


def webhook_limits(settings: Settings) -> WebhookLimits:
    """Return what clients of the webhook may take."""
    return WebhookLimits(held_s=settings.webhook_hold_s, connections=settings.webhook_clients)


def follow(bot: Bot, health: Health, reloader: Reloader) -> None:
    """Have the parts of *bot* take changed settings in while it runs."""

    def limit(settings: Settings) -> None:
        read = tiers_reader(settings)
        bot.limiter.retune(read(), time.monotonic_ns(), press_rates(settings))
        bot.operators.office.tiers.follow(read)

    def appoint(settings: Settings) -> None:
        bot.operators.reception.admins = frozenset(settings.admins)
        bot.operators.broadcaster.per_second = settings.broadcast_per_second

    def send(settings: Settings) -> None:
        bot.outbox.retune(send_rates(settings))

    def bound(settings: Settings) -> None:
        bot.gate.most_waiting, bot.outbox.room.most = settings.most_waiting, settings.most_unsent
        health.bounds = Bounds(settings.most_waiting, settings.most_unsent)

    def log(settings: Settings) -> None:
        logging.getLogger().setLevel(settings.log_level.upper())

    reloader.check(lambda settings: tiers_reader(settings)())
    reloader.always(limit)  # the file of the tiers may have changed
    reloader.on(("admins", "broadcast_per_second"), appoint)
    reloader.on(("send_per_second", "send_per_chat", "send_chat_burst", "send_per_group"), send)
    reloader.on(("most_waiting", "most_unsent"), bound)
    reloader.on(("commit_window_ms", "commit_group", "confirm_delay_s", "slow_query_ms"), bot.house.retune)
    reloader.on(("log_level",), log)
    reloader.ready()
