"""The queue of updates of one bot, and long polling from it.

Update ids rise by one from a random start. Updates stay until confirmed by an offset or delivered to the
webhook. At most *capacity* updates wait: a further one pushes out the oldest, which is counted in `lost`
(Telegram itself forgets updates after 24 hours).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from lplate_bot.playground.errors import ApiError, conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

UPDATE_KINDS: Final = frozenset({
    "message", "edited_message", "channel_post", "edited_channel_post", "business_connection",
    "business_message", "edited_business_message", "deleted_business_messages", "guest_message",
    "message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query",
    "shipping_query", "pre_checkout_query", "purchased_paid_media", "poll", "poll_answer", "my_chat_member",
    "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost", "managed_bot",
})  # fmt: skip
"""Source: the fields of Update."""
DEFAULT_KINDS: Final = UPDATE_KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
POLLED_TWICE: Final = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
FIRST_ID_RANGE: Final = (100_000_000, 900_000_000)

logger = logging.getLogger(__name__)


class QueuedUpdate(Struct, frozen=True):
    """An update, encoded when it happened: later edits of a message do not show in it.

    *lane* names what Telegram delivers in order by webhook: the messages of a chat, the presses of a learner.
    """

    update_id: int
    lane: str
    body: bytes


class UpdateQueue:
    """Hold a bot's updates until it has taken them."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._pending: OrderedDict[int, QueuedUpdate] = OrderedDict()
        self._poll: asyncio.Future[None] | None = None
        self.next_id = random.randrange(*FIRST_ID_RANGE)  # noqa: S311 -- a start, not a secret
        self.allowed: list[str] | None = None
        self.listener: Callable[[QueuedUpdate], None] | None = None
        """Called with each new update while a webhook is set."""
        self.taken: Callable[[str], None] | None = None
        """Called with the lane of each update that the bot has taken."""
        self.lost = 0

    def __len__(self) -> int:
        return len(self._pending)

    def pending(self) -> Iterable[QueuedUpdate]:
        """Return the waiting updates, the oldest first."""
        return tuple(self._pending.values())

    def restore(self, updates: Iterable[QueuedUpdate], next_id: int) -> None:
        """Go on from a stored state."""
        self._pending = OrderedDict((update.update_id, update) for update in updates)
        self.next_id = next_id

    def allow(self, kinds: list[str] | None) -> None:
        """Remember which kinds the bot wants: None changes nothing, an empty list means the default."""
        if kinds is not None:
            known = [kind for kind in kinds if kind in UPDATE_KINDS]
            self.allowed = known or None

    def put(self, kind: str, lane: str, content: Any) -> int | None:
        """Queue an update and return its id, or None if the bot does not want this kind."""
        if kind not in (self.allowed if self.allowed is not None else DEFAULT_KINDS):
            return None
        update_id = self.next_id
        self.next_id += 1
        body = msgspec.json.encode({"update_id": update_id, kind: content})
        update = QueuedUpdate(update_id, lane, body)
        self._pending[update_id] = update
        if len(self._pending) > self._capacity:
            self._push_out()
        if self.listener is not None:
            self.listener(update)
        elif self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return update_id

    def _push_out(self) -> None:
        self._pending.popitem(last=False)
        if not self.lost:
            logger.warning("update_queue_full at=%s the oldest updates are lost", self._capacity)
        self.lost += 1

    def discard(self, update_id: int) -> None:
        """Forget a delivered update."""
        update = self._pending.pop(update_id, None)
        if update is not None and self.taken is not None:
            self.taken(update.lane)

    def clear(self) -> None:
        """Forget all updates."""
        self._pending.clear()

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[bytes]:
        """Return up to *limit* updates, waiting up to *timeout_s* for the first.

        All before *offset* are confirmed and forgotten; a negative offset keeps the last -*offset* updates. A
        poll that is still waiting is ended with error 409, as Telegram does: the newer one wins.
        """
        self.interrupt(conflict(POLLED_TWICE))
        self._confirm(offset)
        if not self._pending and timeout_s > 0:
            await self._arrival(timeout_s)
        return [update.body for update, _ in zip(self._pending.values(), range(limit), strict=False)]

    async def _arrival(self, timeout_s: float) -> None:
        self._poll = arrival = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await arrival
        except TimeoutError:
            pass
        finally:
            if self._poll is arrival:
                self._poll = None

    def interrupt(self, error: ApiError | None = None) -> None:
        """End a waiting poll, with *error* or with what there is."""
        if self._poll is None or self._poll.done():
            return
        if error is None:
            self._poll.set_result(None)
        else:
            self._poll.set_exception(error)

    @property
    def is_polled(self) -> bool:
        """Return True while a poll waits."""
        return self._poll is not None

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            surplus = len(self._pending) + offset
            for _ in range(surplus):
                self.discard(next(iter(self._pending)))
        while self._pending and (oldest := next(iter(self._pending))) < offset:
            self.discard(oldest)
