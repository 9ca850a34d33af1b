from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lplate.domain.question import QuestionType
from lplate.domain.scheduling import DAY_MS
from lplate.domain.session import RECENT_QUESTIONS, Phase
from lplate.trainer.press import PressKind
from trainer.banks import PICTURE, FakeBank, bank, mixed_bank, multi, single, truefalse
from trainer.stage import Stage, kinds


def singles(count: int, topic: str = "signs") -> FakeBank:
    return bank(*(single(f"q{number}", topic) for number in range(count)))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 14), st.lists(st.booleans(), min_size=20, max_size=30))
async def test_no_question_of_the_last_ten_returns(size: int, verdicts: list[bool]) -> None:
    """Never one of the last ten; where there are fewer questions, never one of all others."""
    stage = Stage(singles(size))
    await stage.begin()
    asked = [(await stage.question()).id]
    for is_right in verdicts:
        await stage.answer(is_right=is_right)
        await stage.on_card(PressKind.NEXT, after_ms=DAY_MS // 3)
        asked.append((await stage.question()).id)
        avoided = min(RECENT_QUESTIONS, size - 1)
        assert asked[-1] not in asked[-1 - avoided : -1]


async def test_every_question_comes_before_any_comes_twice() -> None:
    """While nothing wrong is due, what was never answered goes first."""
    stage = Stage(singles(25))
    await stage.begin()
    asked = set()
    for _ in range(25):
        asked.add((await stage.question()).id)
        await stage.answer(is_right=True)
        await stage.on_card(PressKind.NEXT)
    assert len(asked) == 25


async def test_a_due_mistake_goes_before_new_questions() -> None:
    """What was wrong comes back when its time has come, though others are unseen."""
    stage = Stage(singles(40))
    await stage.begin()
    wrong = (await stage.question()).id
    await stage.answer(is_right=False)
    for _ in range(RECENT_QUESTIONS):
        await stage.on_card(PressKind.NEXT)
        await stage.answer(is_right=True)
    await stage.on_card(PressKind.NEXT, after_ms=30 * DAY_MS)
    assert (await stage.question()).id == wrong


async def test_when_all_is_seen_the_least_recalled_comes() -> None:
    """Of two known questions the one with more time over its stability is asked."""
    stage = Stage(singles(3))
    await stage.begin()
    for _ in range(3):
        await stage.answer(is_right=True)
        await stage.on_card(PressKind.NEXT)
    first, second, third = (attempt.question_id for attempt in stage.attempts)
    assert (await stage.question()).id == first
    await stage.answer(is_right=True, after_ms=DAY_MS)
    await stage.on_card(PressKind.NEXT)
    assert (await stage.question()).id == second
    assert third != second


async def test_the_same_state_poses_the_same_question() -> None:
    """Chance comes from the learner's own numbers, so a repeat after a crash is the same."""
    stages = [Stage(mixed_bank()) for _ in range(2)]
    for stage in stages:
        await stage.begin()
        await stage.answer(is_right=True)
        await stage.on_card(PressKind.NEXT)
    sessions = [await stage.session() for stage in stages]
    assert sessions[0] == sessions[1]


async def test_learners_get_different_questions() -> None:
    """The first question of 40 learners is not always the same."""
    firsts = set()
    for learner_id in range(1, 41):
        stage = Stage(singles(40), learner_id=learner_id)
        await stage.begin()
        firsts.add((await stage.question()).id)
    assert len(firsts) > 10


async def test_options_are_shuffled_but_not_where_the_bank_forbids_it() -> None:
    """Over 30 learners a question comes in several orders; a fixed one and true or false in their own."""
    orders: dict[str, set[tuple[int, ...]]] = {"free": set(), "fixed": set(), "truth": set()}
    for learner_id in range(1, 31):
        stage = Stage(
            bank(single("free"), single("fixed", shuffle=False), truefalse("truth")), learner_id=learner_id
        )
        await stage.begin()
        for name, seen in orders.items():
            seen.add((await stage.ask_for(name)).session.order)
    assert len(orders["free"]) > 3
    assert orders["fixed"] == {(0, 1, 2)}
    assert orders["truth"] == {(0, 1)}


async def test_a_newcomer_begins_with_a_picture_and_one_right_option() -> None:
    """Where the bank has such a question it comes first, whoever starts."""
    for learner_id in range(1, 16):
        stage = Stage(mixed_bank(), learner_id=learner_id)
        await stage.begin()
        question = await stage.question()
        assert (question.type, question.media) == (QuestionType.SINGLE, PICTURE)


async def test_a_bank_without_pictures_begins_with_any_question() -> None:
    """The wish for a picture never leaves a newcomer without a question."""
    stage = Stage(bank(multi("m"), truefalse("t")))
    await stage.begin()
    assert (await stage.question()).id in {"m", "t"}


async def test_only_chosen_topics_are_asked() -> None:
    """With one topic ticked all questions are of it, mistakes and repeats too."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.press(PressKind.TOPIC, text="1", wanted=True)
    for _ in range(12):
        await stage.on_card(PressKind.SKIP)
        assert (await stage.question()).topics == ("speed",)
        await stage.answer(is_right=False)
        await stage.arrive()
        await stage.on_card(PressKind.NEXT, after_ms=DAY_MS)
        assert (await stage.question()).topics == ("speed",)


async def test_topics_without_questions_are_said_to_be_empty() -> None:
    """The card then says so; nothing is posed and nothing breaks."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.press(PressKind.TOPIC, text="1", wanted=True)
    stage.banks[0].withdrawn |= {"s3", "n1", "n2", "t2"}
    outcome = await stage.on_card(PressKind.SKIP)
    assert outcome.learner.session.phase is Phase.IDLE
    assert kinds(outcome) == ["card"]


async def test_topics_the_bank_no_longer_has_are_forgotten() -> None:
    """Those left count; where none is left all do, for nobody could choose otherwise."""
    stage = Stage(mixed_bank())
    learner = await stage.begin()
    for topics, left in ((("renamed", "speed"), ("speed",)), (("renamed",), ())):
        await stage.store.write([(replace(learner, topics=topics),)])
        outcome = await stage.press(PressKind.SKIP)
        assert outcome.learner.topics == left
        assert outcome.learner.session.phase is Phase.QUESTION


async def test_rule_24_a_map_of_another_bank_is_rebuilt() -> None:
    """After a bank update the map of answered questions comes from the cards, and none is asked as new."""
    stage = Stage(singles(12))
    await stage.begin()
    for _ in range(11):
        await stage.answer(is_right=True)
        await stage.on_card(PressKind.NEXT)
    last = (await stage.question()).id
    former = stage.banks[0].info.digest
    stage.banks[0].info = replace(stage.banks[0].info, digest="another")
    await stage.on_card(PressKind.SKIP)
    await stage.ask_for(last)
    learner = await stage.learner()
    assert (former, learner.seen_bank) == ("digest-mini", "another")
    answered = {attempt.question_id for attempt in stage.attempts}
    assert {*learner.seen.decode().split(",")} == {"another", *answered}


async def test_rule_24_an_answer_marks_the_map_of_the_new_bank() -> None:
    """An update under an open question spoils neither its answer nor the map."""
    stage = Stage(singles(4))
    await stage.begin()
    stage.banks[0].info = replace(stage.banks[0].info, digest="another")
    question = (await stage.question()).id
    await stage.answer(is_right=True)
    learner = await stage.learner()
    assert (learner.seen_bank, learner.seen) == ("another", f"another,{question}".encode())


@pytest.mark.parametrize("count", [1, 2])
async def test_the_smallest_banks_never_run_dry(count: int) -> None:
    """One question is asked again and again, two take turns."""
    stage = Stage(singles(count))
    await stage.begin()
    asked = []
    for _ in range(6):
        asked.append((await stage.question()).id)
        await stage.answer(is_right=True)
        await stage.on_card(PressKind.NEXT)
    assert len(set(asked)) == count
    assert count == 1 or all(one != other for one, other in pairwise(asked))
