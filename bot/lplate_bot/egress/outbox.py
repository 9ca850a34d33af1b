"""Get calls through to the Bot API: in order per chat, within its limits, past its failures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lplate_bot.egress.backoff import Backoff
from lplate_bot.egress.call import Call
from lplate_bot.egress.lane import FOREVER, Entry, Lane
from lplate_bot.egress.limits import SECOND_NS, SPARE, ChatId, SendLimits
from lplate_bot.egress.metrics import OutboxMetrics
from lplate_bot.egress.outcome import Kind, Outcome, classify
from lplate_bot.egress.room import Room
from lplate_bot.egress.upload import Client, Upload
from lplate_bot.egress.weather import PROBE_S, FloodWatch, Outage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lplate_bot.egress.client import ApiResponse
    from lplate_bot.egress.failure import ApiUnreachable
    from lplate_bot.egress.files import FileIds
    from lplate_bot.egress.limits import SendRates

_log = logging.getLogger(__name__)

MOST_UNSENT: Final = 10_000
"""Calls waiting, about 2 KB each, beyond which no update is applied."""
MOST_PER_CHAT: Final = 16
"""Calls waiting for one chat beyond which its learner is better shown where they stand once it is quiet."""
PATIENCE_S: Final = 60.0
"""How long call() goes on trying."""
_CLOSED: Final = Outcome(Kind.RETRY, "the outbox is closed")


class Outbox:
    """Send calls, one lane per chat.

    A lane is a chain of callbacks, not a task. It has a call under way, or its own timer, or stands in the
    queue for the overall limit (``_ready``), or is held with all others (``_held``). Owed replies are not
    dropped: while the Bot API is unreachable one lane at a time tries, all others wait.
    """

    def __init__(
        self,
        client: Client,
        limits: SendLimits | None = None,
        files: FileIds | None = None,
        *,
        backoff: Backoff | None = None,
        most_unsent: int = MOST_UNSENT,
        clock: Callable[[], int] = time.monotonic_ns,
        call_later: Callable[..., asyncio.TimerHandle] | None = None,
    ) -> None:
        self.metrics = OutboxMetrics()
        self._client = client
        self._limits = limits if limits is not None else SendLimits()
        self._upload = Upload(client, files, self.metrics) if files is not None else None
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._call_later = call_later
        self._lanes: dict[ChatId, Lane] = {}
        self._urgent: set[Lane] = set()
        self._ready: deque[Lane] = deque()
        self._held: deque[Lane] = deque()
        self._ready_timer: asyncio.TimerHandle | None = None
        self._held_timer: asyncio.TimerHandle | None = None
        self._paused_until_ns = 0
        self._outage = Outage()
        self._probing: Lane | None = None
        self._probes = 0
        self._answers = 0
        self._floods = FloodWatch()
        self._drained: asyncio.Future[None] | None = None
        self._awaited: set[asyncio.Future[Outcome]] = set()
        self._is_closed = False
        self.room = Room(most_unsent)
        """Where those wait who would add calls; it knows how many there are."""

    @property
    def waiting(self) -> int:
        """Return how many calls are accepted and not done yet."""
        return self.room.length

    @property
    def lanes(self) -> int:
        """Return how many chats have calls waiting."""
        return len(self._lanes)

    def retune(self, rates: SendRates) -> None:
        """Set the rates of new messages anew; what was sent before still counts."""
        self._limits.retune(rates)

    @property
    def has_room_to_spare(self) -> bool:
        """Return True if a message that nobody waits for may go out without keeping others waiting."""
        is_held = self._ready or self._paused_until_ns or self._outage.is_on
        return not is_held and self._limits.spare(self._clock()) >= SPARE

    def is_crowded(self, chat_id: ChatId) -> bool:
        """Return True if a chat has so many calls waiting that more would only delay each other."""
        lane = self._lanes.get(chat_id)
        return lane is not None and len(lane) >= MOST_PER_CHAT

    def when_quiet(self, chat_id: ChatId, then: Callable[[], None]) -> None:
        """Run *then* once no call of a chat waits; of several for one chat the last."""
        lane = self._lanes.get(chat_id)
        if lane is None:
            then()
        else:
            lane.then = then

    def send(self, call: Call) -> None:
        """Accept a call; its ``done`` is told the outcome. Never waits and never raises.

        After close() calls are dropped: what is owed is repeated after the next start.
        """
        if self._is_closed:
            return
        self.room.length += 1
        chat_id = call.chat_id
        entry = Entry(call)
        if call.patience_s != FOREVER:
            entry.deadline_ns = self._clock() + call.patience_s * SECOND_NS
        if chat_id is None:
            lane = Lane(None, self, entry)
            self._urgent.add(lane)
        else:
            known = self._lanes.get(chat_id)
            if known is not None:
                self.room.length -= known.add(entry)
                return
            lane = self._lanes[chat_id] = Lane(chat_id, self, entry)
        self._advance(lane)

    async def deliver(self, call: Call) -> Outcome:
        """Send a call that has no ``done`` of its own and return its outcome."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._awaited.add(future)
        future.add_done_callback(self._awaited.discard)
        self.send(msgspec.structs.replace(call, done=partial(_settle, future)))
        if self._is_closed:
            _settle(future, _CLOSED)
        return await future

    async def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, patience_s: float = PATIENCE_S
    ) -> Outcome:
        """Call *method* with *params* and return the outcome; ``chat_id`` in *params* chooses the lane."""
        params = params or {}
        body = msgspec.json.encode(params)
        return await self.deliver(Call(method, params.get("chat_id"), body, patience_s=patience_s))

    async def drain(self, timeout_s: float) -> int:
        """Wait until all calls are done or *timeout_s* passed; return how many are not."""
        if self.waiting:
            self._drained = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._drained,), timeout=timeout_s)
            self._drained = None
        return self.waiting

    def close(self) -> None:
        """Stop all timers. What is not done is given up: who awaits it gets RETRY, a ``done`` is not told."""
        self._is_closed = True
        timers = [lane.timer for lane in (*self._lanes.values(), *self._urgent)]
        for timer in (*timers, self._ready_timer, self._held_timer):
            if timer is not None:
                timer.cancel()
        if self._upload is not None:
            self._upload.close()
        for future in tuple(self._awaited):
            _settle(future, _CLOSED)

    # a lane's way

    def _advance(self, lane: Lane) -> None:
        """Take a lane's next step: it has no call under way, no timer, and stands in no queue."""
        entry = lane.first
        assert entry is not None
        call = entry.call
        if self._outage.is_on or self._paused_until_ns:
            self._hold(lane)
        elif call.edits is not None or lane.chat_id is None or not call.is_new_message:
            self._start(lane, call)
        elif wait_ns := self._limits.chat_wait_ns(lane.chat_id, self._clock()):
            self._delay(lane, wait_ns / SECOND_NS)
        else:
            self._ready.append(lane)
            if self._ready_timer is None:
                self._start_ready()

    def _delay(self, lane: Lane, wait_s: float) -> None:
        lane.timer = self._later(wait_s, self._on_delay_over, lane)

    def _on_delay_over(self, lane: Lane) -> None:
        lane.timer = None
        self._advance(lane)

    def _start_ready(self) -> None:
        """Start lanes in the order they came, as far as the overall limit allows."""
        self._ready_timer = None
        while self._ready:
            now_ns = self._clock()
            wait_ns = self._limits.overall_wait_ns(now_ns)
            if wait_ns:
                self._ready_timer = self._later(wait_ns / SECOND_NS, self._start_ready)
                return
            lane = self._ready.popleft()
            if self._outage.is_on or self._paused_until_ns:
                self._hold(lane)
                continue
            assert lane.chat_id is not None and lane.first is not None  # noqa: PT018 - no test
            if lane.first.call.is_new_message:
                self._limits.take(lane.chat_id, now_ns)
            self._start(lane, lane.first.call)

    def _start(self, lane: Lane, call: Call) -> None:
        lane.is_under_way = True
        body, picture = call.body, call.picture
        if picture is not None and self._upload is not None:
            file_id = lane.file_id = self._upload.file_id(picture)
            if file_id is None:
                self._upload.start(call, picture, partial(self._start, lane, call), lane.on_end)
                return
            body = call.with_file_id(file_id)
        self._client.start(
            call.method, body, lane.on_end, call.content_type, call.timeout_s,
            is_repeatable=call.is_repeatable,
        )  # fmt: skip

    def on_end(self, lane: Lane, end: ApiResponse | ApiUnreachable | Outcome) -> None:
        """Take the end of the first call of *lane*."""
        if self._is_closed:
            return
        lane.is_under_way = False
        outcome = end if isinstance(end, Outcome) else classify(end)
        if outcome.kind is Kind.RETRY:
            self._on_failure(lane, outcome)
            return
        self._answers += 1
        if self._outage.failed and self._outage.answered():
            self._on_recovery()
        if outcome.kind is Kind.OK:
            self._finish(lane, outcome)
        else:
            self._on_refusal(lane, outcome)

    def _on_refusal(self, lane: Lane, outcome: Outcome) -> None:
        assert lane.first is not None
        call = lane.first.call
        if outcome.kind is Kind.FLOOD:
            self._on_flood(lane, outcome)
        elif outcome.kind is Kind.WRONG_FILE and self._upload and call.picture and lane.file_id:
            self._upload.forget(call.picture, lane.file_id)
            self._start(lane, call)
        else:
            self._finish(lane, outcome)

    def _finish(self, lane: Lane, outcome: Outcome) -> None:
        """Tell how the first call of *lane* ended, and let the next one move up."""
        room = self.room
        room.length -= 1
        entry = lane.first
        assert entry is not None
        lane.first = lane.behind.popleft() if lane.behind else None
        entry.finish(outcome)
        if lane.first is not None:
            self._advance(lane)
        elif lane.chat_id is None:
            self._urgent.discard(lane)
        else:
            del self._lanes[lane.chat_id]
            if lane.then is not None:
                lane.then()
        if room.outside:
            room.let_in()
        if self._drained is not None and not room.length and not self._drained.done():
            self._drained.set_result(None)

    # trouble

    def _on_failure(self, lane: Lane, outcome: Outcome) -> None:
        if lane is self._probing:
            self._probing = None
        entry = lane.first
        assert entry is not None
        entry.fails(self._answers)
        if self._outage.fails(lane.name):
            self._probes = 0
            _log.warning("api_outage_began replies wait; error=%.200s", outcome.description)
        if entry.is_hopeless(self._answers):
            _log.error("call_given_up method=%s error=%.200s", entry.call.method, outcome.description)
            self._finish(lane, outcome)
        elif entry.is_out_of_patience(self._clock()) or (
            outcome.may_have_happened and not entry.call.is_repeatable
        ):
            self._finish(lane, outcome)
        elif self._outage.is_on:
            self._hold(lane)
        else:
            self._delay(lane, self._backoff.wait_s(entry.tries))
        self._schedule_probe()  # this lane may have been the one that tried, and be gone now

    def _on_flood(self, lane: Lane, outcome: Outcome) -> None:
        """Wait as told; this chat only, unless Telegram says the same to several."""
        now_ns = self._clock()
        self.metrics.floods += 1
        if self._floods.hit(lane.name, now_ns):
            self._pause(now_ns + round(outcome.retry_after_s * SECOND_NS))
        assert lane.first is not None
        if now_ns + outcome.retry_after_s * SECOND_NS >= lane.first.deadline_ns:
            self._finish(lane, outcome)
        else:
            self.metrics.held_s += outcome.retry_after_s
            self.metrics.held_chats += 1
            lane.timer = self._later(outcome.retry_after_s, self._on_flood_over, lane)

    def _on_flood_over(self, lane: Lane) -> None:
        self.metrics.held_chats -= 1
        self._on_delay_over(lane)

    def _pause(self, until_ns: int) -> None:
        if until_ns <= self._paused_until_ns:
            return
        _log.warning("sending_paused by Telegram, wait_s=%.1f", (until_ns - self._clock()) / SECOND_NS)
        self._paused_until_ns = until_ns
        self._set_held_timer((until_ns - self._clock()) / SECOND_NS, self._on_pause_over)

    def _on_pause_over(self) -> None:
        self._held_timer = None
        self._paused_until_ns = 0
        if self._outage.is_on:
            self._schedule_probe()
        else:
            self._release_held()

    def _hold(self, lane: Lane) -> None:
        self._held.append(lane)
        self._schedule_probe()

    def _schedule_probe(self) -> None:
        """See to it that in an outage one lane tries at times; a pause, with the same timer, goes first."""
        if self._outage.is_on and self._held and self._held_timer is None and self._probing is None:
            self._probes += 1
            self._set_held_timer(self._backoff.wait_s(self._probes), self._probe)

    def _probe(self) -> None:
        """Let the lane that waits longest try; who ran out of patience is told so."""
        self._held_timer = None
        now_ns = self._clock()
        expired = [lane for lane in self._held if lane.is_out_of_patience(now_ns)]
        self._held = deque(lane for lane in self._held if not lane.is_out_of_patience(now_ns))
        if self._held:
            self._probing = lane = self._held.popleft()
            assert lane.first is not None
            self._start(lane, lane.first.call)
            self._later(PROBE_S, self._on_probe_slow, self._probes)
        for lane in expired:
            self._finish(lane, Outcome(Kind.RETRY, "the Bot API does not answer"))

    def _on_probe_slow(self, number: int) -> None:
        """Wait no longer for a probe that hangs, perhaps on a connection that the outage broke."""
        if self._probing is not None and self._probes == number and not self._is_closed:
            self._probing = None
            self._schedule_probe()

    def _on_recovery(self) -> None:
        _log.info("api_outage_ended calls_waiting=%d", self.waiting)
        self._probing = None
        if not self._paused_until_ns:
            self._release_held()

    def _release_held(self) -> None:
        if self._held_timer is not None:
            self._held_timer.cancel()
            self._held_timer = None
        held, self._held = self._held, deque()
        for lane in held:
            self._advance(lane)

    def _set_held_timer(self, wait_s: float, then: Callable[[], None]) -> None:
        if self._held_timer is not None:
            self._held_timer.cancel()
        self._held_timer = self._later(wait_s, then)

    def _later(self, wait_s: float, then: Callable[..., None], *args: object) -> asyncio.TimerHandle:
        call_later = self._call_later or asyncio.get_running_loop().call_later
        return call_later(wait_s, then, *args)


def _settle(future: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not future.done():
        future.set_result(outcome)
