"""Which question comes next: one pure policy, replaceable as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable


class Deck(Protocol):
    """Offer a learner's candidates within the chosen topics, never one that was just seen."""

    def due_mistake(self) -> Awaitable[str | None]:
        """Return the question answered wrong whose next date passed longest ago."""

    def unseen(self) -> str | None:
        """Return a question that was never answered, any with equal chance."""

    def least_recalled(self) -> Awaitable[str | None]:
        """Return the answered question with the lowest chance of being recalled now."""


class Policy(Protocol):
    """Choose the id of the next question, None if the deck has none at all."""

    async def __call__(self, deck: Deck) -> str | None:
        """Pick from *deck*."""


async def mistakes_first(deck: Deck) -> str | None:
    """Pick a mistake that is due, else an unseen question, else the one least likely to be recalled."""
    return await deck.due_mistake() or deck.unseen() or await deck.least_recalled()
