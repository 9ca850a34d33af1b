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
    from lplate.trainer.press import Press


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

_CLOSED: Final = {OwedKind.CARD: False, OwedKind.NEW_CARD: False, OwedKind.CLOSED_CARD: True}
"""The kinds that are cards, and whether without buttons."""


def owed_statistics(learner: Learner, _: Bank, __: Press) -> Outcome:
    """Return the learner owed their numbers."""
    return Outcome(learner, shown=(Owed(OwedKind.STATISTICS),))


class Viewer:
    """Draw what a learner is owed from their stored state alone, so that a restart draws the same."""

    def __init__(self, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    async def view(self, learner: Learner, owed: Owed, now_ms: int) -> View:
        """Return what *owed* looks like now."""
        view = self.view_at_once(learner, owed)
        return await self._statistics(learner, now_ms) if view is None else view

    def view_at_once(self, learner: Learner, owed: Owed) -> View | None:
        """Return what *owed* looks like, None for statistics, which have to be read first."""
        bank = self._library.get(learner.bank_id)
        is_closed = _CLOSED.get(owed.kind)
        if is_closed is None or bank is None:
            return self._beside_cards(learner, bank, owed)
        question = card_question(learner, bank)
        if question is None:
            return EmptyView(learner)
        return CardView(learner, bank.info, question, is_closed, learner.wants_poll and not is_closed)

    def _beside_cards(self, learner: Learner, bank: Bank | None, owed: Owed) -> View | None:
        kind = owed.kind
        if kind in _LAID_ASIDE:
            return NoButtonsView()
        if kind is OwedKind.NOTICE:
            return NoticeView(learner, owed.notice)
        if kind is OwedKind.WELCOME or bank is None:
            infos = tuple(other.info for other in self._library)
            return WelcomeView(learner, infos, language_choices(bank) if bank else ())
        return ChosenView(learner, bank.info) if kind is OwedKind.CHOSEN else None

    async def _statistics(self, learner: Learner, now_ms: int) -> StatisticsView:
        bank = self._library.get(learner.bank_id)
        assert bank is not None  # without it everything but a notice is a welcome
        info = bank.info
        numbers = await self._store.statistics(learner.id, info.id, info.size, now_ms)
        return StatisticsView(learner, info, numbers)
