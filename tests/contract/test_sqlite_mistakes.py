from lplate.adapters.sqlite.mistakes import NextMistakes
from lplate.domain.scheduling import Card


def card(due_at_ms: int, *, is_mistake: bool = True, bank_id: str = "core") -> Card:
    return Card(1, bank_id, "q", 1.0, 5.0, due_at_ms, 0, 0, is_mistake, 0)


def test_what_was_never_read_may_be_due() -> None:
    """Nothing is known of a learner or bank at first."""
    known = NextMistakes(100)
    assert known.may_be_due(1, "core", 0)
    known.note(1, "core")
    assert known.may_be_due(1, "other", 0)
    assert not known.may_be_due(1, "core", 10**15)


def test_a_mistake_is_due_from_its_date_on() -> None:
    """Before the earliest date there is nothing to look for, from then on there is."""
    known = NextMistakes(100)
    known.note(1, "core", 100)
    assert not known.may_be_due(1, "core", 99)
    assert known.may_be_due(1, "core", 100)


def test_a_written_mistake_lowers_the_bound_and_nothing_else_does() -> None:
    """An earlier mistake counts at once; later ones, right answers and other banks leave the bound."""
    known = NextMistakes(100)
    known.note(1, "core", 100)
    known.lower([card(150), card(10, is_mistake=False), card(20, bank_id="other")])
    assert not known.may_be_due(1, "core", 99)
    known.lower([card(50)])
    assert known.may_be_due(1, "core", 50)
    assert not known.may_be_due(1, "core", 49)
