"""One learner floods, one reads slowly: do the others notice?"""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

from bot import updates
from e2e.town import open_town
from lplate_bot.limiter import NOTICE_WINDOW_S
from lplate_bot.playground.faults import Fault
from playing import add_compiled_banks, by_webhook, wait_until
from torture.crowd import Crowd
from torture.verdict import Verdict, audit
from torture.webhook_client import Hook, status

if TYPE_CHECKING:
    from pathlib import Path

    from torture.scale import Scale

LEARNERS: Final = 25
PAUSE_S: Final = 1.6
"""Between two answers on average: what the usual limits allow for ever."""
FLOOD_PER_S: Final = 1000
FLOOD_CONNECTIONS: Final = 4
SLOW_S: Final = 1.0
"""How long each call to the slow learner's chat takes."""
RATE_PER_MINUTE: Final = 10
BURST: Final = 15
LIMITS: Final = {"LPLATE_RATE_PER_MINUTE": str(RATE_PER_MINUTE), "LPLATE_RATE_BURST": str(BURST)}
FIRST_ID: Final = 1 << 40


async def run(scale: Scale, folder: Path) -> Verdict:
    """1,000 updates a second of one learner are refused, a slow chat waits by itself, all others go on."""
    environment = {**by_webhook(), **LIMITS}
    began_s = time.monotonic()
    async with open_town(add_compiled_banks(folder / "data"), environment) as town:
        flooder, slow = town.player("Flooder"), town.player("Slow")
        await flooder.start()
        await slow.start()
        town.server.order(Fault(chat_id=slow.learner.id, delay_s=SLOW_S, times=1_000_000))
        waiting = asyncio.create_task(slow.skip(await slow.question()))
        crowd = Crowd(town, LEARNERS, scale.seed, PAUSE_S)
        crowd.play()
        await wait_until(lambda: crowd.answers > LEARNERS)
        flood = _Flood(Hook(environment), flooder.learner.id)
        calm_ms, flooded_ms = await _compare(crowd, flood, scale)
        unanswered = await crowd.end()
        await waiting
        told = len(town.calls_to(flooder, "sendMessage"))
        await town.bot.stop()
        found = audit(town.records, crowd.players)
    allowed = _most_told(time.monotonic() - began_s)
    complaints = {
        f"{told} messages to the flooder, {allowed} at most": told > allowed,
        f"{flood.refused} updates of the flood were not taken": flood.refused,
    }
    return Verdict(
        flood.sent, found.acknowledged, found.lost, found.doubled, unanswered,
        (*found.complaints, *(words for words, is_so in complaints.items() if is_so)),
        f"flood {flood.sent / (scale.flood_rounds * scale.flood_s):.0f}/s, p99 of the others {calm_ms:.1f}, "
        f"in the flood {flooded_ms:.1f} ms ({flooded_ms / calm_ms - 1:+.0%})",
    )  # fmt: skip


async def _compare(crowd: Crowd, flood: _Flood, scale: Scale) -> tuple[float, float]:
    """Return the crowd's p99 in milliseconds without and with the flood, medians of alternating rounds."""
    calm_ms, flooded_ms = list[float](), list[float]()
    for _ in range(scale.flood_rounds):
        calm_ms.append(await _p99_ms(crowd, scale.flood_s))
        async with asyncio.TaskGroup() as group:
            flooding = [group.create_task(flood.run()) for _ in range(FLOOD_CONNECTIONS)]
            flooded_ms.append(await _p99_ms(crowd, scale.flood_s))
            for task in flooding:
                task.cancel()
    return median(calm_ms), median(flooded_ms)


def _most_told(seconds: float) -> int:
    """Return how many messages a flooder may be sent: what the bucket gives, and a notice a window."""
    return math.ceil(BURST + seconds * RATE_PER_MINUTE / 60 + 1 + seconds / NOTICE_WINDOW_S)


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
    await wait_until(lambda: len(crowd.waits_s) > 1)
    return 1000 * quantiles(crowd.waits_s, n=100, method="inclusive")[98]
