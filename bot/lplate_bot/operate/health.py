"""Judge whether the bot can serve, and say in words why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

    from lplate_bot.assembly import Bot

STUCK_S: Final = 10.0
"""A commit that takes longer is stuck; a locked database fails after half of that, and is tried again."""
UNREACHED_S: Final = 10.0
"""How long no call to the Bot API may get an answer: short failures are mended by repeating the call."""
LEAST_FREE_BYTES: Final = 1024 * 1024
"""With less on the disk hardly a group can be written."""
CROWDED: Final = 0.9
"""The share of a queue's bound from which on the bot had better be left alone."""
_MIB: Final = 1024 * 1024
FINE: Final = "ok"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Say where the queues end: updates taken and not acknowledged, calls not sent."""

    updates: int
    calls: int


class Health:
    """Look at a running bot; each look costs microseconds and asks nobody else.

    *is_up* is for the bot's start to set, *bounds* for those who change them.
    """

    def __init__(self, bot: Bot, stopping: asyncio.Event, bounds: Bounds) -> None:
        self.is_up = False
        self._bot = bot
        self._stopping = stopping
        self.bounds = bounds

    @property
    def is_ready(self) -> bool:
        """Return True if nothing is wrong."""
        return not self.troubles()

    @property
    def is_writing(self) -> bool:
        """Return True unless a commit is stuck; one that fails is no standstill."""
        return self._bot.house.commit.writing_for_s < STUCK_S

    def troubles(self) -> list[str]:
        """Return what is wrong, empty if nothing is."""
        return [words for words in self.checks().values() if words != FINE]

    def checks(self) -> dict[str, str]:
        """Return what each check found: FINE, or words that name the trouble."""
        found = {
            "running": self._running(),
            "database": self._database(),
            "disk": self._disk(),
            "api": self._api(),
            "backlog": self._backlog(),
        }
        return {name: words or FINE for name, words in found.items()}

    def _running(self) -> str:
        if self._stopping.is_set():
            return "the bot is stopping"
        return "" if self.is_up else "the bot is starting"

    def _database(self) -> str:
        commit = self._bot.house.commit
        if not self.is_writing:
            return f"the database has been writing one group for {commit.writing_for_s:.0f} s"
        return f"the database takes nothing: {commit.counters.fault}" if commit.counters.fault else ""

    def _disk(self) -> str:
        free_bytes = self._bot.house.store.state().free_bytes
        if free_bytes is None or free_bytes >= LEAST_FREE_BYTES:
            return ""
        return f"the disk is full: {free_bytes / _MIB:.1f} MiB are left"

    def _api(self) -> str:
        failing_s = self._bot.client.metrics.failing_for_s()
        return "" if failing_s < UNREACHED_S else f"the Bot API has not answered for {failing_s:.0f} s"

    def _backlog(self) -> str:
        bot, bounds = self._bot, self.bounds
        updates = bot.gate.waiting + bot.cold.waiting
        if updates >= CROWDED * bounds.updates:
            return f"{updates} updates wait, {bounds.updates} may"
        if bot.outbox.waiting >= CROWDED * bounds.calls:
            return f"{bot.outbox.waiting} calls to Telegram wait, {bounds.calls} may"
        return ""
