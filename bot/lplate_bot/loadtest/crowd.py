"""All learners together: who presses when, and what becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Final

from lplate_bot.loadtest import updates
from lplate_bot.loadtest.dialect import Move
from lplate_bot.loadtest.feed import FIRST_UPDATE
from lplate_bot.loadtest.learner import Learner, Tap, Update
from lplate_bot.loadtest.ledger import Fault, Ledger
from lplate_bot.loadtest.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.loadtest.dialect import Dialect
    from lplate_bot.loadtest.feed import Feed
    from lplate_bot.loadtest.learner import Card
    from lplate_bot.loadtest.plan import LoadPlan

_BURST: Final = (2, 5)
_SWEEP_S: Final = 0.5
_BLOCKERS: Final = 4

now_s = time.perf_counter


class Crowd:
    """Play *plan*'s learners on *feed*, who read the cards by *dialect*.

    *on_free* is called with each learner who has a card and no press under way: a pace decides what next.
    Until there is one, they gather in *idle*.
    """

    def __init__(self, plan: LoadPlan, dialect: Dialect) -> None:
        self.plan = plan
        self.learners: dict[int, Learner] = {}
        self.ledger = Ledger()
        self.tally = Tally()
        self.feed: Feed | None = None
        self.idle: list[Learner] = []
        self.on_free: Callable[[Learner], None] = self.idle.append
        self.is_over = False
        self.answers_given = 0
        self._dialect = dialect
        self._random = Random(plan.seed)  # noqa: S311 - a load that can be repeated, no secret
        self._next_update = FIRST_UPDATE
        self._next_query = 0
        self._newcomers: deque[Learner] = deque()
        self._all_in = asyncio.Event()
        self.under_way: set[Tap] = set()

    # -- life

    async def enter(self) -> None:
        """Let all learners in, *in_step* at a time, each up to their first card with settings made."""
        self._newcomers.extend(self._newcomer() for _ in range(self.plan.learners))
        for _ in range(min(self.plan.in_step, self.plan.learners)):
            self._admit()
        await self._all_in.wait()

    async def sweep(self) -> None:
        """Give up again and again what has waited too long; never returns."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.give_up(now_s() - self.plan.patience_s)

    async def finish(self) -> None:
        """Press no more, and wait for what is under way."""
        self.is_over = True
        end_s = now_s() + self.plan.patience_s
        while self.under_way and now_s() < end_s:  # noqa: ASYNC110 - an event would cost every press
            await asyncio.sleep(0.02)
        self.give_up(now_s())

    def give_up(self, due_before_s: float) -> None:
        """Count presses due before that as missing; whoever waits for one leaves."""
        late = [tap for tap in self.under_way if tap.due_s < due_before_s]
        for tap in late:
            self.under_way.discard(tap)
            self.ledger.give_up(tap.query)
            lacks = "answer" if not tap.is_answered else "card"
            self.ledger.fault(Fault.MISSING, f"learner {tap.learner.id}: no {lacks}, expected {tap.expected}")
            if tap is tap.learner.tap:
                tap.learner.tap = None
                self._replace(tap.learner)

    # -- Town

    def on_answered(self, query_id: str) -> None:
        """Take the answer to a callback query."""
        tap = self.ledger.answered(query_id)
        if tap is not None:
            tap.is_answered = True
            if tap.is_shown:
                self._done(tap)

    def on_card(self, learner: Learner, card: Card, buttons: list[str]) -> None:
        """Take a card's new look."""
        if not buttons or learner.is_gone:
            learner.buttons = buttons
            return
        is_card = self._dialect.is_card(buttons)
        asked = self._dialect.asked(card.content) if is_card else ""
        is_due = self.ledger.changed(learner, buttons, asked)
        if is_card:
            learner.card, learner.buttons, learner.asked = card, buttons, asked
        else:
            learner.menu = card
        tap = learner.tap
        if is_due and tap is not None:
            tap.is_shown = True
            if tap.is_answered:
                self._done(tap)

    # -- presses

    def turn(self, learner: Learner, due_s: float) -> None:
        """Let *learner* do the next thing; *due_s* is when it was due."""
        habits, random = self.plan.habits, self._random
        if habits.leave and random.random() < habits.leave:
            self._replace(learner)
            return
        move = self._dialect.move(learner, random)
        self.make(learner, move, due_s)
        if not move.data:
            return
        chance = random.random()
        if chance < habits.double_tap:
            self._tap_again(learner, move, 1)
        elif chance < habits.double_tap + habits.burst:
            self._tap_again(learner, move, random.randint(*_BURST))

    def make(self, learner: Learner, move: Move, due_s: float) -> None:
        """Send the update of *move* and await its reply."""
        query = 0
        if move.data:
            query = self._next_query = self._next_query + 1
        tap = Tap(
            learner, due_s, query, move.expected, needs_card=move.needs_card,
            keeps_question=move.keeps_question, is_graded=move.is_graded,
        )  # fmt: skip
        learner.tap = tap
        self._put(tap, move)

    def _tap_again(self, learner: Learner, move: Move, times: int) -> None:
        """Tap the same button again: that must be answered, and change nothing."""
        for _ in range(times):
            query = self._next_query = self._next_query + 1
            learner.extras += 1
            self._put(Tap(learner, now_s(), query, (), needs_card=False), move)

    def _put(self, tap: Tap, move: Move) -> None:
        assert self.feed is not None
        learner = tap.learner
        update_id = self._next_update = self._next_update + 1
        if move.data:
            card = learner.card if self._dialect.is_card([move.data]) else learner.menu
            assert card is not None
            body = updates.press(update_id, tap.query, learner, card, move.data)
            self.ledger.expect(tap.query, tap)
        else:
            body = updates.message(update_id, learner, move.text)
        self.under_way.add(tap)
        self.tally.sent += 1
        self.feed.put(Update(update_id, learner, body, tap.query))

    def _done(self, tap: Tap) -> None:
        self.under_way.discard(tap)
        learner = tap.learner
        is_current = tap is learner.tap
        self.answers_given += tap.is_graded
        self.tally.answered(now_s() - tap.due_s, is_graded=tap.is_graded, is_extra=not is_current)
        if not is_current:
            return
        learner.tap = None
        if learner.is_ready:
            if not learner.is_gone:
                self.on_free(learner)
        else:
            self._prepare(learner, is_setting=bool(tap.query))

    # -- coming and going

    def _newcomer(self) -> Learner:
        learner = Learner(len(self.learners), self._random.choice(self.plan.habits.languages))
        self.learners[learner.id] = learner
        return learner

    def _admit(self) -> None:
        """Let the next newcomer in."""
        if self._newcomers:
            learner = self._newcomers.popleft()
            greeting = self._dialect.greeting(learner.language)
            self.make(learner, Move(text=greeting), now_s())
        elif len(self.idle) >= self.plan.learners:
            self._all_in.set()

    def _prepare(self, learner: Learner, *, is_setting: bool) -> None:
        """Make the next setting, or be ready."""
        learner.set_up += is_setting
        move = self._dialect.preparation(learner)
        if move is not None:
            self.make(learner, move, now_s())
            return
        learner.is_ready = True
        self.on_free(learner)
        self._admit()

    def _replace(self, learner: Learner) -> None:
        """Let *learner* leave, some for good, and a newcomer take the place."""
        learner.is_gone = True
        if self.is_over:
            return
        if self.feed is not None and learner.number % _BLOCKERS == 0:
            update_id = self._next_update = self._next_update + 1
            self.feed.put(Update(update_id, learner, updates.blocked(update_id, learner), 0))
        self._newcomers.append(self._newcomer())
        self._admit()
