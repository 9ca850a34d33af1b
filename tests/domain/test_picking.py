import pytest

from lplate.domain.picking import mistakes_first


class FakeDeck:
    def __init__(self, mistake: str | None, unseen: str | None, weakest: str | None) -> None:
        self.candidates = {"mistake": mistake, "unseen": unseen, "weakest": weakest}
        self.asked: list[str] = []

    async def due_mistake(self) -> str | None:
        self.asked.append("mistake")
        return self.candidates["mistake"]

    def unseen(self) -> str | None:
        self.asked.append("unseen")
        return self.candidates["unseen"]

    async def least_recalled(self) -> str | None:
        self.asked.append("weakest")
        return self.candidates["weakest"]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        (("m", "u", "w"), "m"),
        ((None, "u", "w"), "u"),
        ((None, None, "w"), "w"),
        ((None, None, None), None),
    ],
)
async def test_mistakes_come_first_then_new_ones_then_the_weakest(
    candidates: tuple[str | None, str | None, str | None], expected: str | None
) -> None:
    """The policy's order is fixed."""
    assert await mistakes_first(FakeDeck(*candidates)) == expected


async def test_nothing_is_looked_up_in_vain() -> None:
    """A due mistake spares the search for other candidates."""
    deck = FakeDeck("m", "u", "w")
    await mistakes_first(deck)
    assert deck.asked == ["mistake"]
