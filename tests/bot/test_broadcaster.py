"""A broadcast: to each learner at most once whatever happens, behind replies, to be paused and resumed."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.stores import FullStore
from bot.telegram import UNREACHABLE, FakeTelegram, refusal
from lplate.adapters.memory import MemoryStore
from lplate.commit import GroupCommit, Pace
from lplate.domain.broadcast import Broadcast, BroadcastState
from lplate.domain.learner import Learner
from lplate.domain.session import Address
from lplate_bot.egress import ApiResponse, ApiUnreachable, Call, Outbox, SendLimits, SendRates
from lplate_bot.egress.backoff import Backoff
from lplate_bot.operators.broadcaster import HOPELESS, IN_FLIGHT, Broadcaster
from lplate_bot.operators.progress import Progress
from lplate_bot.times import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

DRAFT = Broadcast(1, (("en", "Hi"), ("de", "Hallo")), 5, total=20)
LOST = ApiUnreachable("the connection broke", was_sent=True)
MOST_TURNS = 20_000


async def soon(_: float) -> None:
    await asyncio.sleep(0)


class Office:
    """Learners, a Telegram that records, and the one who sends."""

    def __init__(self, learners: int = 20, store: MemoryStore | None = None) -> None:
        self.learners = learners
        self.store = store or MemoryStore()
        self.blocked: list[int] = []
        self.api = FakeTelegram()

    async def open(self) -> Office:
        """Start a process on what is stored."""
        self.commit = GroupCommit(self.store, Pace(window_s=0))
        limits = SendLimits(SendRates(0, 0, 0, 0))
        self.outbox = Outbox(self.api, limits, backoff=Backoff(0.0, 0.0))
        self.broadcaster = Broadcaster(
            self.outbox, self.store, self.commit, Clock(), 1000, self.blocked.append, soon
        )
        people = [Learner(n, n, 5, 5, language="de" if n % 2 else "en") for n in range(1, self.learners + 1)]
        if not self.store._tables.learners:
            await self.store.write([(person,) for person in people])
        return self

    async def kill(self) -> Office:
        """End the process at once and start another; answers on their way are lost."""
        self.commit._store = MemoryStore()
        if self.broadcaster._task is not None:
            self.broadcaster._task.cancel()
        for flight in self.broadcaster._flights:
            flight.cancel()
        self.api.lose()
        self.outbox.close()
        await asyncio.sleep(0)
        return await self.open()

    @property
    def copies(self) -> Counter[int]:
        """Count what arrived, by learner."""
        return Counter(shown.chat_id for shown in self.api.messages.values())

    async def until(self, holds: Callable[[], Any]) -> None:
        """Let the loop turn until something holds."""
        for _ in range(MOST_TURNS):
            if holds():
                return
            await asyncio.sleep(0)
        raise AssertionError("it never came to that")

    async def until_in(self, state: BroadcastState) -> Broadcast:
        """Return the broadcast once it is stored in a state."""
        await self.until(lambda: self.stored.state is state)
        return self.stored

    @property
    def at_rest(self) -> bool:
        """Return True if nothing is being sent or stored."""
        return self.broadcaster._task is None or self.broadcaster._task.done()

    @property
    def stored(self) -> Broadcast:
        return self.store._tables.broadcasts[1]


@pytest.fixture
async def office() -> Office:
    return await Office().open()


async def test_each_learner_gets_it_once_in_their_language(office: Office) -> None:
    """And the counts tell it."""
    await office.broadcaster.start(DRAFT)
    done = await office.until_in(BroadcastState.DONE)
    assert office.copies == Counter(range(1, 21))
    assert {shown.html for shown in office.api.chat(1)} == {"Hallo"}
    assert {shown.html for shown in office.api.chat(2)} == {"Hi"}
    assert (done.sent, done.reached, done.in_flight) == (20, 20, ())


@pytest.mark.parametrize("kills", [(3,), (7, 2), (1, 1, 1)])
async def test_after_kills_nobody_has_it_twice(office: Office, kills: tuple[int, ...]) -> None:
    """Who may have gone without was in flight then, IN_FLIGHT a kill at most, and is counted as unsure."""
    await office.broadcaster.start(DRAFT)
    for copies in kills:
        before = len(office.api.calls)
        await office.until(lambda: len(office.api.calls) >= before + copies)  # noqa: B023 - used at once
        await office.kill()
        await office.broadcaster.recover()
    done = await office.until_in(BroadcastState.DONE)
    assert max(office.copies.values()) == 1
    assert done.reached == 20
    assert 0 < done.unsure <= IN_FLIGHT * len(kills)
    assert len(office.copies) >= 20 - done.unsure


async def test_the_turn_is_stored_before_the_message_goes_out(office: Office) -> None:
    """Else a kill between them would send it again."""
    office.api.is_holding = True
    await office.broadcaster.start(DRAFT)
    await office.until(lambda: len(office.api.calls) == IN_FLIGHT)
    assert office.stored.in_flight == (1, 2, 3, 4)
    assert office.stored.after_id == 4
    office.api.release()
    await office.until_in(BroadcastState.DONE)


async def test_who_blocked_the_bot_is_noted(office: Office) -> None:
    """Counted, and marked so that nobody writes to them again."""
    office.api.blocked |= {3, 4}
    await office.broadcaster.start(DRAFT)
    done = await office.until_in(BroadcastState.DONE)
    assert (done.sent, done.blocked, office.blocked) == (18, 2, [3, 4])


async def test_told_to_wait_it_waits_and_sends_again(office: Office) -> None:
    """A flood is no delivery: nobody goes without for it."""
    office.api.refuse("sendMessage", *[refusal("Too Many Requests", 429, retry_after_s=0.02)] * 3)
    await office.broadcaster.start(DRAFT)
    done = await office.until_in(BroadcastState.DONE)
    assert (done.sent, office.copies) == (20, Counter(range(1, 21)))


async def test_what_never_left_is_sent_again(office: Office) -> None:
    """A connection that could not be made delivered nothing."""
    office.api.refuse("sendMessage", *[UNREACHABLE] * 9)
    await office.broadcaster.start(DRAFT)
    done = await until_done_despite_outage(office)
    assert (done.sent, office.copies) == (20, Counter(range(1, 21)))


async def until_done_despite_outage(office: Office) -> Broadcast:
    """Wait in real time: the outbox itself holds calls while the Bot API is away."""
    async with asyncio.timeout(60):
        while office.stored.state is not BroadcastState.DONE:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.01)
    return office.stored


@pytest.mark.parametrize("end", [LOST, refusal("Internal Server Error", 500)])
async def test_what_may_have_arrived_is_not_sent_again(
    office: Office, end: ApiResponse | ApiUnreachable
) -> None:
    """A lost answer leaves one learner unsure, not with two copies."""
    office.api.refuse("sendMessage", end)
    await office.broadcaster.start(DRAFT)
    done = await office.until_in(BroadcastState.DONE)
    assert (done.sent, done.unsure) == (19, 1)
    assert len(office.api.of("sendMessage")) == 20


async def test_it_pauses_by_itself_if_telegram_takes_it_from_nobody(office: Office) -> None:
    """A text at fault is not offered to thousands."""
    office.api.refuse("sendMessage", *[refusal("Bad Request: can't parse entities")] * 20)
    await office.broadcaster.start(DRAFT)
    await office.until(lambda: not office.broadcaster._is_running)
    paused = office.broadcaster.current
    assert paused is not None
    assert paused.state is BroadcastState.PAUSED
    assert HOPELESS <= paused.failed <= HOPELESS + IN_FLIGHT


@pytest.mark.parametrize("is_killed", [False, True])
async def test_paused_it_waits_and_goes_on_where_it_was(office: Office, *, is_killed: bool) -> None:
    """Over a restart too."""
    await office.broadcaster.start(DRAFT)
    await office.until(lambda: len(office.copies) >= 5)
    await office.broadcaster.end(BroadcastState.PAUSED)
    await office.until(lambda: office.at_rest)
    sent = office.copies
    if is_killed:
        await office.kill()
        await office.broadcaster.recover()
    for _ in range(200):
        await asyncio.sleep(0)
    assert office.copies == sent
    assert office.broadcaster.current is not None
    await office.broadcaster.start(office.broadcaster.current)
    await office.until_in(BroadcastState.DONE)
    assert (office.stored.unsure, office.copies) == (0, Counter(range(1, 21)))


async def test_cancelled_it_ends(office: Office) -> None:
    """Nobody else gets it, after a restart neither."""
    await office.broadcaster.start(DRAFT)
    await office.until(lambda: len(office.copies) >= 5)
    await office.broadcaster.end(BroadcastState.CANCELLED)
    await office.until(lambda: office.at_rest)
    sent = len(office.copies)
    await office.kill()
    await office.broadcaster.recover()
    for _ in range(200):
        await asyncio.sleep(0)
    assert (len(office.copies), office.broadcaster.current) == (sent, None)


async def test_a_stopping_bot_leaves_nobody_unsure(office: Office) -> None:
    """Messages under way land before the process ends, if Telegram answers."""
    await office.broadcaster.start(DRAFT)
    await office.until(lambda: len(office.copies) >= 5)
    await office.broadcaster.stop()
    assert (office.stored.state, office.stored.in_flight) == (BroadcastState.RUNNING, ())
    await office.kill()
    await office.broadcaster.recover()
    done = await office.until_in(BroadcastState.DONE)
    assert (done.sent, done.unsure, office.copies) == (20, 0, Counter(range(1, 21)))


async def test_a_full_disk_holds_it_back() -> None:
    """What cannot be stored is not sent; it goes on by itself."""
    store = FullStore()
    office = await Office(store=store).open()
    await office.broadcaster.start(DRAFT)
    await office.until(lambda: len(office.copies) >= 3)
    store.is_full = True
    for _ in range(500):
        await asyncio.sleep(0)
    sent = len(office.copies)
    for _ in range(500):
        await asyncio.sleep(0)
    assert len(office.copies) == sent < 20
    store.is_full = False
    done = await office.until_in(BroadcastState.DONE)
    assert (done.sent, office.copies) == (20, Counter(range(1, 21)))


async def test_replies_go_first(office: Office) -> None:
    """A third of the sending limit is left to them: beyond two thirds no copy goes out."""
    now_ns = [10**12]
    limits = SendLimits(SendRates(9, 0, 0, 0))
    office.outbox = Outbox(office.api, limits, clock=lambda: now_ns[0])
    had_room = []
    for number in range(9):
        had_room.append(office.outbox.has_room_to_spare)
        office.outbox.send(Call("sendMessage", number, b'{"chat_id":1,"text":"a reply"}'))
    assert had_room == [True] * 7 + [False] * 2
    now_ns[0] += 2 * 10**9
    await asyncio.sleep(0)
    assert office.outbox.has_room_to_spare


class _Nobody:
    def remembered(self, _: int) -> None:
        return None


async def test_the_panel_is_edited_rarely_and_at_each_new_state(office: Office) -> None:
    """Twenty copies, one edit as it begins and one as it ends."""
    desk: Any = _Nobody()
    progress = Progress(office.outbox, desk)
    office.broadcaster.on_change = progress.note
    await office.broadcaster.start(replace(DRAFT, panel=Address(99, 7)))
    await office.until_in(BroadcastState.DONE)
    await asyncio.sleep(0)
    edits = office.api.of("editMessageText")
    assert [sent.fields["text"].splitlines()[-1] for sent in edits] == [
        "running: 0 sent of 20",
        "done: 20 sent of 20",
    ]
    assert {(sent.chat_id, sent.fields["message_id"]) for sent in edits} == {(99, 7)}
    progress.close()
