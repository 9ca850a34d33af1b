from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import updates
from bot.bothouse import ANNA, BotHouse
from bot.telegram import refusal
from lplate.domain.session import CardMode
from lplate_bot.handlers.help import commands
from lplate_bot.render.texts import texts
from trainer.banks import bank, single

if TYPE_CHECKING:
    from bot.conftest import OpenHouse

TICKED, UNTICKED = "☑", "☐"


async def test_help_lists_every_command(house: BotHouse) -> None:
    """Each command of the menu with what it does."""
    await house.say("/help")
    for name, meaning in commands(texts("en")):
        assert f"/{name} – {meaning}" in house.last().words


@pytest.mark.parametrize("command", ["/topics", "/settings"])
async def test_menus_need_a_learner(house: BotHouse, command: str) -> None:
    """Who has not started is told how to."""
    await house.say(command)
    assert house.last().words == "Please choose a language first: /start"


async def test_topics_are_listed_with_their_sizes(house: BotHouse) -> None:
    """In the learner's language, nothing ticked but all."""
    await house.begin("de")
    await house.say("/topics")
    assert house.last().labels == ["☐ Signs (de) (4)", "☐ Speed (de) (4)", "☑ Alle Themen (8)", "▶ Üben"]
    assert house.last().data == ["o:0:1", "o:1:1", "o:*:1", "g"]


async def test_ticking_topics_redraws_the_list(house: BotHouse) -> None:
    """Each press is answered and shown; all ticked is all."""
    await house.begin()
    await house.say("/topics")
    await house.press("o:0:1")
    assert [label[0] for label in house.last().labels[:3]] == [TICKED, UNTICKED, UNTICKED]
    assert house.last().data[0] == "o:0:0"
    await house.press("o:1:1")
    assert [label[0] for label in house.last().labels[:3]] == [UNTICKED, UNTICKED, TICKED]
    assert len(house.api.of("answerCallbackQuery")) == 2
    assert (await house.learner()).topics == ()


async def test_practise_poses_a_question_of_the_topics(house: BotHouse) -> None:
    """The button below the list leads on, in a new card."""
    await house.begin()
    await house.say("/topics")
    await house.press("o:1:1")
    await house.press("g")
    assert (await house.question()).topics == ("speed",)
    assert house.card() == house.last()


async def test_a_tick_that_changes_nothing_is_answered_all_the_same(house: BotHouse) -> None:
    """Telegram says not modified, which is nobody's error."""
    await house.begin()
    await house.say("/topics")
    menu = house.last()
    for _ in range(2):
        await house.press("o:0:1", message=menu)
    assert len(house.api.of("answerCallbackQuery")) == 2
    assert await house.store.dead_letters() == []


@pytest.mark.parametrize("data", ["o:99:1", "o:x:1", "o", "o::", "m:sideways", "m", "f"])
async def test_forged_menu_buttons_are_answered_and_change_little(house: BotHouse, data: str) -> None:
    """Nothing breaks, nothing is chosen, no client is left waiting."""
    await house.begin()
    await house.say("/topics")
    await house.press(data)
    learner = await house.learner()
    assert (learner.topics, learner.mode, learner.is_fast) == ((), CardMode.EDIT, False)
    assert len(house.api.of("answerCallbackQuery")) == 1
    assert await house.store.dead_letters() == []


async def test_settings_show_and_change_what_is_on(house: BotHouse) -> None:
    """Modes exclude each other, fast mode is by itself."""
    await house.begin()
    await house.say("/settings")
    assert [label[0] for label in house.last().labels] == [TICKED, UNTICKED, UNTICKED, UNTICKED]
    await house.press("m:separate")
    await house.press("f:1")
    assert [label[0] for label in house.last().labels] == [UNTICKED, TICKED, UNTICKED, TICKED]
    learner = await house.learner()
    assert (learner.mode, learner.is_fast) == (CardMode.SEPARATE, True)


async def test_a_menu_of_a_learner_the_database_lost_welcomes_them(house: BotHouse) -> None:
    """A press on an old menu is answered and leads to the beginning."""
    await house.begin()
    await house.say("/topics")
    menu = house.last()
    house.store._tables.learners.clear()
    house.bot.gate._desk._learners.clear()
    await house.press("o:0:1", message=menu)
    assert "Welcome" in house.last().words
    assert len(house.api.of("answerCallbackQuery")) == 1


async def test_unknown_commands_are_answered(house: BotHouse) -> None:
    """The way to help is named."""
    await house.say("/nonsense")
    assert house.last().words == "I do not know that command. /help lists what I can do."


@pytest.mark.parametrize(
    "content",
    [
        {"sticker": {"file_id": "s", "file_unique_id": "u", "width": 1, "height": 1, "is_animated": False,
                     "is_video": False, "type": "regular"}},
        {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
        {"location": {"longitude": 1.0, "latitude": 2.0}},
        {"contact": {"phone_number": "1", "first_name": "x"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"document": {"file_id": "d", "file_unique_id": "u"}, "caption": "50"},
    ],
)  # fmt: skip
async def test_what_is_no_text_is_answered_in_words(house: BotHouse, content: dict[str, Any]) -> None:
    """Stickers, voice, places and files are not understood, and that is said."""
    message = {"message_id": 1, "from": updates.user(ANNA), "chat": updates.private(ANNA), "date": 1}
    await house.submit(updates.as_bytes(house.next_id(), message=message | content))
    assert house.last().words == "I only understand text and buttons. /help lists what I can do."


@pytest.mark.parametrize(
    "content",
    [{"pinned_message": None}, {"message_auto_delete_timer_changed": {"message_auto_delete_time": 5}}],
)
async def test_news_about_the_chat_is_not_answered(house: BotHouse, content: dict[str, Any]) -> None:
    """Nobody has said anything."""
    message = {"message_id": 1, "from": updates.user(ANNA), "chat": updates.private(ANNA), "date": 1}
    if "pinned_message" in content:
        content = {"pinned_message": message | {"text": "x"}}
    await house.submit(updates.as_bytes(house.next_id(), message=message | content))
    assert house.shown() == []


async def test_an_edited_answer_is_not_an_answer(house: BotHouse) -> None:
    """Correcting a typed number afterwards neither counts nor is commented on."""
    await house.begin()
    count = len(house.shown())
    message = {
        "message_id": 1,
        "from": updates.user(ANNA),
        "chat": updates.private(ANNA),
        "date": 1,
        "text": "51",
    }
    await house.submit(updates.as_bytes(house.next_id(), edited_message=message | {"edit_date": 2}))
    assert len(house.shown()) == count
    assert house.attempts == []


@pytest.mark.parametrize("words", ["/help", "/topics", "/nonsense", "/start"])
async def test_an_edited_command_is_not_a_command(house: BotHouse, words: str) -> None:
    """Else one message could be edited for ever, past all limits."""
    await house.begin()
    count = len(house.shown())
    for chat in (updates.private(ANNA), updates.GROUP):
        message = {"message_id": 1, "from": updates.user(ANNA), "chat": chat, "date": 1, "text": words}
        entities = [{"type": "bot_command", "offset": 0, "length": len(words)}]
        edited = message | {"edit_date": 2, "entities": entities}
        await house.submit(updates.as_bytes(house.next_id(), edited_message=edited))
    assert len(house.shown()) == count
    assert house.api.chat(updates.GROUP_ID) == []


async def test_unknown_buttons_are_answered(house: BotHouse) -> None:
    """A button of an older version says that it is old."""
    card = await house.begin()
    await house.press("zzz:1", message=card)
    assert house.api.of("answerCallbackQuery")[-1].fields["text"] == "That was an older question."


@pytest.mark.parametrize("command", ["/start", "/help"])
async def test_groups_are_invited_to_private_practice(house: BotHouse, command: str) -> None:
    """In the language of whoever asked."""
    await house.say(command, chat=updates.GROUP, language="de")
    (invitation,) = house.api.chat(updates.GROUP_ID)
    assert "privaten" in invitation.words
    assert invitation.rows[0][0]["url"] == "https://t.me/lplate_bot?start=group"


@pytest.mark.parametrize("words", ["/topics", "50", "hello"])
async def test_other_talk_in_groups_is_left_alone(house: BotHouse, words: str) -> None:
    """The bot joins no conversation."""
    await house.say(words, chat=updates.GROUP)
    assert house.api.chat(updates.GROUP_ID) == []


async def test_strangers_are_spoken_to_in_the_language_of_their_app(house: BotHouse) -> None:
    """Before any choice was made."""
    await house.say("/help", language="de-CH")
    assert f"/topics – {dict(commands(texts('de')))['topics']}" in house.last().words


async def test_cold_updates_of_one_learner_are_handled_in_order(house: BotHouse) -> None:
    """Answers come in the order in which one asked, though one of them fails at first."""
    await house.begin()
    house.api.refuse("sendMessage", refusal("Internal Server Error", 500))
    for future in [house.take(_command(house, words)) for words in ("/topics", "/settings", "/help")]:
        await future
    await house.settle()
    words = [shown.words for shown in house.shown()[1:]]
    assert [text[:8] for text in words] == ["Which to", "Settings", "I ask, y"]


async def test_a_label_of_a_long_topic_is_cut_to_fit(open_house: OpenHouse) -> None:
    """A button's words stay readable, whatever the bank calls its topics."""
    long_bank = bank(single("a"))
    topics = tuple(replace(topic, name={"en": "word " * 40}) for topic in long_bank.info.topics)
    long_bank.info = replace(long_bank.info, topics=topics)
    async with open_house(long_bank) as house:
        await house.begin()
        await house.say("/topics")
        assert len(house.last().labels[0]) == 60


def _command(house: BotHouse, words: str) -> bytes:
    return updates.text(house.next_id(), words, ANNA)
