"""Practice by quiz polls: a vote is the answer, and the next question follows."""

from dataclasses import replace

from lplate.domain.learner import Learner
from lplate.domain.session import Address, CardMode, Phase, Poll
from lplate.trainer.press import Outcome, PressKind
from trainer.banks import bank, mixed_bank, multi, numeric, single
from trainer.stage import ANNA, CARD_MESSAGE, Stage, kinds

MESSAGE = 500


async def asked_by_poll(stage: Stage, poll_id: str = "p1") -> Learner:
    """Begin, choose polls, and let the open question stand in one."""
    await stage.begin()
    await stage.press(PressKind.MODE, text="poll")
    return await poll_arrives(stage, replace(await stage.learner(), card=None), poll_id)


async def poll_arrives(stage: Stage, learner: Learner, poll_id: str) -> Learner:
    """Let Telegram confirm the poll that is owed."""
    session = learner.session
    poll = Poll(poll_id, MESSAGE, session.number, session.step)
    learner = replace(learner.delivered(learner.owed_number), poll=poll)
    await stage.store.write([(learner,)])
    return learner


async def vote(stage: Stage, poll_id: str = "p1", *, is_right: bool = True) -> Outcome:
    """Vote for the right options, or for the first wrong one."""
    question, session = await stage.question(), await stage.session()
    shown = [question.options[index].correct for index in session.order]
    places = [place for place, correct in enumerate(shown) if correct]
    if not is_right:
        places = [shown.index(False)]
    return await stage.press(PressKind.VOTE, text=poll_id, choice=sum(1 << place for place in places))


async def test_a_right_vote_is_stored_and_the_next_question_owed() -> None:
    """One vote: an attempt, a card of memory, and a new message with the next question."""
    stage = Stage(bank(single("a"), single("b"), single("c")))
    before = await asked_by_poll(stage)
    outcome = await vote(stage)
    assert [attempt.is_right for attempt in stage.attempts] == [True]
    assert outcome.learner.session.phase is Phase.QUESTION
    assert outcome.learner.session.question_id != before.session.question_id
    assert outcome.learner.poll is None
    assert kinds(outcome) == ["card"]


async def test_a_wrong_vote_goes_on_as_well() -> None:
    """The poll itself has told what was right; nothing is to be pressed before the next question."""
    stage = Stage(bank(single("a"), single("b"), single("c")))
    await asked_by_poll(stage)
    outcome = await vote(stage, is_right=False)
    assert [attempt.is_right for attempt in stage.attempts] == [False]
    assert outcome.learner.session.phase is Phase.QUESTION


async def test_several_right_options_are_one_vote() -> None:
    """A multiple choice needs no ticks of its own: the vote has them all, in the order shown."""
    stage = Stage(bank(multi("a"), multi("b")))
    await asked_by_poll(stage)
    await vote(stage)
    assert [attempt.is_right for attempt in stage.attempts] == [True]


async def test_a_vote_elsewhere_changes_nothing() -> None:
    """Another poll, an older question, an answered one, no option at all: nothing is stored or shown."""
    stage = Stage(bank(single("a"), single("b"), single("c")))
    learner = await asked_by_poll(stage)
    other = await stage.press(PressKind.VOTE, text="p0", choice=1)
    empty = await stage.press(PressKind.VOTE, text="p1", choice=0)
    unknown = await stage.press(PressKind.VOTE, text="p1", choice=1 << 40)
    assert [each.is_applied for each in (other, empty, unknown)] == [False] * 3
    assert await stage.learner() == learner
    await vote(stage)
    again = await stage.press(PressKind.VOTE, text="p1", choice=1)
    assert not again.is_applied
    assert len(stage.attempts) == 1


async def test_nobody_becomes_a_learner_by_a_vote() -> None:
    """A poll that was forwarded may be voted in by anyone."""
    stage = Stage(mixed_bank(), learner_id=ANNA + 1)
    outcome = await stage.press(PressKind.VOTE, text="p1", choice=1)
    assert not outcome.is_applied
    assert await stage.store.load(ANNA + 1) is None


async def test_skipping_a_poll_stops_it() -> None:
    """By its button or by the command: votes are over, the next question is a message of its own."""
    for has_button in (True, False):
        stage = Stage(bank(single("a"), single("b"), single("c")))
        await asked_by_poll(stage)
        poll = (await stage.learner()).poll
        assert poll is not None
        if has_button:
            outcome = await stage.on_card(PressKind.SKIP, message=Address(ANNA, poll.message_id))
        else:
            outcome = await stage.press(PressKind.SKIP)
        assert kinds(outcome) == ["stopped-poll", "new-card"]
        assert (outcome.learner.poll, outcome.learner.card) == (None, None)


async def test_resend_asks_the_same_question_in_another_poll() -> None:
    """The one above is stopped, so that only one can be voted in."""
    stage = Stage(bank(single("a"), single("b"), single("c")))
    before = await asked_by_poll(stage)
    outcome = await stage.press(PressKind.RESEND)
    assert kinds(outcome) == ["stopped-poll", "new-card"]
    assert outcome.learner.session == before.session


async def test_a_stale_button_brings_no_second_poll() -> None:
    """While a poll asks, pressing an old card takes its buttons off and no more."""
    stage = Stage(bank(single("a"), single("b"), single("c")))
    await asked_by_poll(stage)
    outcome = await stage.on_card(PressKind.NEXT, step=0)
    assert kinds(outcome) == ["no-buttons"]
    assert outcome.shown[0].address is not None
    assert outcome.shown[0].address.message_id == CARD_MESSAGE


async def test_another_language_asks_anew() -> None:
    """The poll in the former language is stopped, the question asked in the new one."""
    stage = Stage(mixed_bank())
    await asked_by_poll(stage)
    outcome = await stage.press(PressKind.LANGUAGE, text="de")
    assert kinds(outcome) == ["chosen", "stopped-poll", "new-card"]


async def test_polls_are_wanted_for_new_questions_only() -> None:
    """A question on a card stays there; one that is typed to is a card anyway."""
    stage = Stage(bank(single("a"), numeric("n")))
    await stage.begin()
    await stage.press(PressKind.MODE, text="poll")
    learner = await stage.learner()
    assert learner.mode is CardMode.POLL
    assert not learner.wants_poll
    assert replace(learner, card=None).wants_poll
