"""Commands and menus as learners use them, by polling and by webhook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lplate.domain.question import QuestionType
from playing import (
    bank_questions,
    buttons,
    is_open,
    place,
    question_on,
    wait_until,
    words,
)

if TYPE_CHECKING:
    from e2e.town import Town
    from lplate_bot.playground.objects import Message
    from playing import Player

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMANDS = {"start", "topics", "stats", "skip", "resend", "language", "settings", "help"}
TICK = "☑"


def label(message: Message, data: str) -> str:
    """Return the label of the button with this callback data, empty if there is none."""
    rows = (message.reply_markup or {}).get("inline_keyboard", [])
    return next((b["text"] for row in rows for b in row if b.get("callback_data") == data), "")


async def stop_at_single(player: Player) -> Message:
    """Start and return a card with a single-choice question."""
    return await player.skip_to(QuestionType.SINGLE, await player.start())


async def test_topics_are_ticked_and_practised(town: Town) -> None:
    """Ticked topics are the only ones asked about, until all are ticked again."""
    player = town.player()
    await player.start()
    menu = await player.say("/topics")
    for number in (9, 13):
        await player.press(menu, f"o:{number}:1")
        await player.sees(lambda m, done=f"o:{number}:0": label(m, done).startswith(TICK))  # type: ignore[misc] # mypy reads no default arguments of lambdas
    await player.press(menu, "g")
    card = await player.sees(lambda m: m.message_id > menu.message_id and is_open(m))
    for _ in range(6):
        assert question_on(card).topics[0] in {"stopping-distance", "vehicle"}
        card = await player.next(await player.answer(card))
    await player.press(menu, "o:*:1")
    await player.sees(lambda m: label(m, "o:*:1").startswith(TICK) and label(m, "o:9:1").startswith("☐"))


async def test_topics_name_their_size(town: Town) -> None:
    """The menu says how many questions each topic holds, and they add up to the bank."""
    player = town.player()
    await player.start()
    menu = await player.say("/topics")
    sizes = [int(re.findall(r"\((\d+)\)$", label(menu, f"o:{number}:1"))[0]) for number in range(14)]
    assert sum(sizes) == len(bank_questions())
    assert f"({len(bank_questions())})" in label(menu, "o:*:1")


async def test_statistics_are_true(town: Town) -> None:
    """The numbers of /stats are those of the answers that were given."""
    player = town.player()
    card = await player.start()
    for number in range(5):
        card = await player.next(await player.answer(card, is_right=number > 1))
    shown = words(await player.say("/stats"))
    assert f"Questions met: 5 of {len(bank_questions())} (3 %)" in shown
    assert "Open mistakes: 2" in shown
    assert "Last 7 days: 5 answers, 60 % right" in shown
    assert "1 day in a row" in shown


async def test_statistics_before_any_answer(town: Town) -> None:
    """Without answers /stats says so and shows the way back to the question."""
    player = town.player()
    await player.start()
    assert "No answers yet" in words(await player.say("/stats"))


async def test_language_switch_redraws_the_open_card(town: Town) -> None:
    """Another language changes the open question where it stands, and what follows."""
    player = town.player()
    card = await stop_at_single(player)
    question, at = question_on(card), place(card)
    menu = await player.say("/language")
    await player.press(menu, "l:de")
    redrawn = await player.sees(lambda m: is_open(m) and question.text["de"] in words(m))
    assert (redrawn.message_id, place(redrawn)) == (card.message_id, at)
    assert "Deutsch" in words(await player.sees(lambda m: m.message_id == menu.message_id and not buttons(m)))
    feedback = await player.answer(redrawn)
    assert "Richtig!" in words(feedback)


async def test_separate_messages_keep_every_question(town: Town) -> None:
    """With that setting each question is a message of its own; answered ones lose their buttons."""
    player = town.player()
    card = await stop_at_single(player)
    menu = await player.say("/settings")
    await player.press(menu, "m:separate")
    await player.sees(lambda m: label(m, "m:separate").startswith(TICK))
    following = await player.next(await player.answer(card))
    assert following.message_id > menu.message_id
    kept = await player.sees(lambda m: m.message_id == card.message_id and not buttons(m))
    assert "✅ Right!" in words(kept)


async def test_fast_mode_goes_on_at_once(town: Town) -> None:
    """In fast mode a right answer brings a toast and the next question; a wrong one its feedback."""
    player = town.player()
    card = await stop_at_single(player)
    menu = await player.say("/settings")
    await player.press(menu, "f:1")
    await player.sees(lambda m: label(m, "f:0").startswith(TICK))
    at = place(card)
    assert "Right!" in await player.toast(await player.give(card))
    following = await player.question(after=at)
    assert following.message_id == card.message_id
    following = await player.skip_to(QuestionType.SINGLE, following)
    assert "❌ Not right." in words(await player.answer(following, is_right=False))


async def test_help_lists_all_commands(town: Town) -> None:
    """/help names every command, and so does the menu of the client in both languages."""
    shown = words(await town.player().say("/help"))
    assert set(re.findall(r"^/(\w+)", shown, re.MULTILINE)) == COMMANDS
    profile = town.server.bot().account.profile
    await wait_until(lambda: len(profile.commands) == 2)
    for listed in profile.commands.values():
        assert {command.command for command in listed} == COMMANDS


async def test_unknown_command_points_to_help(town: Town) -> None:
    """A command that is none is answered, not ignored."""
    player = town.player()
    await player.start()
    assert "/help" in words(await player.say("/frobnicate"))


async def test_resend_shows_the_question_below(town: Town) -> None:
    """/resend brings the open question again as a new message; the old one loses its buttons."""
    player = town.player()
    card = await player.start()
    question, at = question_on(card), place(card)
    sent = player.learner.send_text("/resend")
    again = await player.sees(lambda m: m.message_id > sent.message_id and is_open(m))
    assert (question_on(again), place(again)) == (question, at)
    await player.sees(lambda m: m.message_id == card.message_id and not buttons(m))
    await player.answer(again)


async def test_group_is_invited_to_private_practice(town: Town) -> None:
    """In a group the bot offers a link to the private chat, and the link works."""
    player = town.player()
    group = town.server.add_group("Driving school", [player.learner])
    username = town.server.bot().account.user.username
    player.learner.send_text(f"/start@{username}", chat_id=group.info.id)
    await wait_until(lambda: len(group.posts) == 2)
    invitation = list(group.posts.values())[-1].message
    assert invitation.reply_markup is not None
    url = invitation.reply_markup["inline_keyboard"][0][0]["url"]
    assert url.startswith(f"https://t.me/{username}?start=")
    player.learner.start(url.partition("=")[2])
    await player.sees(lambda m: "l:en" in buttons(m))


async def test_blocked_learner_is_noted_and_comes_back(town: Town) -> None:
    """A learner who blocks the bot is left alone; after Start they go on where they were."""
    player = town.player()
    card = await player.start()
    question = question_on(card)
    records, learner_id = town.records, player.learner.id
    player.learner.set_blocked(True)
    await wait_until(lambda: (row := records.learner(learner_id)) is not None and row.is_blocked)
    sent = player.learner.start()
    again = await player.sees(lambda m: m.message_id > sent.message_id and is_open(m))
    assert question_on(again) == question
    await wait_until(lambda: (row := records.learner(learner_id)) is not None and not row.is_blocked)


async def test_reply_to_a_learner_who_just_blocked_is_given_up(town: Town) -> None:
    """An answer given just before blocking is stored; its reply is not tried for ever."""
    player = town.player()
    card = await stop_at_single(player)
    await player.give(card)
    player.learner.set_blocked(True)
    learner_id = player.learner.id
    await wait_until(lambda: town.records.attempts(learner_id) == player.ledger)
    await wait_until(lambda: (row := town.records.learner(learner_id)) is not None and row.is_blocked)
    assert (row := town.records.learner(learner_id)) is not None
    assert row.owed == []


async def test_pictures_and_voice_are_answered(town: Town) -> None:
    """What is neither text nor a button gets a word instead of silence."""
    player = town.player()
    await player.start()
    sent = player.learner.send_document(b"%PDF-1.7", "licence.pdf")
    answer = await player.sees(lambda m: m.message_id > sent.message_id)
    assert "text and buttons" in words(answer)
