"""One press in, one outcome out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.learner import Learner
from lplate.domain.values import replace
from lplate.trainer.answering import Answering
from lplate.trainer.asking import Asking
from lplate.trainer.entry import Entry
from lplate.trainer.invitations import Invitations
from lplate.trainer.practice import Practice
from lplate.trainer.press import Outcome, PressKind
from lplate.trainer.settings import change_setting
from lplate.trainer.views import owed_statistics

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.domain.picking import Policy
    from lplate.ports import Bank, Store
    from lplate.trainer.library import Library
    from lplate.trainer.press import Press, Result

_OF_LEARNERS: Final = frozenset({PressKind.BLOCKED, PressKind.UNBLOCKED, PressKind.VOTE})
"""Nobody becomes a learner by these: a poll may be forwarded to anyone."""


class Trainer:
    """Apply presses to learners; holds no state of its own but who followed invitations a moment ago."""

    def __init__(self, store: Store, library: Library, policy: Policy, up_since_ms: int) -> None:
        self._asking = Asking(store, policy)
        self._library = library
        self._practice = Practice(Answering(store, up_since_ms))
        self._entry = Entry(library, Invitations(store))
        self._in_bank: dict[PressKind, Callable[[Learner, Bank, Press], Result]] = {
            PressKind.ANSWER: self._practice.press_card,
            PressKind.TOGGLE: self._practice.press_card,
            PressKind.SUBMIT: self._practice.press_card,
            PressKind.NEXT: self._practice.press_card,
            PressKind.SKIP: self._practice.skip,
            PressKind.TYPED: self._practice.type,
            PressKind.VOTE: self._practice.vote,
            PressKind.RESEND: self._practice.resend,
            PressKind.STATISTICS: owed_statistics,
            PressKind.TOPIC: change_setting,
            PressKind.MODE: change_setting,
            PressKind.FAST: change_setting,
        }
        self._anywhere: dict[PressKind, Callable[[Learner, Press], Result]] = {
            PressKind.START: self._entry.start,
            PressKind.WELCOME: self._entry.welcome,
            PressKind.BANK: self._entry.choose_bank,
            PressKind.LANGUAGE: self._entry.choose_language,
            PressKind.BLOCKED: _noted,
            PressKind.UNBLOCKED: _noted,
        }

    async def press(self, learner: Learner | None, press: Press) -> Outcome:
        """Return what *press* leads to for *learner* (None: not met before).

        An update that was applied already, by the learner's own list, is never applied again. Nobody becomes
        a learner by blocking the bot, or by a vote.
        """
        result = self.begin(learner, press)
        return result if isinstance(result, Outcome) else await result

    def begin(self, learner: Learner | None, press: Press) -> Result:
        """Return what press() does, to be awaited only if something must be read for it."""
        if learner is None:
            learner = Learner(press.learner_id, press.chat_id, press.at_ms, press.at_ms)
            is_void = press.kind in _OF_LEARNERS
        else:
            is_void = press.update_id in learner.updates
        if is_void:
            return Outcome(learner, is_applied=False)
        if press.client_language and press.client_language != learner.client_language:
            learner = replace(learner, client_language=press.client_language)
        result = self._apply(learner, press)
        if not isinstance(result, Outcome) or result.wants_question:
            return self._go_on(learner, press, result)
        return _ended(learner, press, result, result.learner)

    async def _go_on(self, learner: Learner, press: Press, result: Result) -> Outcome:
        outcome = result if isinstance(result, Outcome) else await result
        after = outcome.learner
        if outcome.wants_question:
            bank = self._library.get(after.bank_id)
            assert bank is not None  # only presses in a bank want questions
            after = await self._asking.ask(after, bank, press.at_ms)
        return _ended(learner, press, outcome, after)

    def _apply(self, learner: Learner, press: Press) -> Result:
        handle = self._in_bank.get(press.kind)
        if handle is None:
            return self._anywhere[press.kind](learner, press)
        bank = self._library.get(learner.bank_id)
        if bank is not None and learner.language:
            return handle(learner, bank, press)
        if press.kind is PressKind.VOTE:
            return Outcome(learner, is_applied=False)
        return self._entry.welcome(learner, press)


def _noted(learner: Learner, _: Press) -> Outcome:
    return Outcome(learner)


def _ended(before: Learner, press: Press, outcome: Outcome, learner: Learner) -> Outcome:
    """Return *outcome* as the caller gets it: *learner* with the press noted and its reply owed."""
    if not outcome.is_applied:
        return outcome
    after = learner.after_press(press.update_id, press.at_ms, outcome.shown)
    if press.kind is PressKind.BLOCKED:
        after = replace(after, is_blocked=True, owed=())
    shown = after.owed
    if before.owed:
        shown = tuple([item for item in shown if item.number > before.owed_number])
    return Outcome(after, outcome.rows, outcome.toast, shown=shown)
