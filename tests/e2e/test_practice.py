"""Whole rounds of practice as learners see them, by polling and by webhook."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from e2e.records import assert_exactly_once
from lplate.domain.question import Question, QuestionType
from playing import (
    WRONG_NUMBER,
    Player,
    bank_questions,
    buttons,
    is_open,
    place,
    question_on,
    words,
)

if TYPE_CHECKING:
    from e2e.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEARNERS = 20
ROUND = 5
PICTURES = 12


async def play(player: Player, questions: int) -> None:
    """Answer some questions, every third one wrong."""
    card = await player.start()
    for number in range(questions):
        card = await player.next(await player.answer(card, is_right=number % 3 > 0))


async def test_first_question_within_three_taps(town: Town) -> None:
    """A newcomer sees the first question after Start and one language button, in two messages."""
    player = town.player()
    player.learner.start()  # first tap
    welcome = await player.sees(lambda m: "l:en" in buttons(m))
    await player.press(welcome, "l:en")  # second tap
    card = await player.question()
    chosen = await player.sees(lambda m: m.message_id == welcome.message_id and not buttons(m))
    assert question_on(card).text["en"] in words(card)
    assert "English" in words(chosen)
    assert len(player.learner.replies) == 2


async def test_deep_link_leads_straight_to_a_question(town: Town) -> None:
    """Following a link needs one tap and brings one message: the first question in the link's language."""
    player = town.player()
    card = await player.start("b_core_de")
    assert question_on(card).text["de"] in words(card)
    assert len(player.learner.replies) == 1


async def test_deep_link_for_both_languages(town: Town) -> None:
    """A link for two languages shows each question in both."""
    card = await town.player().start("b_core_en-de")
    assert set(question_on(card).text.values()) <= set(words(card).split("\n"))


async def test_unknown_deep_link_is_a_plain_start(town: Town) -> None:
    """A link to a bank that is not there welcomes the learner instead of failing."""
    player = town.player()
    player.learner.start("b_atlantis_en")
    await player.sees(lambda m: "l:en" in buttons(m))


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("kind", QuestionType)
async def test_every_type_of_question(town: Town, kind: QuestionType, *, is_right: bool) -> None:
    """An answer of each type gets the true verdict, shows what was right, and is stored as it was given."""
    player = town.player()
    card = await player.skip_to(kind, await player.start())
    question = question_on(card)
    shown = words(await player.answer(card, is_right=is_right))
    assert ("✅ Right!" in shown) is is_right
    assert ("❌ Not right." in shown) is not is_right
    assert solution_is_in(shown, question)
    assert (f"Your answer: {WRONG_NUMBER}" in shown) is (kind is QuestionType.NUMERIC and not is_right)
    assert question.explanation["en"] in shown
    assert town.records.attempts(player.learner.id) == player.ledger


def solution_is_in(shown: str, question: Question) -> bool:
    """Return True if the right number is named, or the right options are marked as such and no others."""
    if question.answer is not None:
        return f"Right answer: {question.answer.value}" in shown
    texts = [option.text.get("en", option.key.capitalize()) for option in question.options]
    lines = [next(line for line in shown.split("\n") if line.endswith(f" {text}")) for text in texts]
    return [line[0] in "✅☑" for line in lines] == [option.correct for option in question.options]


async def test_feedback_to_a_press_appears_in_the_card(town: Town) -> None:
    """A pressed answer is judged in the same message, and the next question comes there too."""
    player = town.player()
    card = await player.skip_to(QuestionType.SINGLE, await player.start())
    feedback = await player.answer(card)
    following = await player.next(feedback)
    assert card.message_id == feedback.message_id == following.message_id


async def test_feedback_to_a_typed_number_appears_below_it(town: Town) -> None:
    """After a typed answer the card goes on below the learner's words; the old one keeps the verdict only."""
    player = town.player()
    card = await player.skip_to(QuestionType.NUMERIC, await player.start())
    feedback = await player.answer(card)
    closed = await player.sees(lambda m: m.message_id == card.message_id and not buttons(m))
    typed = player.learner.messages[-2]
    assert typed.from_ == player.learner.user
    assert feedback.message_id > typed.message_id
    assert "✅ Right!" in words(closed)


async def test_words_that_are_no_number_cost_nothing(town: Town) -> None:
    """Words where a number is awaited bring a hint; the question stays open and can still be answered."""
    player = town.player()
    card = await player.skip_to(QuestionType.NUMERIC, await player.start())
    hint = await player.say("about fifty")
    assert "as a number" in words(hint)
    assert "✅ Right!" in words(await player.answer(card))


async def test_words_where_a_button_is_awaited_bring_a_hint(town: Town) -> None:
    """Words below a question with buttons point to the buttons and are no answer."""
    player = town.player()
    card = await player.skip_to(QuestionType.SINGLE, await player.start())
    assert "buttons below the question" in words(await player.say("A, I think"))
    await player.answer(card)


async def test_empty_submission_is_refused_kindly(town: Town) -> None:
    """Submitting a multi-select without a tick brings a toast and leaves the question open."""
    player = town.player()
    card = await player.skip_to(QuestionType.MULTI, await player.start())
    query_id = await player.press(card, "u:{}:{}".format(*place(card)))
    assert "at least one" in await player.toast(query_id)
    assert is_open(player.now(card))


async def test_ticks_can_be_taken_back(town: Town) -> None:
    """A tick taken back before submitting does not count."""
    player = town.player()
    card = await player.skip_to(QuestionType.MULTI, await player.start())
    question, (session, step) = question_on(card), place(card)
    wrong = next(i for i, option in enumerate(question.options) if not option.correct)
    card = await player.tick(card, [wrong])
    await player.press(card, f"t:{session}:{step}:{wrong}:0")
    card = await player.sees(lambda m: f"t:{session}:{step}:{wrong}:1" in buttons(m))
    assert "✅ Right!" in words(await player.answer(card))


async def test_skip_poses_another_question_and_counts_nothing(town: Town) -> None:
    """Skip, as a button, shows another question in the same card; nothing is stored as an answer."""
    player = town.player()
    card = await player.start()
    skipped = question_on(card)
    following = await player.skip(card)
    assert question_on(following) != skipped
    assert following.message_id == card.message_id
    assert town.records.attempts(player.learner.id) == []


async def test_skip_as_a_command_moves_the_card_below(town: Town) -> None:
    """The command /skip poses another question below; the old card loses its buttons."""
    player = town.player()
    card = await player.start()
    before = place(card)
    player.learner.send_text("/skip")
    following = await player.question(after=before)
    assert following.message_id > card.message_id
    await player.sees(lambda m: m.message_id == card.message_id and not buttons(m))


async def test_one_card_is_edited_in_place(town: Town) -> None:
    """Ten questions answered by buttons are one message, with and without pictures."""
    player = town.player()
    card = await player.start()
    for _ in range(10):
        while question_on(card).type is QuestionType.NUMERIC:
            card = await player.skip(card)
        card = await player.next(await player.answer(card))
    assert len(player.learner.replies) == 1
    assert len(town.calls_to(player, "sendMessage", "sendPhoto")) == 1


async def test_a_picture_is_uploaded_once(town: Town) -> None:
    """However many learners see it, a picture goes to Telegram once and by its file id from then on."""
    players = [town.player() for _ in range(4)]
    await asyncio.gather(*(skip_pictures(player) for player in players))
    shown = [town.calls_to(player, "sendPhoto", "editMessageMedia") for player in players]
    assert max(town.uploads().values()) == 1
    assert sum(map(len, shown)) > sum(len(call.uploads) for calls in shown for call in calls)


async def skip_pictures(player: Player) -> None:
    """Skip on until some questions with pictures were seen."""
    card, seen = await player.start(), 0
    while seen < PICTURES:
        seen += question_on(card).media is not None
        card = await player.skip(card)


async def test_many_learners_at_once(town: Town) -> None:
    """Learners who play at the same time each get their own questions, and their answers stay their own."""
    players = [town.player(f"Learner {number}") for number in range(LEARNERS)]
    await asyncio.gather(*(play(player, ROUND) for player in players))
    assert_exactly_once(town.records, players)
    assert len({tuple(given.question_id for given in player.ledger) for player in players}) == LEARNERS


async def test_every_press_is_answered(town: Town) -> None:
    """No press leaves the client waiting: each callback query is answered, silently where all is said."""
    player = town.player()
    card = await player.skip_to(QuestionType.SINGLE, await player.start())
    at = place(card)
    assert await player.toast(await player.give(card)) == ""
    feedback = await player.feedback(at)
    assert await player.toast(await player.press(feedback, "n:{}:{}".format(*at))) == ""


async def test_no_question_is_asked_twice_while_others_are_unseen(town: Town) -> None:
    """A round of answers meets as many different questions as it has answers."""
    player = town.player()
    await play(player, 3 * ROUND)
    assert len({given.question_id for given in player.ledger}) == 3 * ROUND
    assert {given.question_id for given in player.ledger} <= {question.id for question in bank_questions()}
