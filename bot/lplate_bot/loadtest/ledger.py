"""What learners were promised and what they got: each reply theirs, in order, exactly once."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lplate_bot.loadtest.learner import Learner, Tap

_EXAMPLES: Final = 20


class Fault(StrEnum):
    """Name what can be wrong with a reply."""

    MISSING = "missing"
    DOUBLED = "doubled"
    WRONG = "wrong"
    STRAY = "stray"
    FOREIGN = "foreign"
    REFUSED = "refused"
    UNSTORED = "unstored"


MEANINGS: Final = {
    Fault.MISSING: "a press whose reply was not complete in time",
    Fault.DOUBLED: "the same reply a second time",
    Fault.WRONG: "a card that is not what the press asked for",
    Fault.STRAY: "a card changed although nobody pressed",
    Fault.FOREIGN: "a call for a learner, a message or a press that there is not",
    Fault.REFUSED: "an update that the bot did not take at the first try",
    Fault.UNSTORED: "answers in the bot's database that differ in number from those given",
}


class Ledger:
    """Follow every press until all of its reply is there."""

    def __init__(self) -> None:
        self.faults: Counter[Fault] = Counter()
        self.examples: list[str] = []
        self._open: dict[int, Tap] = {}
        self._excused: set[int] = set()
        self._last_query = 0

    @property
    def waiting(self) -> int:
        """Return how many presses wait for their callback's answer."""
        return len(self._open)

    def expect(self, query: int, tap: Tap) -> None:
        """Await the answer to callback query *query*; queries are numbered upwards."""
        self._open[query] = tap
        self._last_query = query

    def brought_again(self, query: int) -> None:
        """Note that an update was delivered once more: its query may be answered once more."""
        self._excused.add(query)

    def answered(self, query_id: str) -> Tap | None:
        """Return the press whose callback was answered, None if the answer is at fault."""
        number = int(query_id) if query_id.isdecimal() else 0
        tap = self._open.pop(number, None)
        if tap is None and number not in self._excused:
            is_known = 0 < number <= self._last_query
            self.fault(Fault.DOUBLED if is_known else Fault.FOREIGN, f"answer to callback query {query_id!r}")
        return tap

    def give_up(self, query: int) -> None:
        """Await no answer any more; one that comes late is not told a second time."""
        self._open.pop(query, None)
        self._excused.add(query)

    def changed(self, learner: Learner, buttons: list[str], asked: str) -> bool:
        """Judge a card's new look; return True if it completes what the learner waits for.

        *buttons* is the callback data now on the card, *asked* the question's text in it as far as known.
        """
        tap = learner.tap
        if tap is None or tap.is_shown:
            self.fault(Fault.STRAY, f"learner {learner.id} did not press, card has {buttons[:2]}")
            return False
        if not tap.expects(buttons):
            self.fault(Fault.WRONG, f"learner {learner.id} expected {tap.expected}, card has {buttons[:6]}")
            return False
        if tap.keeps_question and asked != learner.asked:
            self.fault(Fault.WRONG, f"learner {learner.id}: feedback on another question than the one asked")
            return False
        return True

    def repeated(self, learner: Learner) -> None:
        """Judge an edit that changes nothing: allowed once for each further tap on the same button."""
        if learner.extras > 0:
            learner.extras -= 1
        else:
            self.fault(Fault.DOUBLED, f"learner {learner.id}: card drawn again as it was")

    def fault(self, kind: Fault, example: str) -> None:
        """Note that something is wrong."""
        self.faults[kind] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"{kind}: {example}")
