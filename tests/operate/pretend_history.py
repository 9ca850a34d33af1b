"""A quarter of an hour in the life of a bot that is not there, and the status page over it."""

from __future__ import annotations

import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from lplate_bot.watch.history import POINTS, STEP_S, History
from lplate_bot.watch.status import StatusPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from operate.pretend_bot import PretendBot

NOON_S = 1_790_000_000.0


def history_of(bot: PretendBot) -> History:
    """Return an empty history whose clocks are the bot's."""
    return History(lambda: bot.now_s, lambda: NOON_S + bot.now_s)


def lived(bot: PretendBot, steps: int = POINTS, *, is_troubled: bool = False) -> History:
    """Return the history of *steps* busy steps; a troubled bot's last minute is full of woe."""
    bot.gauge("lplate_start_time_seconds", NOON_S)
    history = history_of(bot)
    for step in range(steps + 1):
        bot.now_s += STEP_S
        crowd = 60 + int(40 * math.sin(step / 18) + 12 * math.sin(step * 1.7))
        bot.press("answer", 0.003 + 0.002 * (step % 7 == 0), times=crowd)
        bot.press("next", 0.0021, times=crowd // 2)
        bot.press("start", 0.02, times=1)
        bot.count("lplate_cache_misses", 2, cache="learners")
        bot.count("process_cpu_seconds", crowd / 100)
        bot.time("lplate_loop_lag_seconds", 0.0004)
        bot.gauge("lplate_learners_active", 4 * crowd)
        bot.gauge("process_resident_memory_bytes", 96_000_000 + 20_000 * step)
        bot.gauge("lplate_updates_waiting", crowd // 30)
        if is_troubled and step > steps - 12:
            bot.press("answer", 1.8, times=20)
            bot.gauge("lplate_updates_waiting", 1_700)
            bot.count("lplate_update_errors", 2, reason="store")
            bot.count("lplate_api_floods", 1)
        history.add(bot.collect())
    return history


@asynccontextmanager
async def served(history: History) -> AsyncIterator[str]:
    """Serve the status page on a free port; the value is the server's address."""
    application = web.Application()
    application.add_routes(StatusPage(history).routes())
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name if not site.name.endswith(":0") else f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
