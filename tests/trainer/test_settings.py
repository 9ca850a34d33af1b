from typing import Any

import pytest

from lplate.domain.session import CardMode
from lplate.trainer.press import PressKind
from trainer.banks import mixed_bank
from trainer.stage import Stage


async def begun() -> Stage:
    stage = Stage(mixed_bank())
    await stage.begin()
    return stage


async def test_topics_are_ticked_by_their_place_in_the_bank() -> None:
    """A tick names the state it wants; twice the same is once."""
    stage = await begun()
    for _ in range(2):
        await stage.press(PressKind.TOPIC, text="1", wanted=True)
        assert (await stage.learner()).topics == ("speed",)
    await stage.press(PressKind.TOPIC, text="1", wanted=False)
    assert (await stage.learner()).topics == ()


async def test_all_topics_one_by_one_are_all() -> None:
    """A complete choice is none, so that topics added later belong to it."""
    stage = await begun()
    for place in ("0", "1"):
        await stage.press(PressKind.TOPIC, text=place, wanted=True)
    assert (await stage.learner()).topics == ()


async def test_a_star_takes_all_topics() -> None:
    """One press undoes every choice."""
    stage = await begun()
    await stage.press(PressKind.TOPIC, text="0", wanted=True)
    await stage.press(PressKind.TOPIC, text="*", wanted=True)
    assert (await stage.learner()).topics == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": PressKind.TOPIC, "text": "2", "wanted": True},
        {"kind": PressKind.TOPIC, "text": "-1", "wanted": True},
        {"kind": PressKind.TOPIC, "text": "signs", "wanted": True},
        {"kind": PressKind.TOPIC, "text": "9" * 5000, "wanted": True},
        {"kind": PressKind.TOPIC, "text": "", "wanted": True},
        {"kind": PressKind.MODE, "text": "sideways"},
    ],
)
async def test_settings_that_do_not_exist_change_nothing(fields: dict[str, Any]) -> None:
    """A forged or outdated button is stale."""
    stage = await begun()
    before = await stage.learner()
    outcome = await stage.press(**fields)
    assert (outcome.toast, outcome.is_applied) == ("stale", False)
    assert await stage.learner() == before


async def test_modes_and_speed_are_kept() -> None:
    """Both settings are stored with the learner and name the state they want."""
    stage = await begun()
    await stage.press(PressKind.MODE, text="separate")
    await stage.press(PressKind.FAST, wanted=True)
    await stage.press(PressKind.FAST, wanted=True)
    learner = await stage.learner()
    assert (learner.mode, learner.is_fast) == (CardMode.SEPARATE, True)
    await stage.press(PressKind.MODE, text="edit")
    await stage.press(PressKind.FAST, wanted=False)
    learner = await stage.learner()
    assert (learner.mode, learner.is_fast) == (CardMode.EDIT, False)


@pytest.mark.parametrize(
    ("kind", "text"), [(PressKind.TOPIC, "0"), (PressKind.MODE, "separate"), (PressKind.FAST, "")]
)
async def test_a_setting_shows_nothing_and_leaves_the_question(kind: PressKind, text: str) -> None:
    """What is still owed from before is not shown a second time because of it."""
    stage = await begun()
    await stage.press(PressKind.STATISTICS)
    before = await stage.learner()
    outcome = await stage.press(kind, text=text, wanted=True)
    assert outcome.is_applied
    assert outcome.shown == ()
    assert (outcome.learner.session, outcome.learner.owed) == (before.session, before.owed)
