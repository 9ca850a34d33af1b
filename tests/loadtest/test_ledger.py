"""The ledger finds every planted fault, and none where there is none."""

import asyncio
from dataclasses import replace

from loadtest.stage import Stage, feedback, question
from lplate_bot.loadtest.crowd import now_s
from lplate_bot.loadtest.pace import OpenPace


def test_a_right_reply_is_no_fault() -> None:
    """A press whose callback is answered and whose card changes as it must is complete."""
    stage = Stage()
    anna = stage.people[0]
    stage.answer(stage.press(anna))
    stage.edit(anna, feedback(1), "n:1:1")
    assert stage.faults == {}
    assert stage.crowd.tally.updates == 3
    assert not stage.crowd.under_way


def test_a_missing_card_is_found() -> None:
    """A press that is answered but changes no card is missing its reply."""
    stage = Stage()
    stage.answer(stage.press(stage.people[0]))
    stage.crowd.give_up(now_s())
    assert stage.faults == {"missing": 1}


def test_a_missing_answer_is_found() -> None:
    """A press whose card changes but whose callback nobody answers is missing its reply."""
    stage = Stage()
    anna = stage.people[0]
    stage.press(anna)
    stage.edit(anna, feedback(1), "n:1:1")
    stage.crowd.give_up(now_s())
    assert stage.faults == {"missing": 1}


def test_a_late_reply_is_told_once() -> None:
    """What was counted as missing is not counted again as something else when it comes after all."""
    stage = Stage()
    anna = stage.people[0]
    query_id = stage.press(anna)
    stage.crowd.give_up(now_s())
    stage.answer(query_id)
    stage.edit(anna, feedback(1), "n:1:1")
    assert stage.faults == {"missing": 1}


def test_an_answer_given_twice_is_found() -> None:
    """A callback query is answered once."""
    stage = Stage()
    query_id = stage.press(stage.people[0])
    stage.answer(query_id)
    stage.answer(query_id)
    assert stage.faults == {"doubled": 1}


def test_a_card_drawn_twice_is_found() -> None:
    """An edit that changes nothing is a doubled reply, and refused as by Telegram."""
    stage = Stage()
    anna = stage.people[0]
    stage.press(anna)
    stage.edit(anna, feedback(1), "n:1:1")
    again = stage.edit(anna, feedback(1), "n:1:1")
    assert "not modified" in again["description"]
    assert stage.faults == {"doubled": 1}


def test_a_double_tap_may_draw_the_card_again_once() -> None:
    """Who taps twice may see the card drawn twice, not three times."""
    stage = Stage()
    anna = stage.people[0]
    stage.press(anna)
    anna.extras = 1
    for _ in range(3):
        stage.edit(anna, feedback(1), "n:1:1")
    assert stage.faults == {"doubled": 1}


def test_feedback_on_another_question_is_found() -> None:
    """Feedback names the question that was asked, or it is somebody else's."""
    stage = Stage()
    anna = stage.people[0]
    stage.answer(stage.press(anna))
    stage.edit(anna, feedback(2), "n:1:1")
    assert stage.faults == {"wrong": 1}


def test_a_skipped_step_is_found() -> None:
    """An answer applied twice would show the question after the next: that is not what was asked for."""
    stage = Stage()
    anna = stage.people[0]
    stage.press(anna)
    stage.edit(anna, question(3), "a:1:3:0", "k:1:3")
    assert stage.faults == {"wrong": 1}


def test_a_reply_to_somebody_else_is_found() -> None:
    """A card that changes for who did not press, and a learner left waiting, are two faults."""
    stage = Stage()
    anna, bert = stage.people
    stage.answer(stage.press(anna))
    stage.edit(bert, feedback(1), "n:1:1")
    stage.crowd.give_up(now_s())
    assert stage.faults == {"stray": 1, "missing": 1}


def test_calls_for_nobody_are_found() -> None:
    """A message of another chat, an unknown chat and an unknown callback query are foreign."""
    stage = Stage()
    anna, bert = stage.people
    stage.edit(anna, feedback(1), "n:1:1", message_id=stage.cards[bert.id])
    del stage.crowd.learners[bert.id]
    stage.edit(bert, feedback(1), "n:1:1")
    stage.answer("777")
    assert stage.faults == {"foreign": 3}


async def test_nobody_presses_after_the_end() -> None:
    """Once the pace is stopped, what is under way comes to its end and nothing new begins."""
    stage = Stage(3)
    pace = OpenPace(replace(stage.crowd.plan, rate=1000), stage.crowd)
    stage.crowd.on_free = pace.free
    pace.begin(stage.crowd.idle)
    await asyncio.sleep(0.01)
    pace.stop()
    sent = len(stage.desk.updates)
    await asyncio.sleep(0.01)
    assert sent > 3
    assert len(stage.desk.updates) == sent
