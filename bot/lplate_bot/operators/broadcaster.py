"""Send a broadcast: slowly, behind everybody's replies, and to each learner at most once."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.domain import values
from lplate.domain.broadcast import Broadcast, BroadcastState, Delivery
from lplate.errors import StoreError
from lplate_bot.egress import Call, Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lplate.commit import GroupCommit
    from lplate.domain.broadcast import Recipient
    from lplate.ports import Store
    from lplate_bot.desk import Desk
    from lplate_bot.egress import Outbox, Outcome
    from lplate_bot.lanes import Lanes
    from lplate_bot.times import Clock

_log = logging.getLogger(__name__)

IN_FLIGHT: Final = 4
"""Messages under way at once: as many may be in doubt after a kill."""
PAGE: Final = 200
"""Learners read from the store at a time."""
RETRY_S: Final = 2.0
"""Pause after what could not be stored."""
LOOK_AGAIN_S: Final = 0.05
"""How soon to look again whether replies leave room."""
LANDING_S: Final = 0.5
"""How long a stopping bot waits for messages under way; the rest is counted as unsure."""
RECENT: Final = 50
"""Broadcasts among which one that was not ended is looked for."""
HOPELESS: Final = 10
"""If Telegram refuses so many and takes none, the text is at fault, and the broadcast pauses."""


class Broadcaster:
    """Run one broadcast at a time.

    That a learner's turn has come is stored before their message goes out, and what became of it with the
    next turn. After a kill those whose turn was stored without a result, IN_FLIGHT at most, are counted as
    unsure and not written to again: nobody gets a message twice.
    """

    def __init__(
        self,
        outbox: Outbox,
        store: Store,
        commit: GroupCommit,
        clock: Clock,
        per_second: float,
        mark_blocked: Callable[[int], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.per_second = per_second
        self.current: Broadcast | None = None
        """The last one that was started, as it stands."""
        self.on_change: Callable[[Broadcast], None] = _ignore
        self._outbox = outbox
        self._store = store
        self._commit = commit
        self._clock = clock
        self._mark_blocked = mark_blocked
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self._flights: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._is_stopping = False

    @property
    def is_open(self) -> bool:
        """Return True if a broadcast runs or is paused."""
        return self.current is not None and self.current.is_open

    async def recover(self) -> None:
        """Go on with what the last process left."""
        found = [broadcast for broadcast in await self._store.broadcasts(RECENT) if broadcast.is_open]
        if found:
            self.current = found[0].resumed()
            _log.info("broadcast_resumed id=%d unsure=%d", self.current.id, self.current.unsure)
            await self._save()
            self._go()

    async def start(self, broadcast: Broadcast) -> None:
        """Begin *broadcast*, or go on with the one that is paused.

        Raises:
            StoreError: if that cannot be stored; nothing is sent then.
        """
        await self._change(replace(broadcast, state=BroadcastState.RUNNING))
        self._go()

    async def end(self, state: BroadcastState) -> None:
        """Pause or cancel what runs; messages under way still arrive.

        Raises:
            StoreError: if that cannot be stored; it goes on then.
        """
        if self.current is not None:
            await self._change(replace(self.current, state=state))

    async def stop(self) -> None:
        """Begin no more messages, for the process ends; the next one goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._flights:
            await asyncio.wait(self._flights, timeout=LANDING_S)
        self._is_stopping = True
        for flight in self._flights:
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        if self.is_open:
            await self._save()

    async def _change(self, changed: Broadcast) -> None:
        before, self.current = self.current, changed
        try:
            await self._save()
        except StoreError:
            self.current = before
            raise
        self.on_change(changed)

    async def _save(self) -> None:
        assert self.current is not None
        await self._commit.submit((self.current,))

    def _go(self) -> None:
        if self._is_running and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    # -- out ---------------------------------------------------------------------------------------------

    @property
    def _is_running(self) -> bool:
        return self.current is not None and self.current.state is BroadcastState.RUNNING

    async def _run(self) -> None:
        """Send until all had their turn or it is to stop, and store what came of it."""
        while self._is_running:
            await self._send_pages()
            await asyncio.gather(*self._flights, return_exceptions=True)
            await self._save_stubbornly()

    async def _send_pages(self) -> None:
        while self._is_running:
            try:
                is_over = await self._send_page()
            except StoreError as error:
                _log.warning("broadcast_waits retry_in_s=%.0f error=%s", RETRY_S, error)
                await self._sleep(RETRY_S)
            else:
                if is_over:
                    await self._finish()

    async def _send_page(self) -> bool:
        """Send to the next learners; return True if there are none left."""
        assert self.current is not None
        now_ms = self._clock.wall_ms()
        page = await self._store.recipients(self.current.audience, self.current.after_id, PAGE, now_ms)
        for recipient in page:
            await self._turn()
            if not self._is_running:
                self._slots.release()
                return False
            await self._begin(recipient)
        return not page

    async def _turn(self) -> None:
        """Wait for the pace, for a free slot, and for replies, which go first."""
        await self._sleep(1 / self.per_second)
        await self._slots.acquire()
        while self._is_running and not self._outbox.has_room_to_spare:
            await self._sleep(LOOK_AGAIN_S)

    async def _begin(self, recipient: Recipient) -> None:
        assert self.current is not None
        after_id = self.current.after_id
        self.current = self.current.beginning(recipient.learner_id)
        try:
            await self._save()
        except BaseException:  # it could not be stored, or the process ends
            self.current = self.current.not_begun(recipient.learner_id, after_id)
            self._slots.release()
            raise
        flight = asyncio.create_task(self._deliver(recipient))
        self._flights.add(flight)
        flight.add_done_callback(self._on_landed)

    def _on_landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._slots.release()
        if not flight.cancelled() and (error := flight.exception()) is not None:
            _log.error("broadcast_message_failed", exc_info=error)

    async def _deliver(self, recipient: Recipient) -> None:
        assert self.current is not None
        call = message_call(recipient.chat_id, self.current.text_for(recipient.languages))
        outcome = await self._outbox.deliver(call)
        if not self._is_stopping:
            self._note(recipient, delivery_of(outcome))

    # -- back --------------------------------------------------------------------------------------------

    def _note(self, recipient: Recipient, delivery: Delivery) -> None:
        assert self.current is not None
        if delivery is Delivery.BLOCKED:
            self._mark_blocked(recipient.learner_id)
        self.current = self.current.ending(recipient.learner_id, delivery)
        if self._is_running and self.current.failed >= HOPELESS and not self.current.sent:
            _log.error("broadcast_paused id=%d: Telegram takes it from nobody", self.current.id)
            self.current = replace(self.current, state=BroadcastState.PAUSED)
        self.on_change(self.current)

    async def _finish(self) -> None:
        await asyncio.gather(*self._flights, return_exceptions=True)
        if self._is_running:
            assert self.current is not None
            self.current = replace(self.current, state=BroadcastState.DONE)
            _log.info("broadcast_done id=%d sent=%d", self.current.id, self.current.sent)
            self.on_change(self.current)

    async def _save_stubbornly(self) -> None:
        while True:
            try:
                await self._save()
            except StoreError:
                await self._sleep(RETRY_S)
            else:
                return


def message_call(chat_id: int, html: str) -> Call:
    """Return the call that sends one copy; where it may have arrived it is not sent again."""
    fields = {"chat_id": chat_id, "text": html, "parse_mode": "HTML"}
    return Call("sendMessage", chat_id, msgspec.json.encode(fields), is_repeatable=False)


def delivery_of(outcome: Outcome) -> Delivery:
    """Return what an outcome says of the copy."""
    if outcome.kind is Kind.OK:
        return Delivery.SENT
    if outcome.kind is Kind.BLOCKED:
        return Delivery.BLOCKED
    return Delivery.UNSURE if outcome.may_have_happened else Delivery.FAILED


def mark_blocked(desk: Desk, lanes: Lanes, learner_id: int) -> None:
    """Note, in the learner's lane, that they cannot be written to; whatever they do next clears it."""

    async def mark() -> None:
        learner = await desk.learner(learner_id)
        if learner is not None and not learner.is_blocked:
            with suppress(StoreError):  # the next message to them tells it again
                await desk.keep(values.replace(learner, is_blocked=True, owed=()))

    lanes.run(learner_id, mark)


def _ignore(_: Broadcast) -> None:
    """Tell nobody."""
