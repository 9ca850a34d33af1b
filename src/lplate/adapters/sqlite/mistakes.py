"""When a learner's next mistake falls due, as far as is known: it spares most looks into the database."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from lplate_native import LruCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate.domain.scheduling import Card


class NextMistakes:
    """Bound from below, for each of the *capacity* most recent learners, when a mistake falls due in a bank.

    A bound may be too early, which costs a look into the database, never too late: it is lowered before a
    card is written, and raised only by what was read in the learner's own lane.
    """

    def __init__(self, capacity: int) -> None:
        self._bounds: LruCache[int, tuple[str, float]] = LruCache(capacity)

    def may_be_due(self, learner_id: int, bank_id: str, now_ms: int) -> bool:
        """Return False if no mistake of this bank is due at *now_ms*."""
        bound = self._bounds.get(learner_id)
        return bound is None or bound[0] != bank_id or bound[1] <= now_ms

    def note(self, learner_id: int, bank_id: str, due_at_ms: float = inf) -> None:
        """Note the earliest due date read, none for a learner without mistakes."""
        self._bounds.put(learner_id, (bank_id, due_at_ms))

    def lower(self, cards: Iterable[Card]) -> None:
        """Take account of cards about to be written."""
        for card in cards:
            if card.is_mistake:
                self._lower(card)

    def _lower(self, card: Card) -> None:
        bound = self._bounds.peek(card.learner_id)
        if bound is not None and bound[0] == card.bank_id and card.due_at_ms < bound[1]:
            self._bounds.put(card.learner_id, (card.bank_id, card.due_at_ms))
