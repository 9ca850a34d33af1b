"""Which parts of a running bot take changed settings in."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from lplate_bot.operate.health import Bounds
from lplate_bot.tuning import press_rates, send_rates, tiers_reader

if TYPE_CHECKING:
    from lplate.config import Settings
    from lplate_bot.assembly import Bot
    from lplate_bot.operate.health import Health
    from lplate_bot.reloading import Reloader


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
