from dataclasses import replace

import pytest

from lplate.domain.learner import Learner
from lplate.domain.session import Address, OwedKind, Phase
from lplate.trainer.press import Outcome, PressKind
from trainer.banks import bank, mixed_bank, multi, numeric, single, truefalse
from trainer.stage import ANNA, CARD_MESSAGE, Stage, kinds, notices

ELSEWHERE = Address(ANNA, CARD_MESSAGE - 1)


def is_without_effect(outcome: Outcome, before: Learner, after: Learner) -> bool:
    return not outcome.is_applied and not outcome.rows and before == after


async def test_next_poses_another_question_in_the_same_card() -> None:
    """The step advances, the card stays."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    await stage.answer(is_right=True)
    outcome = await stage.on_card(PressKind.NEXT)
    session = outcome.learner.session
    assert kinds(outcome)[-1] in {"card", "new-card"}
    assert session.step == before.session.step + 1
    assert session.phase is Phase.QUESTION
    assert session.question_id != before.session.question_id


async def test_skipping_leaves_no_trace_but_another_question() -> None:
    """A skipped question is neither answered nor asked again at once."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    outcome = await stage.on_card(PressKind.SKIP)
    assert kinds(outcome) == ["card"]
    assert outcome.learner.session.question_id != before.session.question_id
    assert stage.attempts == []


async def test_the_skip_command_shows_the_question_below() -> None:
    """A typed command moves the card below it."""
    stage = Stage(mixed_bank())
    card = (await stage.begin()).card
    outcome = await stage.press(PressKind.SKIP)
    assert [(item.kind, item.address) for item in outcome.shown] == [
        (OwedKind.NO_BUTTONS, card),
        (OwedKind.NEW_CARD, None),
    ]


async def test_resend_shows_the_same_question_below() -> None:
    """Nothing is asked anew: session, step and order of options stay."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    outcome = await stage.press(PressKind.RESEND)
    assert kinds(outcome) == ["no-buttons", "new-card"]
    assert outcome.learner.session == before.session


async def test_resend_after_an_answer_shows_the_feedback() -> None:
    """The way on, Next, is on it."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.answer(is_right=True)
    await stage.arrive()
    outcome = await stage.press(PressKind.RESEND)
    assert kinds(outcome) == ["no-buttons", "new-card"]
    assert outcome.learner.session.phase is Phase.FEEDBACK


async def test_resend_poses_a_question_where_none_is_open() -> None:
    """After a change of bank by hand there is something to show again."""
    stage = Stage(mixed_bank())
    learner = await stage.begin()
    idle = replace(learner, session=replace(learner.session, phase=Phase.IDLE, question_id=""))
    await stage.store.write([(idle,)])
    outcome = await stage.press(PressKind.RESEND)
    assert outcome.learner.session.phase is Phase.QUESTION


async def test_resend_leaves_a_question_outside_the_chosen_topics() -> None:
    """Practise, below the list of topics, is this press: it shows a question of the new topics."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.ask_for("n1")
    await stage.press(PressKind.TOPIC, text="0", wanted=True)
    outcome = await stage.press(PressKind.RESEND)
    assert outcome.learner.session.question_id in {"s1", "s2", "m1", "t1"}


@pytest.mark.parametrize(
    "kind", [PressKind.ANSWER, PressKind.TOGGLE, PressKind.SUBMIT, PressKind.NEXT, PressKind.SKIP]
)
@pytest.mark.parametrize(("session", "step"), [(0, 0), (1, 0), (1, 2), (2, 1), (-1, -1), (10**30, 1)])
async def test_buttons_of_another_step_change_nothing(kind: PressKind, session: int, step: int) -> None:
    """Stale and forged presses are answered as stale, and the current card is drawn again."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    assert (before.session.number, before.session.step) == (1, 1)
    outcome = await stage.on_card(kind, session=session, step=step, wanted=True)
    assert outcome.toast == "stale"
    assert is_without_effect(outcome, before, await stage.learner())
    assert kinds(outcome) == ["card"]


@pytest.mark.parametrize(
    ("question", "kind", "choice"),
    [
        (single("q"), PressKind.ANSWER, 3),
        (single("q"), PressKind.ANSWER, -1),
        (single("q"), PressKind.ANSWER, 10**30),
        (single("q"), PressKind.TOGGLE, 0),
        (single("q"), PressKind.SUBMIT, 0),
        (single("q"), PressKind.NEXT, 0),
        (truefalse("q"), PressKind.ANSWER, 2),
        (multi("q"), PressKind.ANSWER, 0),
        (multi("q"), PressKind.TOGGLE, 3),
        (multi("q"), PressKind.TOGGLE, 64),
        (numeric("q"), PressKind.ANSWER, 0),
        (numeric("q"), PressKind.SUBMIT, 0),
    ],
)
async def test_buttons_the_card_does_not_have_change_nothing(
    question: object, kind: PressKind, choice: int
) -> None:
    """Right place, wrong button: forged data is never taken for an answer."""
    stage = Stage(bank(question))  # type: ignore[arg-type] # a Question each
    before = await stage.begin()
    outcome = await stage.on_card(kind, choice=choice, wanted=True)
    assert outcome.toast == "stale"
    assert is_without_effect(outcome, before, await stage.learner())


async def test_an_answer_tapped_twice_counts_once() -> None:
    """The second tap shows the feedback once more, without a word."""
    stage = Stage(bank(single("a"), single("b")))
    await stage.begin()
    await stage.answer(is_right=True)
    before = await stage.learner()
    outcome = await stage.on_card(PressKind.ANSWER, choice=1)
    assert (outcome.toast, kinds(outcome)) == ("", ["card"])
    assert is_without_effect(outcome, before, await stage.learner())
    assert len(stage.attempts) == 1


async def test_a_stale_button_of_an_older_message_goes() -> None:
    """The message that bore it loses its buttons, the card stays as it is."""
    stage = Stage(mixed_bank())
    await stage.begin()
    outcome = await stage.on_card(PressKind.NEXT, step=0, message=ELSEWHERE)
    assert [(item.kind, item.address) for item in outcome.shown] == [(OwedKind.NO_BUTTONS, ELSEWHERE)]


async def test_nothing_is_drawn_while_a_new_card_is_on_its_way() -> None:
    """Else the learner would see two."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.press(PressKind.RESEND)
    assert kinds(await stage.on_card(PressKind.NEXT, step=0, message=ELSEWHERE)) == []


async def test_a_learner_whose_card_was_lost_gets_another() -> None:
    """Who blocked the bot before the card came finds the way back by any old button."""
    stage = Stage(mixed_bank())
    await stage.begin()
    await stage.press(PressKind.RESEND)
    await stage.press(PressKind.BLOCKED)
    await stage.press(PressKind.UNBLOCKED)
    outcome = await stage.on_card(PressKind.NEXT, step=0, message=ELSEWHERE)
    assert (outcome.toast, kinds(outcome)) == ("stale", ["no-buttons", "new-card"])
    assert outcome.learner.is_owed_card
    assert kinds(await stage.on_card(PressKind.NEXT, step=0, message=ELSEWHERE)) == []


async def test_rule_13_a_press_on_the_current_step_adopts_its_card() -> None:
    """The message that bore the button is the card, whatever was known before."""
    stage = Stage(bank(single("a"), single("b")))
    await stage.press(PressKind.START, text="b_mini_en")
    adopted = Address(ANNA, 4711, is_photo=True)
    outcome = await stage.on_card(PressKind.ANSWER, message=adopted)
    assert outcome.learner.card == adopted


async def test_a_question_that_is_gone_makes_way_for_another() -> None:
    """A press on a question the new bank lacks says so and shows the next, without an attempt."""
    stage = Stage(mixed_bank())
    gone = (await stage.begin()).session.question_id
    del stage.banks[0].questions[gone]
    outcome = await stage.on_card(PressKind.ANSWER)
    assert (outcome.toast, kinds(outcome)) == ("question-gone", ["card"])
    assert outcome.learner.session.question_id != gone
    assert stage.attempts == []


async def test_next_passes_over_a_question_that_is_gone() -> None:
    """Feedback on a removed question still leads on."""
    stage = Stage(bank(single("a"), single("b")))
    gone = (await stage.begin()).session.question_id
    await stage.answer(is_right=True)
    del stage.banks[0].questions[gone]
    outcome = await stage.on_card(PressKind.NEXT)
    assert outcome.learner.session.question_id in {"a", "b"} - {gone}


async def test_typing_at_a_question_that_is_gone_helps_on() -> None:
    """The hint names /resend, which shows another question."""
    stage = Stage(bank(numeric("a"), numeric("b")))
    gone = (await stage.begin()).session.question_id
    del stage.banks[0].questions[gone]
    assert notices(await stage.press(PressKind.TYPED, text="50")) == ["tap-button"]
    outcome = await stage.press(PressKind.RESEND)
    assert outcome.learner.session.question_id in {"a", "b"} - {gone}


async def test_a_withdrawn_question_that_is_open_may_be_answered() -> None:
    """It counts once, and is never asked again."""
    stage = Stage(bank(single("a"), single("b")))
    withdrawn = (await stage.begin()).session.question_id
    stage.banks[0].withdrawn.add(withdrawn)
    await stage.answer(is_right=False)
    assert len(stage.attempts) == 1
    for _ in range(12):
        await stage.on_card(PressKind.NEXT, after_ms=30 * 86_400_000)
        assert (await stage.question()).id != withdrawn
        await stage.answer(is_right=True)


async def test_statistics_are_shown_beside_the_card() -> None:
    """Asking for numbers leaves question and card alone."""
    stage = Stage(mixed_bank())
    before = await stage.begin()
    outcome = await stage.press(PressKind.STATISTICS)
    assert kinds(outcome) == ["statistics"]
    assert (outcome.learner.session, outcome.learner.card) == (before.session, before.card)
