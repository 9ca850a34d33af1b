"""What is to be seen, before anyone decides how Telegram shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate.domain.session import Owed, OwedKind
from lplate.domain.values import quick
from lplate.trainer.asking import card_question
from lplate.trainer.library import language_choices
from lplate.trainer.press import Outcome

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.question import BankInfo, Question
    from lplate.domain.statistics import Statistics
    from lplate.ports import Bank, Store
    from lplate.trainer.library import Library


@quick
@dataclass(frozen=True, slots=True)
class CardView:
    """Show the learner's current question, if it fits *by_poll*; *is_closed* draws it without buttons."""

    learner: Learner
    info: BankInfo
    question: Question
    is_closed: bool = False
    by_poll: bool = False


@dataclass(frozen=True, slots=True)
class EmptyView:
    """Tell that the chosen topics hold no question."""

    learner: Learner


@dataclass(frozen=True, slots=True)
class WelcomeView:
    """Ask for a bank out of *banks*, or, once it is clear, for one of *languages*."""

    learner: Learner
    banks: tuple[BankInfo, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChosenView:
    """Confirm bank and language."""

    learner: Learner
    info: BankInfo


@dataclass(frozen=True, slots=True)
class StatisticsView:
    """Show the learner's numbers."""

    learner: Learner
    info: BankInfo
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Say one thing, by the name of its words."""

    learner: Learner
    notice: str


@dataclass(frozen=True, slots=True)
class NoButtonsView:
    """Take the buttons off an older message, votes from an older poll."""


Page = EmptyView | WelcomeView | ChosenView | StatisticsView | NoticeView
View = CardView | Page | NoButtonsView
_LAID_ASIDE: Final = frozenset({OwedKind.NO_BUTTONS, OwedKind.STOPPED_POLL})


def owed_statistics(learner: Learner) -> Outcome:
    """Return the learner owed their numbers."""
    return Outcome(learner.owing(Owed(OwedKind.STATISTICS)))


class Viewer:
    """Draw what a learner is owed from their stored state alone, so that a restart draws the same."""

    def __init__(self, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    async def view(self, learner: Learner, owed: Owed, now_ms: int) -> View:
        """Return what *owed* looks like now."""
        bank = self._library.get(learner.bank_id)
        if owed.kind in _LAID_ASIDE:
            return NoButtonsView()
        if owed.kind is OwedKind.NOTICE:
            return NoticeView(learner, owed.notice)
        if owed.kind is OwedKind.WELCOME or bank is None:
            infos = tuple(other.info for other in self._library)
            return WelcomeView(learner, infos, language_choices(bank) if bank else ())
        if owed.kind is OwedKind.CHOSEN:
            return ChosenView(learner, bank.info)
        if owed.kind is OwedKind.STATISTICS:
            info = bank.info
            numbers = await self._store.statistics(learner.id, info.id, info.size, now_ms)
            return StatisticsView(learner, info, numbers)
        return _card(learner, bank, is_closed=owed.kind is OwedKind.CLOSED_CARD)


def _card(learner: Learner, bank: Bank, *, is_closed: bool) -> View:
    question = card_question(learner, bank)
    if question is None:
        return EmptyView(learner)
    by_poll = learner.wants_poll and not is_closed
    return CardView(learner, bank.info, question, is_closed=is_closed, by_poll=by_poll)
