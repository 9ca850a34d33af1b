"""The way in: start, deep links, choice of bank and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.domain.invitation import code_in
from lplate.domain.session import Owed, OwedKind, Phase, Session
from lplate.domain.values import replace
from lplate.trainer.answering import CARD, moved_below
from lplate.trainer.asking import card_question
from lplate.trainer.library import language_choices
from lplate.trainer.practice import below
from lplate.trainer.press import Outcome

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.session import Address
    from lplate.ports import Bank
    from lplate.trainer.invitations import Invitations
    from lplate.trainer.library import Library
    from lplate.trainer.press import Press, Result


class Entry:
    """Bring a learner to a question in as few taps as their choices allow."""

    def __init__(self, library: Library, invitations: Invitations) -> None:
        self._library = library
        self._invitations = invitations

    def start(self, learner: Learner, press: Press) -> Result:
        """Follow a deep link to its first question, go on where the learner was, or welcome them.

        One that is an invitation gives its tier first.
        """
        code = code_in(press.text)
        return self._enter(learner, press, press.text) if code is None else self._follow(learner, press, code)

    async def _follow(self, learner: Learner, press: Press, code: str) -> Outcome:
        followed = await self._invitations.follow(learner, code, press.at_ms)
        notice = Owed(OwedKind.NOTICE, notice=followed.notice)
        entered = self._enter(followed.learner, press, "")
        return replace(entered, rows=followed.rows, shown=(notice, *entered.shown))

    def _enter(self, learner: Learner, press: Press, link: str) -> Outcome:
        linked = self._library.from_deep_link(link)
        if linked is not None:
            return _begun(learner, *linked)
        bank_chosen = self._library.get(learner.bank_id)
        if bank_chosen is not None and learner.language:
            return _begun(learner, bank_chosen, learner.language)
        return self.welcome(learner, press)

    def welcome(self, learner: Learner, _: Press) -> Outcome:
        """Ask for what is not clear yet: the bank where there are several, then the language."""
        bank = self._library.only()
        if bank is None:
            return Outcome(learner, shown=(Owed(OwedKind.WELCOME),))
        return _ask_language(learner, bank, None)

    def choose_bank(self, learner: Learner, press: Press) -> Outcome:
        """Take the bank and ask for the language in the same message."""
        bank = self._library.get(press.text)
        if bank is None:
            return Outcome(learner, toast="stale", is_applied=False)
        return _ask_language(learner, bank, press.message)

    def choose_language(self, learner: Learner, press: Press) -> Outcome:
        """Take the language, say so in the message that asked, and show a question.

        A question that is open already is drawn again where it stands; before any, the first is posed.
        """
        bank = self._library.get(learner.bank_id)
        if bank is None or press.text not in language_choices(bank):
            return Outcome(learner, toast="stale", is_applied=False)
        is_open = learner.session.phase is not Phase.IDLE
        if is_open and press.text == learner.language and learner.is_owed_card:
            return Outcome(learner)  # tapped twice: the card is on its way
        chosen = Owed(OwedKind.CHOSEN, address=press.message)
        wants_question = card_question(learner, bank) is None
        learner = replace(learner, language=press.text)
        shown: tuple[Owed, ...] = (CARD,)
        if not is_open or learner.card is None:
            learner, shown = moved_below(learner)
        return Outcome(learner, shown=(chosen, *shown), wants_question=wants_question)


def _ask_language(learner: Learner, bank: Bank, address: Address | None) -> Outcome:
    choices = language_choices(bank)
    if len(choices) > 1:
        return Outcome(_with_bank(learner, bank), shown=(Owed(OwedKind.WELCOME, address=address),))
    return _begun(learner, bank, choices[0])


def _begun(learner: Learner, bank: Bank, language: str) -> Outcome:
    """Show the card, or pose the first question, below."""
    learner = replace(_with_bank(learner, bank), language=language)
    return below(learner, wants_question=card_question(learner, bank) is None)


def _with_bank(learner: Learner, bank: Bank) -> Learner:
    if learner.bank_id == bank.info.id:
        return learner
    session = Session(number=learner.session.number + 1)
    return replace(learner, bank_id=bank.info.id, topics=(), session=session, seen=b"", seen_bank="")
