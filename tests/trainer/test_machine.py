"""Any sequence of presses, replays among them, leaves each answer once and a state that can be drawn."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lplate.domain.session import Address, Owed, OwedKind, Phase
from lplate.ports import Attempt
from lplate.trainer import views
from lplate.trainer.press import PressKind
from trainer.banks import bank, mixed_bank, single
from trainer.stage import ANNA, Stage

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from lplate.domain.learner import Learner
    from lplate.trainer.press import Outcome, Press

CARD_KINDS = [PressKind.ANSWER, PressKind.TOGGLE, PressKind.SUBMIT, PressKind.NEXT, PressKind.SKIP]
COMMANDS = [PressKind.START, PressKind.WELCOME, PressKind.SKIP, PressKind.RESEND, PressKind.STATISTICS]
MESSAGES = st.builds(Address, st.just(ANNA), st.integers(90, 110), st.booleans())
LINKS = ["", "b_mini_en", "b_mini_de-en", "b_extra_en", "b_none_en"]


class Practice(RuleBasedStateMachine):
    """Press at random; the ledger keeps each attempt that an outcome wanted written."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(mixed_bank(), bank(single("x1"), single("x2"), bank_id="extra", languages=("en",)))
        self.ledger: Counter[tuple[int, int]] = Counter()
        self.pressed: list[Press] = []

    def run(self, coroutine: Coroutine[Any, Any, Outcome]) -> Outcome:
        outcome = asyncio.run(coroutine)
        rows = [row for row in outcome.rows if isinstance(row, Attempt)]
        self.ledger.update((row.session, row.step) for row in rows)
        assert outcome.is_applied or not rows
        return outcome

    def press(self, kind: PressKind, **fields: Any) -> Outcome:
        outcome = self.run(self.stage.press(kind, **fields))
        assert self.stage.last is not None
        self.pressed.append(self.stage.last)
        return outcome

    def learner(self) -> Learner:
        return asyncio.run(self.stage.learner())

    @initialize(link=st.sampled_from(LINKS))
    def start(self, link: str) -> None:
        self.press(PressKind.START, text=link)

    @rule(kind=st.sampled_from(CARD_KINDS), choice=st.integers(0, 3), wanted=st.booleans(), message=MESSAGES)
    def press_the_card(self, kind: PressKind, choice: int, message: Address, *, wanted: bool) -> None:
        session = self.learner().session
        place = {"session": session.number, "step": session.step}
        self.press(kind, choice=choice, wanted=wanted, message=message, **place)

    @rule(
        kind=st.sampled_from(CARD_KINDS),
        session=st.integers(-1, 3),
        step=st.integers(-1, 12),
        message=MESSAGES,
    )
    def press_another_card(self, kind: PressKind, session: int, step: int, message: Address) -> None:
        now = self.learner().session
        outcome = self.press(kind, session=session, step=step, message=message)
        if now.phase is not Phase.IDLE and (session, step) != (now.number, now.step):
            assert outcome.learner.session == now

    @rule(text=st.sampled_from(["50", "0,5 m", "1", "what?", "", "x" * 10_000]))
    def type(self, text: str) -> None:
        self.press(PressKind.TYPED, text=text)

    @rule(kind=st.sampled_from(COMMANDS), text=st.sampled_from(LINKS))
    def command(self, kind: PressKind, text: str) -> None:
        self.press(kind, text=text)

    @rule(kind=st.sampled_from([PressKind.BANK, PressKind.LANGUAGE]), message=MESSAGES,
          text=st.sampled_from(["mini", "extra", "en", "de", "en-de", "fr"]))  # fmt: skip
    def choose(self, kind: PressKind, text: str, message: Address) -> None:
        self.press(kind, text=text, message=message)

    @rule(kind=st.sampled_from([PressKind.TOPIC, PressKind.MODE, PressKind.FAST]), wanted=st.booleans(),
          text=st.sampled_from(["*", "0", "1", "7", "edit", "separate"]))  # fmt: skip
    def set(self, kind: PressKind, text: str, *, wanted: bool) -> None:
        self.press(kind, text=text, wanted=wanted)

    @rule(kind=st.sampled_from([PressKind.BLOCKED, PressKind.UNBLOCKED]))
    def block(self, kind: PressKind) -> None:
        self.press(kind)

    @rule(message_id=st.integers(90, 110))
    def let_replies_arrive(self, message_id: int) -> None:
        asyncio.run(self.stage.arrive(message_id))

    @rule()
    def update_the_bank(self) -> None:
        mini = self.stage.banks[0]
        mini.info = type(mini.info)(**{**fields_of(mini.info), "digest": mini.info.digest + "+"})

    @precondition(lambda self: self.pressed)
    @rule(back=st.integers(0, 15))
    def redeliver(self, back: int) -> None:
        press = self.pressed[-1 - min(back, len(self.pressed) - 1)]
        before = self.learner()
        outcome = self.run(self.stage.apply(press))
        if press.update_id in before.updates:
            assert not outcome.is_applied
            assert self.learner() == before

    @invariant()
    def every_answer_is_there_once(self) -> None:
        assert all(count == 1 for count in self.ledger.values())
        assert {(row.session, row.step) for row in self.stage.attempts} == set(self.ledger)

    @invariant()
    def the_state_can_be_drawn(self) -> None:
        learner = asyncio.run(self.stage.store.load(ANNA))
        if learner is None:
            return
        for owed in (*learner.owed, Owed(OwedKind.CARD), Owed(OwedKind.CLOSED_CARD, Address(ANNA, 1))):
            shown = asyncio.run(self.stage.viewer.view(learner, owed, self.stage.now_ms))
            if isinstance(shown, views.CardView):
                assert sorted(learner.session.order) == list(range(len(shown.question.options)))
        assert len(learner.owed) <= 30
        assert 0 <= learner.session.right <= learner.session.answered


def fields_of(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


Practice.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestPractice = Practice.TestCase
TestPractice.__doc__ = __doc__
