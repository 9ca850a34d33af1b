"""Deliver updates to webhooks.

As Telegram does: up to max_connections requests at once; in order within a lane (the messages of a chat,
the presses of a learner), no promise across lanes; a delivery that fails is repeated at once, then after 2,
4, 8 ... 60 seconds or after Retry-After, until it is accepted. Source: the open-source Bot API server,
https://github.com/tdlib/telegram-bot-api.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import aiohttp

from lplate_bot.playground.bots import Bot, WebhookSettings

if TYPE_CHECKING:
    from lplate_bot.playground.updates import QueuedUpdate

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the header's name
MAX_RETRY_AFTER_S: Final = 3600
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

Answer = Callable[[Bot, str, bytes], Awaitable[None]]
"""Carries out the call in a webhook's response, given its content type and body."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Timing of deliveries, in seconds."""

    timeout_s: float = 60.0
    first_delay_s: float = 1.0
    """Doubled from the second repetition on; the first one comes at once."""
    longest_delay_s: float = 60.0


class Delivery:
    """Run one courier for each bot with a webhook."""

    def __init__(self, answer: Answer, pace: Pace) -> None:
        self._answer = answer
        self._pace = pace
        self._couriers: dict[int, _Courier] = {}
        self._restarting = asyncio.Lock()

    async def restart(self, bot: Bot) -> None:
        """Follow the bot's webhook settings as they are now."""
        async with self._restarting:
            courier = self._couriers.pop(bot.id, None)
            if courier is not None:
                await courier.stop()
            if bot.account.webhook is not None:
                self._couriers[bot.id] = _Courier(bot, bot.account.webhook, self._answer, self._pace)
                self._couriers[bot.id].start()

    async def stop(self) -> None:
        """End all deliveries; what was not accepted stays queued."""
        for courier in self._couriers.values():
            await courier.stop()
        self._couriers.clear()


@dataclass(slots=True)
class _Failure:
    words: str
    retry_after_s: float = 0.0


class _Courier:
    """Deliver one bot's updates; a lane has a task as long as something waits in it."""

    def __init__(self, bot: Bot, settings: WebhookSettings, answer: Answer, pace: Pace) -> None:
        self._bot = bot
        self._settings = settings
        self._answer = answer
        self._pace = pace
        self._lanes: dict[str, deque[QueuedUpdate]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = asyncio.Semaphore(settings.max_connections)
        self._verify: bool = urlsplit(settings.url).hostname not in LOOPBACK
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=settings.max_connections),
            timeout=aiohttp.ClientTimeout(total=pace.timeout_s),
            headers={SECRET_HEADER: settings.secret_token} if settings.secret_token else None,
        )

    def start(self) -> None:
        for update in self._bot.queue.pending():
            self._take(update)
        self._bot.queue.listener = self._take

    async def stop(self) -> None:
        self._bot.queue.listener = None
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def _take(self, update: QueuedUpdate) -> None:
        lane = self._lanes.get(update.lane)
        if lane is not None:
            lane.append(update)
            return
        self._lanes[update.lane] = deque([update])
        task = asyncio.get_running_loop().create_task(self._run_lane(update.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_lane(self, name: str) -> None:
        lane = self._lanes[name]
        while lane:
            await self._deliver(lane[0])
            lane.popleft()
        del self._lanes[name]

    async def _deliver(self, update: QueuedUpdate) -> None:
        """Send one update until it is accepted."""
        delay_s, failures = self._pace.first_delay_s, 0
        while True:
            async with self._connections:
                failure = await self._post(update)
            if failure is None:
                self._bot.queue.discard(update.update_id)
                return
            self._bot.webhook_error = (int(time.time()), failure.words)
            wait_s = min(failure.retry_after_s, MAX_RETRY_AFTER_S)
            if not wait_s and failures:
                delay_s = min(delay_s * 2, self._pace.longest_delay_s)
                wait_s = delay_s
            failures += 1
            await asyncio.sleep(wait_s)

    async def _post(self, update: QueuedUpdate) -> _Failure | None:
        try:
            async with self._session.post(
                self._settings.url,
                data=update.body,
                headers={"Content-Type": "application/json"},
                ssl=self._verify,
                allow_redirects=False,
            ) as response:
                body = await response.read()
        except TimeoutError:
            return _Failure("Read timeout expired")
        except aiohttp.ClientConnectorError:
            return _Failure("Connection refused")
        except aiohttp.ClientError:
            return _Failure("Connection closed")
        if not 200 <= response.status < 300:  # noqa: PLR2004 -- HTTP's class of successes
            words = f"Wrong response from the webhook: {response.status} {response.reason}"
            return _Failure(words, _seconds(response.headers.get("Retry-After", "")))
        if body:
            await self._answer(self._bot, response.headers.get("Content-Type", ""), body)
        return None


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
