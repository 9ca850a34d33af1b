"""The way in: start, deep links, choice of bank and language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplate.domain.invitation import code_in
from lplate.domain.session import Owed, OwedKind, Phase, Session
from lplate.domain.values import replace
from lplate.trainer.answering import CARD, NEW_CARD, laid_aside
from lplate.trainer.asking import card_question
from lplate.trainer.library import language_choices
from lplate.trainer.practice import below
from lplate.trainer.press import Outcome

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.session import Address
    from lplate.ports import Bank
    from lplate.trainer.asking import Asking
    from lplate.trainer.invitations import Invitations
    from lplate.trainer.library import Library
    from lplate.trainer.press import Press


class Entry:
    """Bring a learner to a question in as few taps as their choices allow."""

    def __init__(self, library: Library, asking: Asking, invitations: Invitations) -> None:
        self._library = library
        self._asking = asking
        self._invitations = invitations

    async def start(self, learner: Learner, press: Press) -> Outcome:
        """Follow a deep link to its first question, go on where the learner was, or welcome them.

        One that is an invitation gives its tier first.
        """
        code = code_in(press.text)
        if code is not None:
            followed = await self._invitations.follow(learner, code, press.at_ms)
            learner = followed.learner.owing(Owed(OwedKind.NOTICE, notice=followed.notice))
            return replace(await self._enter(learner, replace(press, text="")), rows=followed.rows)
        return await self._enter(learner, press)

    async def _enter(self, learner: Learner, press: Press) -> Outcome:
        linked = self._library.from_deep_link(press.text)
        if linked is not None:
            bank, language = linked
            return Outcome(below(await self._begun(learner, bank, language, press)))
        bank_chosen = self._library.get(learner.bank_id)
        if bank_chosen is not None and learner.language:
            return Outcome(below(await self._begun(learner, bank_chosen, learner.language, press)))
        return await self.welcome(learner, press)

    async def welcome(self, learner: Learner, press: Press) -> Outcome:
        """Ask for what is not clear yet: the bank where there are several, then the language."""
        bank = self._library.only()
        if bank is None:
            return Outcome(learner.owing(Owed(OwedKind.WELCOME)))
        return await self._ask_language(learner, bank, press, None)

    async def choose_bank(self, learner: Learner, press: Press) -> Outcome:
        """Take the bank and ask for the language in the same message."""
        bank = self._library.get(press.text)
        if bank is None:
            return Outcome(learner, toast="stale", is_applied=False)
        return await self._ask_language(learner, bank, press, press.message)

    async def choose_language(self, learner: Learner, press: Press) -> Outcome:
        """Take the language, say so in the message that asked, and show a question.

        A question that is open already is drawn again where it stands; before any, the first is posed.
        """
        bank = self._library.get(learner.bank_id)
        if bank is None or press.text not in language_choices(bank):
            return Outcome(learner, toast="stale", is_applied=False)
        is_open = learner.session.phase is not Phase.IDLE
        if is_open and press.text == learner.language and learner.is_owed_card:
            return Outcome(learner)  # tapped twice: the card is on its way
        was_open = is_open and learner.card is not None
        chosen = Owed(OwedKind.CHOSEN, address=press.message)
        begun = await self._begun(learner, bank, press.text, press)
        if was_open:
            return Outcome(begun.owing(chosen, CARD))
        begun, old = laid_aside(begun)
        return Outcome(begun.owing(chosen, *old, NEW_CARD))

    async def _ask_language(
        self, learner: Learner, bank: Bank, press: Press, address: Address | None
    ) -> Outcome:
        learner = _with_bank(learner, bank)
        choices = language_choices(bank)
        if len(choices) > 1:
            return Outcome(learner.owing(Owed(OwedKind.WELCOME, address=address)))
        return Outcome(below(await self._begun(learner, bank, choices[0], press)))

    async def _begun(self, learner: Learner, bank: Bank, language: str, press: Press) -> Learner:
        learner = replace(_with_bank(learner, bank), language=language)
        if card_question(learner, bank) is not None:
            return learner
        return await self._asking.ask(learner, bank, press.at_ms)


def _with_bank(learner: Learner, bank: Bank) -> Learner:
    if learner.bank_id == bank.info.id:
        return learner
    session = Session(number=learner.session.number + 1)
    return replace(learner, bank_id=bank.info.id, topics=(), session=session, seen=b"", seen_bank="")
