"""One press in, one outcome out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.learner import Learner
from lplate.domain.values import replace
from lplate.trainer.answering import Answering
from lplate.trainer.asking import Asking
from lplate.trainer.entry import Entry
from lplate.trainer.invitations import Invitations
from lplate.trainer.practice import Practice, below
from lplate.trainer.press import Outcome, PressKind
from lplate.trainer.settings import change_setting
from lplate.trainer.views import owed_statistics

if TYPE_CHECKING:
    from lplate.domain.picking import Policy
    from lplate.ports import Bank, Store
    from lplate.trainer.library import Library
    from lplate.trainer.press import Press, Result

_ON_CARD: Final = frozenset(
    {PressKind.ANSWER, PressKind.TOGGLE, PressKind.SUBMIT, PressKind.NEXT, PressKind.SKIP}
)
_SETTINGS: Final = frozenset({PressKind.TOPIC, PressKind.MODE, PressKind.FAST})
_MEMBERSHIP: Final = frozenset({PressKind.BLOCKED, PressKind.UNBLOCKED})
_OF_LEARNERS: Final = _MEMBERSHIP | {PressKind.VOTE}
"""Nobody becomes a learner by these: a poll may be forwarded to anyone."""


class Trainer:
    """Apply presses to learners; holds no state of its own but who followed invitations a moment ago."""

    def __init__(self, store: Store, library: Library, policy: Policy, up_since_ms: int) -> None:
        self._asking = Asking(store, policy)
        self._library = library
        self._practice = Practice(Answering(store, up_since_ms))
        self._entry = Entry(library, Invitations(store))
        self._entries = {
            PressKind.START: self._entry.start,
            PressKind.BANK: self._entry.choose_bank,
            PressKind.LANGUAGE: self._entry.choose_language,
        }
        self._others = {
            PressKind.RESEND: self._practice.resend,
            PressKind.VOTE: self._practice.vote,
            PressKind.TYPED: self._practice.type,
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
        is_stranger = learner is None
        if learner is None:
            learner = Learner(press.learner_id, press.chat_id, press.at_ms, press.at_ms)
        if learner.knows(press.update_id) or (is_stranger and press.kind in _OF_LEARNERS):
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
        if press.kind in _MEMBERSHIP:
            return Outcome(learner)
        enter = self._entries.get(press.kind)
        if enter is not None:
            return enter(learner, press)
        bank = self._library.get(learner.bank_id)
        if press.kind is PressKind.WELCOME or bank is None or not learner.language:
            if press.kind is PressKind.VOTE:
                return Outcome(learner, is_applied=False)
            return self._entry.welcome(learner)
        return self._apply_in_bank(learner, bank, press)

    def _apply_in_bank(self, learner: Learner, bank: Bank, press: Press) -> Result:
        if press.kind in _ON_CARD:
            if press.message is None and press.kind is PressKind.SKIP:  # the command
                return below(learner, wants_question=True)
            return self._practice.press_card(learner, bank, press)
        if press.kind in _SETTINGS:
            return change_setting(learner, bank, press)
        if press.kind is PressKind.STATISTICS:
            return owed_statistics(learner)
        return self._others[press.kind](learner, bank, press)


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
