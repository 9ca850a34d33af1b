"""Rule 17: a poll is known once its sending is committed; votes that come before wait for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import updates
from bot.bothouse import ANNA, BERT, BotHouse
from bot.telegram import UNREACHABLE, refusal
from lplate.domain.session import Phase
from trainer.banks import PICTURE, bank, multi, numeric, single, truefalse

if TYPE_CHECKING:
    import asyncio

    from bot.conftest import OpenHouse
    from bot.telegram import Shown
    from lplate_bot.ingress import Ack

THREE = (single("a"), single("b"), single("c"))


async def in_polls(house: BotHouse, who: int = ANNA) -> Shown:
    """Have somebody begin, choose polls and go on to a question that is asked by one."""
    await house.begin(who=who)
    await house.press("m:poll", who)
    await house.say("/skip", who)
    return house.last(who)


async def right_places(house: BotHouse, who: int = ANNA) -> list[int]:
    """Return where the right options of the open question stand."""
    question, session = await house.question(who), (await house.learner(who)).session
    return [place for place, index in enumerate(session.order) if question.options[index].correct]


def vote(house: BotHouse, poll: Shown, options: list[int], who: int = ANNA) -> asyncio.Future[Ack]:
    """Have somebody vote."""
    return house.take(updates.vote(house.next_id(), poll_id(poll), options, who))


async def voted(house: BotHouse, poll: Shown, options: list[int], who: int = ANNA) -> None:
    """Have somebody vote and wait until all is quiet."""
    future = vote(house, poll, options, who)
    await house.settle()
    assert await future


def poll_id(shown: Shown) -> str:
    assert shown.poll is not None
    return str(shown.poll["id"])


def is_closed(shown: Shown) -> bool:
    assert shown.poll is not None
    return bool(shown.poll["is_closed"])


async def test_rule_17_a_sent_poll_is_stored_with_its_question(open_house: OpenHouse) -> None:
    """Id, message, session and step are in the learner's row, so that a vote after a restart counts."""
    async with open_house(bank(*THREE)) as house:
        shown = await in_polls(house)
        learner = await house.learner()
        assert learner.poll is not None
        assert (learner.poll.id, learner.poll.message_id) == (poll_id(shown), shown.message_id)
        assert (learner.poll.session, learner.poll.step) == (learner.session.number, learner.session.step)
        await house.restart()
        await voted(house, shown, await right_places(house))
        assert [attempt.is_right for attempt in house.attempts] == [True]


async def test_rule_17_a_vote_costs_one_call(open_house: OpenHouse) -> None:
    """The next question's poll is all that is sent, after a right vote as after a wrong one."""
    async with open_house(bank(*THREE, truefalse("t"), multi("m"))) as house:
        shown = await in_polls(house)
        for turn in range(6):
            house.api.calls.clear()
            right = await right_places(house)
            wrong = [place for place in range(2) if [place] != right][:1]
            await voted(house, shown, wrong if turn % 2 else right)
            assert [sent.method for sent in house.api.calls] == ["sendPoll"]
            shown = house.last()
        assert [attempt.is_right for attempt in house.attempts] == [True, False] * 3


async def test_rule_17_a_vote_in_an_unknown_poll_waits_for_the_one_under_way(open_house: OpenHouse) -> None:
    """Telegram shows a poll before its answer reaches us: the vote is neither lost nor acknowledged early."""
    async with open_house(bank(*THREE)) as house:
        first = await in_polls(house)
        house.api.is_holding = True
        await voted(house, first, await right_places(house))
        sent, on_end = house.api._held.popleft()
        answer = house.api._respond(sent)  # carried out; the answer is still on its way
        early = vote(house, house.last(), await right_places(house))
        await house.turns()
        assert not early.done()
        assert len(house.attempts) == 1
        house.api.is_holding = False
        on_end(answer)
        await house.settle()
        assert early.done()
        assert len(house.attempts) == 2


async def test_rule_17_no_vote_waits_for_long(open_house: OpenHouse) -> None:
    """Where Telegram keeps the answer back, a vote in another poll is let go: a batch may wait behind it."""
    async with open_house(bank(*THREE)) as house:
        first = await in_polls(house)
        house.bot.delivery.polls.wait_s = 0.01
        house.api.is_holding = True
        await voted(house, first, await right_places(house))
        unknown = house.take(updates.vote(house.next_id(), "poll-99", [0], ANNA))
        await house.turns()
        assert not unknown.done()
        house.clock.tick(1.0)
        assert await unknown
        assert len(house.attempts) == 1
        house.api.release()
        await house.settle()


async def test_rule_17_other_learners_do_not_wait(open_house: OpenHouse) -> None:
    """Only the voter waits for the voter's poll."""
    async with open_house(bank(*THREE)) as house:
        mine, theirs = await in_polls(house), await in_polls(house, BERT)
        house.api.is_holding = True
        await voted(house, mine, await right_places(house))
        unknown = house.take(updates.vote(house.next_id(), "poll-99", [0], ANNA))
        await voted(house, theirs, await right_places(house, BERT), BERT)
        assert not unknown.done()
        assert len(house.attempts) == 2
        house.api.release()
        await house.settle()
        assert unknown.done()


async def test_rule_17_a_poll_that_fails_keeps_no_vote_waiting(open_house: OpenHouse) -> None:
    """Refused or unreachable, in the end the vote is let go, and the question is still owed or asked."""
    async with open_house(bank(*THREE)) as house:
        first = await in_polls(house)
        for end in (refusal("Bad Request: something else"), UNREACHABLE):
            house.api.refuse("sendPoll", end)
            await voted(house, first, await right_places(house))
            unknown = house.take(updates.vote(house.next_id(), "poll-99", [0], ANNA))
            await house.settle()
            assert unknown.done()
            await house.say("/resend")
            first = house.last()
            assert not is_closed(first)


async def test_rule_17_a_vote_in_an_older_poll_changes_nothing(open_house: OpenHouse) -> None:
    """It is acknowledged and that is all; what was skipped or sent again is stopped, so that nobody can."""
    async with open_house(bank(*THREE)) as house:
        old = await in_polls(house)
        await house.press(old.data[0], message=old)
        skipped_to = house.last()
        assert is_closed(old)
        await house.say("/resend")
        assert is_closed(skipped_to)
        before = await house.learner()
        await voted(house, old, [0])
        await voted(house, skipped_to, [0])
        assert await house.learner() == before
        assert house.attempts == []


async def test_rule_17_after_a_crash_the_question_is_asked_again(open_house: OpenHouse) -> None:
    """A poll whose sending was not committed is unknown for ever; the one sent after the start counts."""
    async with open_house(bank(*THREE)) as house:
        first = await in_polls(house)
        house.api.is_holding = True
        await voted(house, first, await right_places(house))
        house.api.lose()
        lost = house.last()
        await house.crash()
        again = house.last()
        assert poll_id(again) != poll_id(lost)
        await voted(house, lost, await right_places(house))
        assert len(house.attempts) == 1
        await voted(house, again, await right_places(house))
        assert len(house.attempts) == 2


async def test_rule_17_a_vote_brought_twice_counts_once(open_house: OpenHouse) -> None:
    """The second copy is acknowledged like the first."""
    async with open_house(bank(*THREE)) as house:
        shown = await in_polls(house)
        await voted(house, shown, await right_places(house))
        await house.submit(house.last_raw)
        await house.restart()
        await house.submit(house.last_raw)
        assert len(house.attempts) == 1


async def test_rule_17_what_does_not_fit_a_poll_is_a_card(open_house: OpenHouse) -> None:
    """A number to be typed, or a text over the limits, is a card; the next that fits is a poll."""
    long = single("long", text={"en": "x" * 301})
    async with open_house(bank(numeric("n"), long, single("a"))) as house:
        await in_polls(house)
        seen: dict[str, bool] = {}
        for _ in range(12):
            learner = await house.learner()
            assert learner.session.phase is Phase.QUESTION
            seen[learner.session.question_id] = house.last().poll is not None
            await house.say("/skip")
        assert seen == {"n": False, "long": False, "a": True}


async def test_rule_17_a_refused_vote_tells_the_way_on(open_house: OpenHouse) -> None:
    """A vote cannot be taken back, so the learner is told how to be asked again."""
    async with open_house(bank(*THREE), rate_per_minute=1.0, rate_burst=3.1) as house:
        shown = await in_polls(house)
        while (poll := house.last()).poll is not None:
            shown = poll
            await voted(house, shown, await right_places(house))
        assert "/resend" in house.last().words


async def test_a_picture_goes_with_its_poll_and_is_uploaded_once(open_house: OpenHouse) -> None:
    """The first poll brings the picture, later ones name it."""
    async with open_house(bank(single("a", media=PICTURE), single("b", media=PICTURE))) as house:
        await in_polls(house)
        for _ in range(3):
            await voted(house, house.last(), await right_places(house))
        polls = house.api.of("sendPoll")
        assert len(polls) == 4
        assert all(sent.fields["media"]["type"] == "photo" for sent in polls)
        assert sum(sent.upload is not None for sent in house.api.calls) == 1
        assert all(house_message.photo for house_message in house.shown() if house_message.poll)


async def test_a_poll_says_what_a_card_says(open_house: OpenHouse) -> None:
    """Question, options in the order drawn, the right ones, the explanation with its source, and Skip."""
    async with open_house(bank(single("a"), single("b"))) as house:
        await in_polls(house)
        question, session = await house.question(), (await house.learner()).session
        fields: dict[str, Any] = house.api.of("sendPoll")[-1].fields
        assert fields["question"] == question.text["en"]
        shown = [question.options[index].text["en"] for index in session.order]
        assert [option["text"] for option in fields["options"]] == shown
        assert fields["correct_option_ids"] == await right_places(house)
        assert fields["explanation"] == f"{question.explanation['en']}\n📖 Vienna 1968"
        assert (fields["type"], fields["is_anonymous"]) == ("quiz", False)
        assert house.last().labels == ["⏭ Skip"]
