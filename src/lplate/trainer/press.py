"""One press of a learner, freed of Telegram, and what came of it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lplate.domain.values import Word, quick

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.domain.session import Address, Owed
    from lplate.ports import Change


class PressKind(Word):
    """Say what the learner did."""

    START = "start"
    WELCOME = "welcome"
    BANK = "bank"
    LANGUAGE = "language"
    ANSWER = "answer"
    TOGGLE = "toggle"
    SUBMIT = "submit"
    NEXT = "next"
    SKIP = "skip"
    TYPED = "typed"
    VOTE = "vote"
    RESEND = "resend"
    STATISTICS = "statistics"
    TOPIC = "topic"
    MODE = "mode"
    FAST = "fast"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


@quick
@dataclass(frozen=True, slots=True)
class Press:
    """Say who did what and when; *at_ms* is the wall clock of receipt.

    *session* and *step* name the card of a button. *choice* is an option in source order. *wanted* is the
    state asked for, so that a repeat changes nothing. *text* carries a typed answer, a deep link, a bank,
    a language, a mode, a topic by its place in the bank, or the id of the poll voted in: then
    *choice* has a bit for each option as shown. *message* is the message that bore the button.
    """

    update_id: int
    learner_id: int
    chat_id: int
    at_ms: int
    kind: PressKind
    session: int = 0
    step: int = 0
    choice: int = 0
    wanted: bool = False
    text: str = ""
    message: Address | None = None
    client_language: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Outcome:
    """Tell what a press led to.

    *learner* is the state to commit together with *rows*; where *is_applied* is False nothing is to be
    committed. *shown* is what to show now: the reply that this press made owed, or, where nothing was
    applied, what helps without being owed. *toast* names the words of the callback's answer, empty for a
    silent one.

    Whoever handles a press names in *shown* what it makes owed, not numbered, and by *wants_question* that
    the next question is still to be posed. The trainer sees to both.
    """

    learner: Learner
    rows: Change = ()
    toast: str = ""
    is_applied: bool = True
    shown: tuple[Owed, ...] = ()
    wants_question: bool = False


Result = Outcome | Coroutine[Any, Any, Outcome]
"""What a press led to; it has to be awaited where something must be read first."""


def is_current(learner: Learner, press: Press) -> bool:
    """Return True if *press* names the learner's session and step."""
    session = learner.session
    return press.step == session.step and press.session == session.number
