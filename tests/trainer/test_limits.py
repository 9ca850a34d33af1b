from dataclasses import replace

import pytest

from lplate.domain.learner import Learner
from lplate.domain.session import Address, Phase, Session
from lplate.trainer.limits import ANSWER_COST, COMMAND_COST, FREE, token_cost
from lplate.trainer.press import Press, PressKind

ANNA = Learner(1, 1, 0, 0, language="en", bank_id="mini", session=Session(2, 5, Phase.QUESTION, "q"))
ANSWERED = replace(ANNA, session=replace(ANNA.session, phase=Phase.FEEDBACK))
BUTTON = Address(1, 100)


def press(kind: PressKind, session: int = 2, step: int = 5, message: Address | None = BUTTON) -> Press:
    return Press(1, 1, 1, 0, kind, session=session, step=step, message=message)


@pytest.mark.parametrize(
    ("kind", "learner", "expected"),
    [
        (PressKind.ANSWER, ANNA, ANSWER_COST),
        (PressKind.SUBMIT, ANNA, ANSWER_COST),
        (PressKind.TYPED, ANNA, ANSWER_COST),
        (PressKind.ANSWER, ANSWERED, FREE),
        (PressKind.SUBMIT, ANSWERED, FREE),
        (PressKind.ANSWER, None, FREE),
        (PressKind.TYPED, ANSWERED, COMMAND_COST),
        (PressKind.TYPED, None, COMMAND_COST),
        (PressKind.START, None, COMMAND_COST),
        (PressKind.START, ANNA, COMMAND_COST),
        (PressKind.WELCOME, ANNA, COMMAND_COST),
        (PressKind.STATISTICS, ANNA, COMMAND_COST),
        (PressKind.RESEND, ANNA, COMMAND_COST),
        *((kind, ANNA, FREE) for kind in (PressKind.TOGGLE, PressKind.NEXT, PressKind.SKIP, PressKind.BANK)),
        *((kind, ANNA, FREE) for kind in (PressKind.LANGUAGE, PressKind.TOPIC, PressKind.MODE)),
        *((kind, ANNA, FREE) for kind in (PressKind.FAST, PressKind.BLOCKED, PressKind.UNBLOCKED)),
    ],
)  # fmt: skip
def test_rule_19_what_a_press_costs(kind: PressKind, learner: Learner | None, expected: float) -> None:
    """An answered question a quarter token, a command one, other buttons nothing."""
    assert token_cost(press(kind), learner) == expected


@pytest.mark.parametrize("kind", [PressKind.ANSWER, PressKind.SUBMIT])
@pytest.mark.parametrize("place", [(1, 5), (2, 4), (2, 6)])
def test_rule_19_stale_answers_are_free(kind: PressKind, place: tuple[int, int]) -> None:
    """What changes nothing costs nothing."""
    assert token_cost(press(kind, *place), ANNA) == FREE


def test_rule_19_the_skip_command_costs_what_its_button_does_not() -> None:
    """The button edits the card, the command sends a message."""
    assert token_cost(press(PressKind.SKIP), ANNA) == FREE
    assert token_cost(press(PressKind.SKIP, message=None), ANNA) == COMMAND_COST


def test_every_kind_has_a_price() -> None:
    """No kind of press is forgotten: each costs nothing, a quarter, or one."""
    prices = {kind: token_cost(press(kind), ANNA) for kind in PressKind}
    assert set(prices.values()) == {FREE, ANSWER_COST, COMMAND_COST}
