import pytest
from fsrs import Rating

from lplate.domain.scheduling import DAY_MS
from lplate.domain.session import OwedKind, Phase
from lplate.trainer.press import PressKind
from trainer.banks import bank, mixed_bank, multi, numeric, single, truefalse
from trainer.stage import NOON_MS, Stage, kinds, notices

BY_TYPE = {
    "single": lambda: single("q"),
    "multi": lambda: multi("q"),
    "truefalse": lambda: truefalse("q"),
    "numeric": lambda: numeric("q"),
}


async def asked(kind: str, **more: object) -> Stage:
    """Return a stage with one question of *kind* open; a second one waits."""
    stage = Stage(bank(BY_TYPE[kind](), single("other")), **more)  # type: ignore[arg-type] # one keyword
    await stage.begin()
    await stage.ask_for("q")
    return stage


@pytest.mark.parametrize("kind", BY_TYPE)
@pytest.mark.parametrize("is_right", [True, False])
async def test_an_answer_is_graded_stored_and_shown(kind: str, *, is_right: bool) -> None:
    """Each type, right and wrong: one attempt, one card, feedback, and the counts of the session."""
    stage = await asked(kind)
    before = await stage.session()
    outcome = await stage.answer(is_right=is_right)
    session = outcome.learner.session
    assert session.phase is Phase.FEEDBACK
    assert (session.was_right, session.answered, session.right) == (is_right, 1, int(is_right))
    (attempt,) = stage.attempts
    assert (attempt.session, attempt.step, attempt.question_id) == (before.number, before.step, "q")
    assert attempt.is_right is is_right
    card = await stage.store.card(stage.learner_id, "mini", "q")
    assert card is not None
    assert card.is_mistake is not is_right


@pytest.mark.parametrize("kind", ["single", "multi", "truefalse"])
async def test_feedback_replaces_the_question_in_place(kind: str) -> None:
    """After a press the same card shows what was right."""
    stage = await asked(kind)
    assert kinds(await stage.answer(is_right=True)) == ["card"]


async def test_rule_12_feedback_on_a_typed_answer_moves_below_it() -> None:
    """The old card keeps the verdict without buttons, a new one follows the learner's message."""
    stage = await asked("numeric")
    card = (await stage.learner()).card
    outcome = await stage.answer(is_right=False)
    assert [(item.kind, item.address) for item in outcome.shown] == [
        (OwedKind.CLOSED_CARD, card),
        (OwedKind.NEW_CARD, None),
    ]
    assert outcome.learner.card is None


async def test_a_number_typed_before_its_card_arrived_counts() -> None:
    """There is no old card to close then."""
    stage = await asked("numeric")
    await stage.press(PressKind.RESEND)
    assert kinds(await stage.answer(is_right=True)) == ["new-card"]


@pytest.mark.parametrize(
    ("typed", "is_right"), [("50", True), ("50 m", True), ("0,05 km", True), (" 50,0 ", True), ("51", False)]
)
async def test_numbers_are_read_as_people_write_them(typed: str, *, is_right: bool) -> None:
    """Units and commas are understood, and the attempt keeps what was typed."""
    stage = await asked("numeric")
    outcome = await stage.press(PressKind.TYPED, text=typed)
    assert outcome.learner.session.was_right is is_right
    assert stage.attempts[0].response == typed.strip()


@pytest.mark.parametrize("typed", ["fifty", "50 or 60", "?", "5" * 65, "x" * 10_000])
async def test_words_are_no_answer_to_a_number(typed: str) -> None:
    """What cannot be read as one number is hinted at and not counted as wrong."""
    stage = await asked("numeric")
    before = await stage.session()
    outcome = await stage.press(PressKind.TYPED, text=typed)
    assert notices(outcome) == ["type-number"]
    assert (outcome.learner.session, stage.attempts) == (before, [])


@pytest.mark.parametrize("kind", ["single", "multi", "truefalse"])
async def test_words_are_no_answer_to_a_choice(kind: str) -> None:
    """Where buttons are to be pressed, typing gets a hint."""
    stage = await asked(kind)
    assert notices(await stage.press(PressKind.TYPED, text="A")) == ["tap-button"]
    assert stage.attempts == []


async def test_typing_after_the_answer_is_not_an_answer() -> None:
    """The same number once more, while feedback is shown, is no second attempt."""
    stage = await asked("numeric")
    await stage.answer(is_right=True)
    assert notices(await stage.press(PressKind.TYPED, text="50")) == ["tap-button"]
    assert len(stage.attempts) == 1


async def test_rule_03_a_toggle_names_the_state_it_wants() -> None:
    """Ticking twice leaves the tick, and no toggle advances the step."""
    stage = await asked("multi")
    before = await stage.session()
    first = await stage.on_card(PressKind.TOGGLE, choice=1, wanted=True)
    again = await stage.on_card(PressKind.TOGGLE, choice=1, wanted=True)
    assert (first.learner.session.chosen, again.learner.session.chosen) == (0b010, 0b010)
    assert (kinds(first), kinds(again)) == (["card"], [])
    assert again.learner.session.step == before.step
    off = await stage.on_card(PressKind.TOGGLE, choice=1, wanted=False)
    assert off.learner.session.chosen == 0


async def test_submitting_nothing_is_asked_back() -> None:
    """An empty submission counts neither as right nor as wrong."""
    stage = await asked("multi")
    before = await stage.session()
    outcome = await stage.on_card(PressKind.SUBMIT)
    assert (outcome.toast, outcome.shown) == ("choose-first", ())
    assert (await stage.session(), stage.attempts) == (before, [])


@pytest.mark.parametrize(
    ("ticked", "is_right"), [((0, 2), True), ((0,), False), ((0, 1, 2), False), ((1,), False)]
)
async def test_all_right_options_and_no_other(ticked: tuple[int, ...], *, is_right: bool) -> None:
    """Part of the right options is not right."""
    stage = await asked("multi")
    for choice in ticked:
        await stage.on_card(PressKind.TOGGLE, choice=choice, wanted=True)
    outcome = await stage.on_card(PressKind.SUBMIT)
    assert outcome.learner.session.was_right is is_right
    assert stage.attempts[0].response == str(sum(1 << choice for choice in ticked))


async def test_the_step_and_the_order_of_options_outlive_the_answer() -> None:
    """Feedback is drawn in the order in which the options were pressed."""
    stage = await asked("single")
    before = await stage.session()
    after = (await stage.answer(is_right=True)).learner.session
    assert (after.step, after.order, after.question_id) == (before.step, before.order, before.question_id)


@pytest.mark.parametrize("kind", ["single", "multi", "truefalse"])
async def test_fast_mode_hurries_on_after_a_right_answer(kind: str) -> None:
    """A right answer is a toast and the next question in the same card; a wrong one is explained."""
    stage = await asked(kind)
    await stage.press(PressKind.FAST, wanted=True)
    right = await stage.answer(is_right=True)
    assert (right.toast, kinds(right), right.learner.session.phase) == ("right", ["card"], Phase.QUESTION)
    assert right.learner.session.question_id == "other"
    wrong = await stage.answer(is_right=False)
    assert (wrong.toast, wrong.learner.session.phase) == ("", Phase.FEEDBACK)
    assert wrong.learner.session.answered == 2


async def test_separate_mode_gives_each_question_a_message() -> None:
    """Feedback stays in the old card, the next question comes as a new one."""
    stage = await asked("single")
    await stage.press(PressKind.MODE, text="separate")
    card = (await stage.learner()).card
    assert kinds(await stage.answer(is_right=True)) == ["card"]
    outcome = await stage.on_card(PressKind.NEXT)
    assert [(item.kind, item.address) for item in outcome.shown] == [
        (OwedKind.NO_BUTTONS, card),
        (OwedKind.NEW_CARD, None),
    ]


async def test_the_time_taken_is_kept_and_rates_the_answer() -> None:
    """A right answer after five minutes is Hard, its time is in the attempt."""
    stage = await asked("single")
    await stage.answer(is_right=True, after_ms=300_000)
    (attempt,) = stage.attempts
    assert (attempt.elapsed_ms, attempt.rating) == (300_000, Rating.Hard)


async def test_rule_25_downtime_never_lowers_a_rating() -> None:
    """A question asked before the bot came up has an unknown answering time."""
    stage = await asked("single", up_since_ms=NOON_MS + DAY_MS)
    await stage.answer(is_right=True, after_ms=2 * DAY_MS)
    (attempt,) = stage.attempts
    assert (attempt.elapsed_ms, attempt.rating) == (None, Rating.Good)


async def test_rule_25_a_clock_set_back_is_an_unknown_time() -> None:
    """No interval is ever negative."""
    stage = await asked("single")
    await stage.answer(is_right=True, after_ms=-600_000)
    (attempt,) = stage.attempts
    assert (attempt.elapsed_ms, attempt.rating) == (None, Rating.Good)


async def test_quick_and_practised_is_easy() -> None:
    """The third quick right answer in a row rests longer."""
    stage = Stage(bank(single("a")))
    await stage.begin()
    for _ in range(3):
        await stage.answer(is_right=True, after_ms=2 * 1000)
        await stage.on_card(PressKind.NEXT, after_ms=DAY_MS)
    assert [attempt.rating for attempt in stage.attempts] == [Rating.Good, Rating.Good, Rating.Easy]


async def test_the_pause_is_told_in_days() -> None:
    """The session knows for how long the question rests, for the feedback."""
    stage = Stage(mixed_bank())
    await stage.begin()
    session = (await stage.answer(is_right=False)).learner.session
    card = await stage.store.card(stage.learner_id, "mini", session.question_id)
    assert card is not None
    assert session.due_in_days == round((card.due_at_ms - card.reviewed_at_ms) / DAY_MS)
