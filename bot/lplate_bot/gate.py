"""Between Telegram and the trainer: duplicates, limits, lanes, and the word that an update is safe."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from lplate.domain.values import replace
from lplate.errors import LplateError, StoreError
from lplate.ports import DeadLetter, InboxItem
from lplate.trainer.press import PressKind
from lplate_bot.answers import NOTHING
from lplate_bot.incoming import MalformedUpdateError, read
from lplate_bot.ingress import Busy
from lplate_bot.logs.correlation import UPDATE_ID
from lplate_bot.render.pages import notice_text
from lplate_bot.render.texts import texts_for
from lplate_bot.traffic import Received, responded
from lplate_native import SeenWindow

if TYPE_CHECKING:
    from lplate.commit import GroupCommit
    from lplate.domain.learner import Learner
    from lplate.trainer.press import Outcome, Press
    from lplate_bot.answers import Answers
    from lplate_bot.cold import ColdPath
    from lplate_bot.delivery import Delivery
    from lplate_bot.desk import Desk
    from lplate_bot.egress import Room
    from lplate_bot.incoming import Incoming
    from lplate_bot.ingress import Ack, OnWord, Word
    from lplate_bot.lanes import Lanes
    from lplate_bot.limiter import Limiter
    from lplate_bot.operators.reception import Reception
    from lplate_bot.times import Clock
    from lplate_bot.traffic import Traffic

_log = logging.getLogger(__name__)

_VOTE: Final = PressKind.VOTE


class Job(Received, eq=False):
    """Follow one update until its lane may go on: what each stage calls back when it is over.

    A Struct, not a dataclass, because one is made for every update. *receivers* are told what it comes to:
    whoever brought it, and brought it again meanwhile; none are left once they are told. *outcome* is what a
    press led to.
    """

    gate: Gate
    incoming: Incoming
    receivers: tuple[OnWord, ...]
    outcome: Outcome | None = None

    def begin(self) -> None:
        """Begin: it is the update's turn in its lane."""
        self.gate.begin(self)

    def on_let_in(self, is_let_in: bool) -> None:  # noqa: FBT001 - the one thing it is told
        """Go on after waiting for room."""
        self.gate.on_let_in(self, is_let_in=is_let_in)

    def on_committed(self, error: Exception | None) -> None:
        """Go on after the commit of the outcome."""
        self.gate.on_committed(self, error)

    def end(self) -> None:
        """Give back the room, and let the lane go on."""
        self.gate.end(self)


class Gate:
    """Take raw updates and promise an acknowledgement, kept only once their effect is durable."""

    def __init__(
        self,
        desk: Desk,
        commit: GroupCommit,
        lanes: Lanes,
        limiter: Limiter,
        answers: Answers,
        delivery: Delivery,
        cold: ColdPath,
        clock: Clock,
        traffic: Traffic,
        reception: Reception,
        *,
        room: Room,
        most_waiting: int,
        seen_updates: int = 65_536,
    ) -> None:
        self._desk = desk
        self._commit = commit
        self._lanes = lanes
        self._limiter = limiter
        self._answers = answers
        self._delivery = delivery
        self._cold = cold
        self._clock = clock
        self._traffic = traffic
        self._reception = reception
        self._room = room
        self.most_waiting = most_waiting
        self.seen = SeenWindow(seen_updates)  # about 20 bytes each
        """The ids of the last updates whose effect is durable."""
        self._in_flight: dict[int, Job] = {}

    @property
    def waiting(self) -> int:
        """Return how many updates are taken but not yet acknowledged."""
        return len(self._in_flight)

    def submit(self, raw: bytes, on_word: OnWord) -> None:
        """Tell *on_word* once *raw* may be acknowledged, or that it may not; that may be at once.

        The word is a StoreError if the effect could not be stored (Telegram must keep the update), and Busy
        if *most_waiting* updates wait already, cold ones until they are handled, or if *room* was closed
        before it let the update in. A duplicate shares the fate of the first. Who hammers is refused here,
        before anything is looked up or made to wait for them.
        """
        now_ns = self._clock.monotonic_ns()
        try:
            incoming = read(raw, self._clock.wall_ms())
        except MalformedUpdateError as error:
            self._traffic.malformed += 1
            _log.warning("update_malformed error=%s bytes=%s", error, len(raw))
            _tell(on_word, NOTHING)
            return
        action = self._traffic.received(incoming, now_ns)
        update_id = incoming.update_id
        if update_id in self._in_flight:
            self._traffic.duplicates += 1
            self._in_flight[update_id].receivers += (on_word,)
        elif update_id in self.seen:
            self._traffic.duplicates += 1
            _tell(on_word, self._answers.answer_silently(incoming.query_id))
        elif not self._limiter.passes_guard(incoming.lane, now_ns):
            _tell(on_word, self._refused(incoming))
        elif len(self._in_flight) + self._cold.waiting >= self.most_waiting:
            self._traffic.busy += 1
            _tell(on_word, Busy())
        else:
            job = self._in_flight[update_id] = Job(action, now_ns, self, incoming, (on_word,))
            if self._lanes.take(incoming.lane):
                self.begin(job)
            else:
                self._lanes.wait(incoming.lane, job.begin)

    # -- without a task, if nothing but the commit is to be waited for -------------------------------------

    def begin(self, job: Job) -> None:
        """Begin *job* as soon as there is room for what it may have us say."""
        if self._room.try_enter():
            self._admit(job)
        else:
            self._room.enter(job.on_let_in)

    def on_let_in(self, job: Job, *, is_let_in: bool) -> None:
        """Go on with *job*, which has waited for room, or was sent away."""
        if is_let_in:
            self._admit(job)
        else:
            self._settle(job, Busy())
            self.end(job)

    def end(self, job: Job) -> None:
        """Let the lane of *job* go on."""
        self._room.leave()
        self._lanes.end(job.incoming.lane)

    def _admit(self, job: Job) -> None:
        incoming = job.incoming
        press = incoming.press
        try:
            learner = self._desk.remembered(incoming.lane)
            if self._reception.is_closed and self._reception.turns_away(incoming):
                self._acknowledge(job, self._turned_away(incoming))
                self.end(job)
            elif press is not None and press.kind is _VOTE and self._waits_for_poll(job, press, learner):
                self.end(job)
            elif press is None or incoming.is_cold or learner is None or learner.is_blocked:
                self._lanes.begin_task(partial(self._handle, job), job.end)
            elif not self._limiter.affords(incoming, learner, job.received_ns):
                self._settle(job, self._refused(incoming))
                self.end(job)
            elif (outcome := self._desk.try_press(press, learner)) is None:
                self._lanes.begin_task(partial(self._handle, job, is_admitted=True), job.end)
            elif outcome.is_applied:
                job.outcome = outcome
                self._commit.start((outcome.learner, *outcome.rows), job.on_committed)
            else:
                self._conclude(job, outcome)
        except Exception as error:  # noqa: BLE001 - whatever it is, the learner's next press must not wait behind it
            self._lanes.begin_task(partial(self._put_aside, job, error), job.end)

    def _waits_for_poll(self, job: Job, press: Press, learner: Learner | None) -> bool:
        """Return True if a vote has to begin anew once a poll that is under way to its voter is known."""
        if learner is not None and learner.is_asked_by(press.text):
            return False
        lane, polls = job.incoming.lane, self._delivery.polls
        if self._clock.monotonic_ns() - job.received_ns >= polls.wait_s * 1e9:
            return False
        return polls.wait(lane, partial(self._lanes.start, lane, job.begin))

    def on_committed(self, job: Job, error: Exception | None) -> None:
        """Go on with *job*, whose outcome is durable, or not because of *error*."""
        outcome = job.outcome
        assert outcome is not None
        if error is None:
            self._desk.note(outcome.learner)
            self._conclude(job, outcome)
        elif (words := self._desk.words_of(outcome)) is not None and isinstance(error, StoreError):
            self._conclude(job, words)
        elif isinstance(error, StoreError):
            self._refuse_unstored(job, error)
            self.end(job)
        else:
            self._lanes.begin_task(partial(self._put_aside, job, error), job.end)

    def _conclude(self, job: Job, outcome: Outcome) -> None:
        """Acknowledge, show, and let the lane go on."""
        self._acknowledge(job, self._answer(job.incoming.query_id, outcome))
        if not outcome.shown:
            responded(job)
        elif not self._delivery.try_show(outcome, job):
            self._lanes.begin_task(partial(self._delivery.show_outcome, outcome, job), job.end)
            return
        self.end(job)

    # -- as a task ---------------------------------------------------------------------------------------

    async def _handle(self, job: Job, *, is_admitted: bool = False) -> None:
        UPDATE_ID.set(job.incoming.update_id)
        outcome = None
        try:
            ack, outcome = await self._apply(job, is_admitted=is_admitted)
        except StoreError as error:
            self._refuse_unstored(job, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the learner's next press must not wait behind it
            await self._put_aside(job, error)
        else:
            self._acknowledge(job, ack)
        finally:
            self._settle(job, LplateError("the update could not be handled"))  # for whom all else failed
        if outcome is None:
            return
        received = None if job.incoming.is_cold else job
        if outcome.shown:
            await self._delivery.show_outcome(outcome, received)
        elif received is not None:
            responded(received)

    async def _apply(self, job: Job, *, is_admitted: bool) -> tuple[Ack, Outcome | None]:
        """Return the acknowledgement, and the outcome to show once it is given."""
        incoming = job.incoming
        learner = await self._welcomed_back(incoming.lane)
        if incoming.is_foreign:
            return self._answers.say(incoming, "not-your-card", is_alert=True), None
        if not is_admitted and not self._limiter.affords(incoming, learner, job.received_ns):
            return self._refused(incoming), None
        if incoming.press is None or incoming.is_cold:
            return NOTHING, await self._keep_in_inbox(job)
        outcome = await self._desk.press(incoming.press)
        return self._answer(incoming.query_id, outcome), outcome

    def _answer(self, query_id: str, outcome: Outcome) -> Ack:
        if not outcome.toast:
            return self._answers.answer_silently(query_id)
        return self._answers.answer(query_id, notice_text(outcome.toast, texts_for(outcome.learner)))

    async def _welcomed_back(self, lane: int) -> Learner | None:
        """Return the sender; whoever writes to us has not blocked us, or not any more."""
        learner = await self._desk.learner(lane)
        if learner is not None and learner.is_blocked:
            learner = replace(learner, is_blocked=False)
            await self._desk.keep(learner)
        return learner

    async def _keep_in_inbox(self, job: Job) -> Outcome | None:
        """Store an update for its handler, in one change with what it means to the trainer."""
        incoming = job.incoming
        item = InboxItem(incoming.update_id, incoming.lane, incoming.raw, self._clock.wall_ms())
        outcome = None
        if incoming.press is None:
            await self._store_unless_it_only_asks(item, incoming)
        else:
            outcome = await self._desk.press(incoming.press, item)
        self._cold.take(item, job)
        return outcome

    async def _store_unless_it_only_asks(self, item: InboxItem, incoming: Incoming) -> None:
        try:
            await self._commit.submit((item,))
        except StoreError:
            if not incoming.only_asks:
                raise
            _log.debug("inbox_not_stored: what is only asked for is answered on a full disk, too")

    def _refused(self, incoming: Incoming) -> Ack:
        tier = self._limiter.tier_of(self._desk.remembered(incoming.lane))
        self._traffic.rate_limited[tier] += 1
        if self._limiter.may_tell(incoming.lane, self._clock.monotonic_ns()):
            is_vote = incoming.press is not None and incoming.press.kind is _VOTE
            return self._answers.say(incoming, "vote-too-fast" if is_vote else "slow-down")
        return self._answers.answer_free(incoming.query_id)

    def _turned_away(self, incoming: Incoming) -> Ack:
        """Answer what is not applied during maintenance: each press, and messages once a window."""
        if not incoming.query_id and not self._limiter.may_tell(incoming.lane, self._clock.monotonic_ns()):
            return NOTHING
        notice = self._reception.notice
        if notice:
            return self._answers.tell(incoming, notice)
        return self._answers.say(incoming, "maintenance", is_alert=True)

    def _refuse_unstored(self, job: Job, error: StoreError) -> None:
        incoming = job.incoming
        self._traffic.unstored += 1
        self._settle(job, error)
        self._limiter.forgive(incoming.lane)
        if self._limiter.may_tell(incoming.lane, self._clock.monotonic_ns()):
            self._answers.say_unacknowledged(incoming, "try-later")

    async def _put_aside(self, job: Job, error: Exception) -> None:
        incoming = job.incoming
        self._traffic.faults += 1
        _log.error("update_failed update_id=%s", incoming.update_id, exc_info=error)
        reason = f"{type(error).__name__}: {error}"
        letter = DeadLetter(incoming.update_id, incoming.raw, reason, self._clock.wall_ms())
        try:
            await self._commit.submit((letter,))
        except StoreError as store_error:
            self._settle(job, store_error)
            return
        self._acknowledge(job, self._answers.say(incoming, "trouble"))

    def _acknowledge(self, job: Job, ack: Ack) -> None:
        """Let go of an update whose effect is durable."""
        self.seen.add(job.incoming.update_id)
        self._traffic.acknowledged(job)
        self._settle(job, ack)

    def _settle(self, job: Job, word: Word) -> None:
        """Tell what an update comes to; only the first word counts."""
        receivers = job.receivers
        if receivers:
            job.receivers = ()
            del self._in_flight[job.incoming.update_id]
            for on_word in receivers:
                _tell(on_word, word)


def _tell(on_word: OnWord, word: Word) -> None:
    try:
        on_word(word)
    except Exception:  # noqa: BLE001 - whoever brought the update, the learner's next press must not suffer
        _log.exception("word_not_taken")
