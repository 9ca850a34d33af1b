import pytest

from lplate.domain.session import REMEMBERED_UPDATES, Phase
from lplate.trainer.press import PressKind
from trainer.banks import bank, mixed_bank, multi, numeric, single
from trainer.stage import ANNA, Stage


async def test_rule_02_fifty_redelivered_does_not_answer_the_next_question() -> None:
    """Typed answers carry no step, so their update id decides: it is known, nothing is applied."""
    stage = Stage(bank(numeric("a"), numeric("b")))
    await stage.begin()
    await stage.press(PressKind.TYPED, text="50")
    typed = stage.last
    assert typed is not None
    await stage.arrive()
    await stage.on_card(PressKind.NEXT)
    before = await stage.learner()
    assert before.session.phase is Phase.QUESTION
    outcome = await stage.apply(typed)
    assert (outcome.is_applied, outcome.rows, outcome.shown) == (False, (), ())
    assert await stage.learner() == before
    assert len(stage.attempts) == 1


@pytest.mark.parametrize(
    "kind", [PressKind.START, PressKind.SKIP, PressKind.RESEND, PressKind.STATISTICS, PressKind.FAST]
)
async def test_rule_02_a_command_redelivered_is_not_repeated(kind: PressKind) -> None:
    """The same update twice leaves what it left once."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.press(kind, wanted=True)
    assert stage.last is not None
    once = await stage.learner()
    outcome = await stage.apply(stage.last)
    assert not outcome.is_applied
    assert await stage.learner() == once


async def test_rule_02_the_update_id_is_part_of_the_state_it_led_to() -> None:
    """Learner and id are one value, so no commit can keep one without the other."""
    stage = Stage(mixed_bank())
    outcome = await stage.press(PressKind.START, text="b_mini_en")
    assert stage.last is not None
    assert outcome.learner.updates == (stage.last.update_id,)


async def test_rule_02_sixteen_updates_are_remembered() -> None:
    """The oldest of the last sixteen is still known, the one before is not."""
    stage = Stage(bank(single("a"), single("b")))
    await stage.begin()
    presses = []
    for _ in range(REMEMBERED_UPDATES + 1):
        await stage.press(PressKind.RESEND)
        presses.append(stage.last)
    learner = await stage.learner()
    assert [press.update_id in learner.updates for press in presses if press] == [
        False,
        *[True] * REMEMBERED_UPDATES,
    ]


async def test_rule_02_a_tick_that_changed_nothing_does_not_undo_the_next() -> None:
    """Unticked though it was not ticked, then ticked: the first, brought again after a restart, is known."""
    stage = Stage(bank(multi("a")))
    await stage.begin()
    await stage.on_card(PressKind.TOGGLE, choice=0, wanted=False)
    without_effect = stage.last
    await stage.on_card(PressKind.TOGGLE, choice=0, wanted=True)
    assert without_effect is not None
    await stage.apply(without_effect)
    assert (await stage.session()).chosen == 1


async def test_rule_02_a_submit_without_choice_redelivered_is_no_answer() -> None:
    """Submitted with nothing ticked, then ticked: the first, brought again, does not submit that."""
    stage = Stage(bank(multi("a")))
    await stage.begin()
    await stage.on_card(PressKind.SUBMIT)
    empty = stage.last
    await stage.on_card(PressKind.TOGGLE, choice=0, wanted=True)
    assert empty is not None
    await stage.apply(empty)
    assert (await stage.session()).phase is Phase.QUESTION
    assert stage.attempts == []


async def test_a_press_without_effect_needs_no_memory() -> None:
    """A stale press is stale again when redelivered."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    for _ in range(2):
        outcome = await stage.on_card(PressKind.NEXT, step=9, update_id=5)
        assert outcome.toast == "stale"
    assert await stage.learner() == before


async def test_rule_22_blocking_is_noted_and_any_press_clears_it() -> None:
    """Who blocked the bot is owed nothing; whoever presses anything is reachable."""
    stage = Stage(mixed_bank())
    await stage.press(PressKind.START, text="b_mini_en")
    blocked = (await stage.press(PressKind.BLOCKED)).learner
    assert (blocked.is_blocked, blocked.owed) == (True, ())
    assert await stage.store.owing() == []
    assert not (await stage.press(PressKind.STATISTICS)).learner.is_blocked


@pytest.mark.parametrize("kind", [PressKind.BLOCKED, PressKind.UNBLOCKED])
async def test_nobody_becomes_a_learner_by_blocking(kind: PressKind) -> None:
    """A stranger's membership is not stored."""
    stage = Stage(mixed_bank())
    outcome = await stage.press(kind)
    assert (outcome.is_applied, outcome.shown) == (False, ())
    assert await stage.store.load(ANNA) is None
