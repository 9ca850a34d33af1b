"""The desk where a learner's presses are applied: load, train, commit, remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.domain.values import replace
from lplate.errors import StoreError
from lplate.trainer.press import Outcome
from lplate_bot.at_once import at_once
from lplate_native import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.commit import GroupCommit
    from lplate.domain.learner import Learner
    from lplate.ports import Row, Store
    from lplate.trainer.press import Press
    from lplate.trainer.trainer import Trainer
    from lplate_native import LruStats


class Desk:
    """Apply presses durably; the *capacity* most recent learners stay in memory.

    Callers hold the learner's lane, so nobody else changes the learner meanwhile. New state is remembered
    only after its commit.
    """

    def __init__(self, store: Store, trainer: Trainer, commit: GroupCommit, capacity: int) -> None:
        self._store = store
        self._trainer = trainer
        self._commit = commit
        self._learners: LruCache[int, Learner] = LruCache(capacity)
        self.remembered: Callable[[int], Learner | None] = self._learners.get
        """Tell a learner by id if in memory."""

    async def learner(self, learner_id: int) -> Learner | None:
        """Return the learner as last committed, None if never met."""
        found = self._learners.get(learner_id)
        if found is None:
            found = await self._store.load(learner_id)
            if found is not None:
                self._learners.put(learner_id, found)
        return found

    async def glance(self, learner_id: int) -> Learner | None:
        """Return the learner as last committed, for callers outside the lane.

        What they read is not remembered: by then the lane may hold something newer.
        """
        return self._learners.peek(learner_id) or await self._store.load(learner_id)

    def cache(self) -> LruStats:
        """Return what the memory of learners counted."""
        return self._learners.stats()

    @property
    def lru(self) -> LruCache[int, Learner]:
        """Return the learners in memory, for whoever watches over memory."""
        return self._learners

    def try_press(self, press: Press, learner: Learner) -> Outcome | None:
        """Return what *press* leads to, to be committed and noted by the caller, if that can be told at once.

        None if it must be waited for, or fails: press() will tell.
        """
        try:
            result = self._trainer.begin(learner, press)
            return result if isinstance(result, Outcome) else at_once(result)
        except Exception:  # noqa: BLE001 - raised again by press(), where it is dealt with
            return None

    async def press(self, press: Press, *rows: Row) -> Outcome:
        """Apply *press* and commit its effect together with *rows*; return once all is durable.

        Raises:
            StoreError: if the store cannot write now, nothing changed, and words alone would not do.
        """
        outcome = await self._trainer.press(await self.learner(press.learner_id), press)
        if outcome.is_applied:
            try:
                await self.keep(outcome.learner, *outcome.rows, *rows)
            except StoreError:
                words = None if rows else self.words_of(outcome)
                if words is None:
                    raise
                return words
        elif rows:
            await self._commit.submit(rows)
        return outcome

    def words_of(self, outcome: Outcome) -> Outcome | None:
        """Return an outcome that could not be stored as one that need not be, None if it changes anything.

        A press that asks for nothing but words gets them on a full disk, too. They are not owed then: a crash
        before they are sent loses them.
        """
        before = self.remembered(outcome.learner.id)
        if before is None or outcome.rows or not outcome.shown:
            return None
        if _standing(before) != _standing(outcome.learner):
            return None
        return replace(outcome, is_applied=False)

    async def keep(self, learner: Learner, *rows: Row) -> None:
        """Commit *learner* with *rows*, then remember them."""
        await self._commit.submit((learner, *rows))
        self._learners.put(learner.id, learner)

    def note(self, learner: Learner) -> None:
        """Remember a change that is committed, or may be lost in a crash without harm."""
        self._learners.put(learner.id, learner)


def _standing(learner: Learner) -> Learner:
    """Return what a press may change beside what is owed for it and what is noted of it."""
    return replace(
        learner, owed=(), owed_number=0, updates=(), active_at_ms=0, client_language="", is_blocked=False
    )
