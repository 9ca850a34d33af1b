"""A Bot API that fails three calls in ten, then one that tells a single chat to wait."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

from e2e.town import Town, open_town
from lplate_bot.egress.limits import SECOND_NS
from lplate_bot.egress.weather import FLOOD_SPAN_NS
from lplate_bot.playground.errors import too_many_requests
from lplate_bot.playground.faults import Fault
from playing import add_compiled_banks, settings_of, wait_until
from torture.crowd import Crowd
from torture.trouble import FloodWatcher, Storm
from torture.verdict import Verdict, audit

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

LEARNERS = 12
SHARE = 0.3
BAN_S = 2


async def by_polling(scale: Scale, folder: Path) -> Verdict:
    """30 % of calls fail, fetching updates included: all are served in the end, in order."""
    return await _storm(scale, folder, "polling")


async def by_webhook(scale: Scale, folder: Path) -> Verdict:
    """30 % of calls fail: all are served in the end, in order."""
    return await _storm(scale, folder, "webhook")


async def _storm(scale: Scale, folder: Path, delivery: str) -> Verdict:
    async with open_town(add_compiled_banks(folder / "data"), settings_of(delivery)) as town:
        storm = Storm(Random(f"{scale.seed} {delivery}"), SHARE, scale.hang_s)
        town.server.faults = town.server.api._faults = storm
        watcher = FloodWatcher(town.server)
        crowd = Crowd(town, LEARNERS, scale.seed)
        crowd.play()
        served = await _weather(storm, crowd, scale.storm_s)
        await asyncio.sleep(
            FLOOD_SPAN_NS / SECOND_NS + 0.5
        )  # several chats told to wait within that time are all
        stalled = sum([await _tell_one_to_wait(town, crowd) for _ in range(scale.bans)])
        unanswered = await crowd.end()
        await town.bot.stop()
        found = audit(town.records, crowd.players)
    # In a webhook's response a call is made by Telegram itself: nobody hears that it failed.
    excused = storm.spoilt if delivery == "webhook" else 0
    complaints = {
        f"{watcher.broken} calls to a chat that was told to wait": watcher.broken,
        f"{crowd.backward} cards went back": crowd.backward,
        f"one chat told to wait stalled all others {stalled} times": stalled,
        f"{crowd.unanswered_presses} presses, {excused} excused": crowd.unanswered_presses > excused,
    }
    return Verdict(
        storm.happened + scale.bans, found.acknowledged, found.lost, found.doubled, unanswered,
        (*found.complaints, *(words for words, is_so in complaints.items() if is_so)),
        f"answers in the storm {served}, chats told to wait {watcher.told_off}",
    )  # fmt: skip


async def _weather(storm: Storm, crowd: Crowd, storm_s: float) -> int:
    """Let calls fail for a time, then wait until all goes on; return how many were answered meanwhile."""
    await wait_until(lambda: crowd.answers > LEARNERS)
    before = crowd.answers
    storm.is_on = True
    await asyncio.sleep(storm_s)
    storm.is_on = False
    after = crowd.answers
    await wait_until(lambda: crowd.answers > after + LEARNERS)
    return after - before


async def _tell_one_to_wait(town: Town, crowd: Crowd) -> bool:
    """Have one chat told to wait; return True if nobody else was served meanwhile."""
    chosen = crowd.players[0]
    fault = town.server.order(Fault(chat_id=chosen.learner.id, error=too_many_requests(BAN_S)))
    await wait_until(lambda: not fault.times)
    others = crowd.answers - len(chosen.ledger)
    await asyncio.sleep(BAN_S / 2)
    return crowd.answers - len(chosen.ledger) == others
