from dataclasses import replace

import pytest

from lplate.domain.session import Address, Owed, OwedKind, Phase
from lplate.trainer import views
from lplate.trainer.press import PressKind
from trainer.banks import bank, mixed_bank, single
from trainer.stage import ANNA, NOON_MS, Stage

WHERE = Address(ANNA, 3)


async def view(stage: Stage, kind: OwedKind) -> views.View:
    return await stage.viewer.view(await stage.learner(), Owed(kind, WHERE), NOON_MS)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (OwedKind.CARD, views.CardView),
        (OwedKind.NEW_CARD, views.CardView),
        (OwedKind.CLOSED_CARD, views.CardView),
        (OwedKind.NO_BUTTONS, views.NoButtonsView),
        (OwedKind.WELCOME, views.WelcomeView),
        (OwedKind.CHOSEN, views.ChosenView),
        (OwedKind.STATISTICS, views.StatisticsView),
        (OwedKind.NOTICE, views.NoticeView),
    ],
)
async def test_each_owed_kind_has_its_view(kind: OwedKind, expected: type) -> None:
    """Whatever can be owed can be drawn from the stored learner alone, all but statistics without waiting."""
    stage = Stage(mixed_bank())
    await stage.begin()
    assert type(await view(stage, kind)) is expected
    at_once = stage.viewer.view_at_once(await stage.learner(), Owed(kind, WHERE))
    assert type(at_once) is (type(None) if kind is OwedKind.STATISTICS else expected)


async def test_a_closed_card_is_the_same_question_without_buttons() -> None:
    """Only that flag differs from the card."""
    stage = Stage(mixed_bank())
    await stage.begin()
    card, closed = await view(stage, OwedKind.CARD), await view(stage, OwedKind.CLOSED_CARD)
    assert isinstance(card, views.CardView)
    assert closed == replace(card, is_closed=True)


async def test_the_welcome_asks_for_a_bank_then_for_a_language() -> None:
    """All banks first; once one is chosen, its languages."""
    stage = Stage(mixed_bank(), bank(single("x"), bank_id="extra"))
    await stage.press(PressKind.START)
    asked = await view(stage, OwedKind.WELCOME)
    assert isinstance(asked, views.WelcomeView)
    assert ([info.id for info in asked.banks], asked.languages) == (["mini", "extra"], ())
    await stage.press(PressKind.BANK, text="extra")
    asked = await view(stage, OwedKind.WELCOME)
    assert isinstance(asked, views.WelcomeView)
    assert asked.languages == ("en", "de", "en-de", "de-en")


@pytest.mark.parametrize("kind", [OwedKind.CARD, OwedKind.CHOSEN, OwedKind.STATISTICS])
async def test_what_a_removed_bank_owed_becomes_the_welcome(kind: OwedKind) -> None:
    """After a restart without that bank its learners are asked what to learn."""
    stage = Stage(mixed_bank())
    learner = replace(await stage.begin(), bank_id="removed")
    await stage.store.write([(learner,)])
    assert isinstance(await view(stage, kind), views.WelcomeView)


async def test_a_question_that_is_gone_leaves_an_empty_card() -> None:
    """A card owed before an update of the bank does not break its delivery."""
    stage = Stage(mixed_bank())
    gone = (await stage.begin()).session.question_id
    del stage.banks[0].questions[gone]
    assert isinstance(await view(stage, OwedKind.CARD), views.EmptyView)


async def test_no_question_is_an_empty_card() -> None:
    """An idle session has nothing to show."""
    stage = Stage(mixed_bank())
    learner = await stage.begin()
    idle = replace(learner, session=replace(learner.session, phase=Phase.IDLE, question_id=""))
    await stage.store.write([(idle,)])
    assert isinstance(await view(stage, OwedKind.CARD), views.EmptyView)


async def test_statistics_come_from_the_store() -> None:
    """They count what was committed."""
    stage = Stage(mixed_bank())
    await stage.begin()
    for is_right in (True, False, True):
        await stage.answer(is_right=is_right)
        await stage.arrive()
        await stage.on_card(PressKind.NEXT)
    shown = await stage.viewer.view(await stage.learner(), Owed(OwedKind.STATISTICS), stage.now_ms)
    assert isinstance(shown, views.StatisticsView)
    numbers = shown.statistics
    assert (numbers.answered, numbers.right, numbers.seen, numbers.size) == (3, 2, 3, 8)
