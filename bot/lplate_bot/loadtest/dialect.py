"""How learners read a bot's cards: which button means what, and what must follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lplate_bot.loadtest.deck import asked
from lplate_bot.loadtest.plan import Flow
from lplate_bot.render import buttons as codes

if TYPE_CHECKING:
    from random import Random

    from lplate_bot.loadtest.deck import Deck, Solution
    from lplate_bot.loadtest.learner import Learner
    from lplate_bot.loadtest.plan import Habits

_MENU = (f"{codes.MODE}:", f"{codes.FAST}:", f"{codes.TOPIC}:")


@dataclass(frozen=True, slots=True)
class Move:
    """Press a button with *data*, or write *text*; *expected* and the flags are those of a Tap."""

    data: str = ""
    text: str = ""
    expected: tuple[str, ...] = ()
    needs_card: bool = True
    keeps_question: bool = False
    is_graded: bool = False


class Dialect(Protocol):
    """Know one bot's cards."""

    def greeting(self, language: str) -> str:
        """Return what a newcomer writes first."""

    def is_card(self, buttons: list[str]) -> bool:
        """Return True for buttons of a card, False for those of a menu."""

    def asked(self, content: bytes) -> str:
        """Return the question's text in a card."""

    def preparation(self, learner: Learner) -> Move | None:
        """Return what a newcomer does before practising, None when all is set."""

    def move(self, learner: Learner, random: Random) -> Move:
        """Return what a learner does with the card before them."""


class PlainDialect:
    """Know a bot that puts each question in a message of its own, any button being an answer."""

    def greeting(self, language: str) -> str:  # noqa: ARG002 - unknown here
        """Return the command that begins."""
        return "/start"

    def is_card(self, buttons: list[str]) -> bool:
        """Return True: there are no menus."""
        return bool(buttons)

    def asked(self, content: bytes) -> str:  # noqa: ARG002 - unknown here
        """Return nothing: cards are not read."""
        return ""

    def preparation(self, learner: Learner) -> Move | None:  # noqa: ARG002 - nobody needs any
        """Return None: there is nothing to set."""
        return None

    def move(self, learner: Learner, random: Random) -> Move:
        """Press one of the options."""
        return Move(random.choice(learner.buttons), is_graded=True)


class LplateDialect:
    """Know this bot."""

    def __init__(self, deck: Deck, habits: Habits, flow: Flow, bank_id: str = "core") -> None:
        self._deck = deck
        self._bank_id = bank_id
        self._habits = habits
        self._is_fast = flow is not Flow.CARD
        self._wanted = [codes.data(codes.FAST, 1)] if self._is_fast else []
        if flow is Flow.MESSAGES:
            self._wanted.append(codes.data(codes.MODE, "separate"))

    def greeting(self, language: str) -> str:
        """Return the deep link to the first question."""
        return f"/start b_{self._bank_id}_{language}"

    def is_card(self, buttons: list[str]) -> bool:
        """Return False for the menu of settings."""
        return not buttons[0].startswith(_MENU)

    def asked(self, content: bytes) -> str:
        """Return the question's text in a card."""
        return asked(content).decode()

    def preparation(self, learner: Learner) -> Move | None:
        """Open the settings, then set one after another."""
        if learner.set_up >= len(self._wanted):
            return None
        if learner.menu is None:
            return Move(text="/settings", expected=(self._wanted[0],))
        return Move(self._wanted[learner.set_up], needs_card=False)

    def move(self, learner: Learner, random: Random) -> Move:
        """Answer, skip or go on."""
        found = learner.buttons
        code, session, step = found[-1].split(":")[:3]
        here, following = f"{session}:{step}", f"{codes.SKIP}:{session}:{int(step) + 1}"
        if code == codes.NEXT:
            return Move(found[-1], expected=(following,))
        options = [data for data in found if data[0] in (codes.ANSWER, codes.TOGGLE)]
        is_odd = code == codes.SUBMIT or not options
        if (self._habits.only_buttons and is_odd) or random.random() < self._habits.skip:
            return Move(f"{codes.SKIP}:{here}", expected=(following,))
        solution = self._deck.find(learner.card.content) if learner.card else None
        if learner.intent[0] != here:
            learner.intent = (here, random.random() < self._habits.right)
        is_right = learner.intent[1]
        feedback = f"{codes.NEXT}:{here}"
        if not options:
            return Move(
                text=_number(solution, is_right=is_right),
                expected=(feedback,), keeps_question=True, is_graded=True,
            )  # fmt: skip
        if code == codes.SUBMIT:
            return self._tick(learner, solution, feedback, following, is_right=is_right)
        return self._choose(options, solution, feedback, following, random, is_right=is_right)

    def _choose(
        self, options: list[str], solution: Solution | None, feedback: str, following: str, random: Random,
        *, is_right: bool,
    ) -> Move:  # fmt: skip
        data = random.choice(options)
        if solution is not None:
            right = str(solution.right[0])
            data = next(each for each in options if (each.rpartition(":")[2] == right) is is_right)
        expected = self._after(solution, feedback, following, is_right=is_right)
        keeps = expected == (feedback,)
        return Move(data, expected=expected, keeps_question=keeps, is_graded=True)

    def _tick(
        self, learner: Learner, solution: Solution | None, feedback: str, following: str, *, is_right: bool
    ) -> Move:
        """Press the first option that is not as wanted, Submit when all are."""
        ticks = [data for data in learner.buttons if data[0] == codes.TOGGLE]
        right = solution.right if solution is not None else (0,)
        wanted = set(right if is_right else right[:1]) or {0}
        for data in ticks:
            head, index, becomes = data.rsplit(":", 2)
            if (int(index) in wanted) is (becomes == "1"):
                after = f"{head}:{index}:{1 - int(becomes)}"
                return Move(data, expected=(after,), keeps_question=True)
        is_right = solution is not None and wanted == set(right)
        expected = self._after(solution, feedback, following, is_right=is_right)
        keeps = expected == (feedback,)
        return Move(learner.buttons[-1], expected=expected, keeps_question=keeps, is_graded=True)

    def _after(
        self, solution: Solution | None, feedback: str, following: str, *, is_right: bool
    ) -> tuple[str, ...]:
        """Return what may follow an answer: in fast mode a right one leads to the next question."""
        if not self._is_fast:
            return (feedback,)
        if solution is None:
            return (feedback, following)
        return (following,) if is_right else (feedback,)


def _number(solution: Solution | None, *, is_right: bool) -> str:
    return solution.number if solution is not None and is_right else "9999"
