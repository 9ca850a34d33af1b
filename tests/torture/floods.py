"""One learner floods, one reads slowly: do the others notice?"""

from __future__ import annotations

import asyncio
import itertools
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final

from bot import updates
from e2e.town import Town, open_town
from lplate_bot.limiter import NOTICE_WINDOW_S, PRESSES_BURST
from lplate_bot.playground.faults import Fault
from playing import add_compiled_banks, by_webhook, wait_until
from torture.crowd import Crowd
from torture.verdict import Verdict, audit
from torture.webhook_client import Hook, status

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

LEARNERS: Final = 10
FLOOD_PER_S: Final = 1000
FLOOD_CONNECTIONS: Final = 4
SLOW_S: Final = 1.0
"""How long each call to the slow learner's chat takes."""
LIMITS: Final = {"LPLATE_RATE_PER_MINUTE": "60", "LPLATE_RATE_BURST": "600"}
"""Enough for the honest, who here answer faster than anybody can read."""
PAUSE_S: Final = 0.9
FIRST_ID: Final = 1 << 40


async def run(scale: Scale, folder: Path) -> Verdict:
    """1,000 updates a second of one learner are refused, a slow chat waits by itself, all others go on."""
    environment = {**by_webhook(), **LIMITS}
    async with open_town(add_compiled_banks(folder / "data"), environment) as town:
        hook = Hook(environment)
        flooder, slow = town.player("Flooder"), town.player("Slow")
        await flooder.start()
        await slow.start()
        town.server.order(Fault(chat_id=slow.learner.id, delay_s=SLOW_S, times=1_000_000))
        crowd = Crowd(town, LEARNERS, scale.seed, PAUSE_S)
        crowd.play()
        await wait_until(lambda: crowd.answers > LEARNERS)
        flood = _Flood(hook, flooder.learner.id)
        calm, flooded = [], []
        for _ in range(scale.flood_rounds):
            calm.append(await _p99_ms(crowd, scale.flood_s))
            async with asyncio.TaskGroup() as group:
                flooding = [group.create_task(flood.run()) for _ in range(FLOOD_CONNECTIONS)]
                flooded.append(await _p99_ms(crowd, scale.flood_s))
                for task in flooding:
                    task.cancel()
        unanswered = await crowd.end()
        told = _told(town, flooder.learner.id)
        await town.bot.stop()
        found = audit(town.records, crowd.players)
    allowed = PRESSES_BURST + float(LIMITS["LPLATE_RATE_BURST"]) + 2 * scale.flood_rounds * (
        2 + scale.flood_s / NOTICE_WINDOW_S + 2 * scale.flood_s
    )  # fmt: skip
    complaints = {
        f"{told} messages to the flooder, {allowed:.0f} at most": told > allowed,
        f"{flood.refused} updates of the flood were not taken": flood.refused,
    }
    rate = flood.sent / (scale.flood_rounds * scale.flood_s)
    change = median(flooded) / median(calm) - 1
    return Verdict(
        flood.sent, found.acknowledged, found.lost, found.doubled, unanswered,
        (*found.complaints, *(words for words, is_so in complaints.items() if is_so)),
        f"flood {rate:.0f}/s, p99 of the others {median(calm):.1f} ms, in the flood {median(flooded):.1f} ms "
        f"({change:+.0%})",
    )  # fmt: skip


class _Flood:
    """Post one learner's updates at a steady rate over a few connections."""

    def __init__(self, hook: Hook, who: int) -> None:
        self.sent = 0
        self.refused = 0
        self._hook = hook
        self._who = who
        self._ids = itertools.count(FIRST_ID)

    async def run(self) -> None:
        """Post until cancelled; a slot that was missed is made up for."""
        interval_s = FLOOD_CONNECTIONS / FLOOD_PER_S
        async with self._hook.connect() as (reader, writer):
            due_s = time.monotonic()
            while True:
                writer.write(self._hook.request(updates.text(next(self._ids), "/stats", self._who)))
                self.sent += 1
                self.refused += await status(reader) != 200
                due_s += interval_s
                await asyncio.sleep(max(0.0, due_s - time.monotonic()))


async def _p99_ms(crowd: Crowd, seconds: float) -> float:
    """Return how long the slowest hundredth of the crowd's replies took in the seconds to come."""
    crowd.waits_s.clear()
    await asyncio.sleep(seconds)
    if len(crowd.waits_s) < 2:
        return 0.0
    return 1000 * quantiles(crowd.waits_s, n=100, method="inclusive")[98]


def _told(town: Town, who: int) -> int:
    sent: list[Any] = [c for c in town.calls if c.method == "sendMessage"]
    return sum(str(call.params.get("chat_id")) == str(who) for call in sent)
