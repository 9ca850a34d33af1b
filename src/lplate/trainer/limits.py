"""What a press costs in tokens of the learner's bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate.domain.session import Phase
from lplate.trainer.press import PressKind, is_current

if TYPE_CHECKING:
    from lplate.domain.learner import Learner
    from lplate.trainer.press import Press

ANSWER_COST: Final = 0.25
"""At 10 tokens a minute: one answer every 1.5 seconds for ever, 60 at once."""
COMMAND_COST: Final = 1.0
FREE: Final = 0.0

_ANSWERS: Final = frozenset({PressKind.ANSWER, PressKind.SUBMIT})
_FREE: Final = frozenset(
    {
        PressKind.TOGGLE,
        PressKind.NEXT,
        PressKind.BANK,
        PressKind.LANGUAGE,
        PressKind.TOPIC,
        PressKind.MODE,
        PressKind.FAST,
        PressKind.BLOCKED,
        PressKind.UNBLOCKED,
    }
)


def token_cost(press: Press, learner: Learner | None) -> float:
    """Return the tokens that *press* takes.

    Stale presses and buttons that answer nothing are free; commands cost, for their replies are new messages.
    """
    kind = press.kind
    if kind in _FREE or (kind is PressKind.SKIP and press.message is not None):
        return FREE
    is_asked = learner is not None and learner.session.phase is Phase.QUESTION
    if kind in _ANSWERS:
        return ANSWER_COST if learner is not None and is_asked and is_current(learner, press) else FREE
    if kind is PressKind.VOTE:
        return ANSWER_COST if learner is not None and learner.is_asked_by(press.text) else FREE
    if kind is PressKind.TYPED and is_asked:
        return ANSWER_COST
    return COMMAND_COST
