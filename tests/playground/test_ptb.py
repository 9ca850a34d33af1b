"""python-telegram-bot, unmodified, drives every method: once to success, once into its main error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import telegram
from telegram import error as errors
from telegram.request import HTTPXRequest

from lplate_bot.playground.methods import HANDLERS
from playground.scene import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lplate_bot.playground.server import PlaygroundServer
    from playground.scene import Scene

    Drive = Callable[[telegram.Bot, Scene], Awaitable[object]]

KEYBOARD = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("Next", callback_data="next")]])
NOBODY = 999

SUCCESSES: dict[str, Drive] = {
    "getMe": lambda b, s: b.get_me(),
    "logOut": lambda b, s: b.log_out(),
    "close": lambda b, s: b.close(),
    "getUpdates": lambda b, s: b.get_updates(offset=-1, timeout=1, allowed_updates=["message"]),
    "setWebhook": lambda b, s: b.set_webhook(
        "https://example.org/hook", secret_token="s-1", max_connections=5
    ),
    "deleteWebhook": lambda b, s: b.delete_webhook(drop_pending_updates=True),
    "getWebhookInfo": lambda b, s: b.get_webhook_info(),
    "sendMessage": lambda b, s: b.send_message(s.chat_id, "<b>hi</b>", "HTML", reply_markup=KEYBOARD),
    "sendPhoto": lambda b, s: b.send_photo(
        s.chat_id, picture(colour="blue"), caption="x", reply_markup=KEYBOARD
    ),
    "sendDocument": lambda b, s: b.send_document(s.chat_id, b"x", filename="a.txt", caption="y"),
    "sendPoll": lambda b, s: b.send_poll(
        s.chat_id, "Q?", ["a", "b"], type="quiz", correct_option_ids=[1], explanation="why"
    ),
    "stopPoll": lambda b, s: b.stop_poll(s.chat_id, s.poll_id),
    "sendChatAction": lambda b, s: b.send_chat_action(s.chat_id, "typing"),
    "copyMessage": lambda b, s: b.copy_message(s.chat_id, s.chat_id, s.photo_id, caption="new"),
    "forwardMessage": lambda b, s: b.forward_message(s.chat_id, s.chat_id, s.text_id),
    "editMessageText": lambda b, s: b.edit_message_text(
        "*new*", s.chat_id, s.text_id, parse_mode="MarkdownV2"
    ),
    "editMessageCaption": lambda b, s: b.edit_message_caption(s.chat_id, s.photo_id, caption="new"),
    "editMessageMedia": lambda b, s: b.edit_message_media(
        telegram.InputMediaPhoto(picture(colour="green"), caption="c"),
        s.chat_id,
        s.text_id,
        reply_markup=KEYBOARD,
    ),
    "editMessageReplyMarkup": lambda b, s: b.edit_message_reply_markup(
        s.chat_id, s.text_id, reply_markup=KEYBOARD
    ),
    "deleteMessage": lambda b, s: b.delete_message(s.chat_id, s.text_id),
    "deleteMessages": lambda b, s: b.delete_messages(s.chat_id, [s.text_id, s.photo_id, 4242]),
    "answerCallbackQuery": lambda b, s: b.answer_callback_query(s.query_id, "right", show_alert=True),
    "setMessageReaction": lambda b, s: b.set_message_reaction(s.chat_id, s.learner_message_id, "👍"),
    "getChat": lambda b, s: b.get_chat(s.chat_id),
    "getChatMember": lambda b, s: b.get_chat_member(s.group_id, s.chat_id),
    "getFile": lambda b, s: b.get_file(s.photo_file_id),
    "setMyCommands": lambda b, s: b.set_my_commands(
        [("start", "Begin")], telegram.BotCommandScopeChat(s.chat_id), "de"
    ),
    "getMyCommands": lambda b, s: b.get_my_commands(telegram.BotCommandScopeAllPrivateChats(), "de"),
    "deleteMyCommands": lambda b, s: b.delete_my_commands(),
    "setMyName": lambda b, s: b.set_my_name("L", language_code="en"),
    "getMyName": lambda b, s: b.get_my_name(),
    "setMyDescription": lambda b, s: b.set_my_description("Learn.", "de"),
    "getMyDescription": lambda b, s: b.get_my_description("de"),
    "setMyShortDescription": lambda b, s: b.set_my_short_description("Learn."),
    "getMyShortDescription": lambda b, s: b.get_my_short_description(),
    "setChatMenuButton": lambda b, s: b.set_chat_menu_button(s.chat_id, telegram.MenuButtonCommands()),
    "getChatMenuButton": lambda b, s: b.get_chat_menu_button(),
    "pinChatMessage": lambda b, s: b.pin_chat_message(s.chat_id, s.text_id),
    "unpinChatMessage": lambda b, s: b.unpin_chat_message(s.chat_id, s.photo_id),
    "unpinAllChatMessages": lambda b, s: b.unpin_all_chat_messages(s.chat_id),
}

FAILURES: dict[str, tuple[Drive, str]] = {
    "sendMessage": (lambda b, s: b.send_message(NOBODY, "hi"), "Chat not found"),
    "sendPhoto": (lambda b, s: b.send_photo(s.chat_id, "no-such-file"), "Wrong file identifier/http url"),
    "sendDocument": (
        lambda b, s: b.send_document(s.chat_id, s.photo_file_id),
        "Can't use file of type Photo",
    ),
    "sendPoll": (lambda b, s: b.send_poll(s.chat_id, "Q", ["a"], type="quiz"), "Wrong correct option ID"),
    "stopPoll": (lambda b, s: b.stop_poll(s.chat_id, s.text_id), "Message with poll to stop not found"),
    "sendChatAction": (lambda b, s: b.send_chat_action(s.chat_id, "dance"), "Wrong parameter action"),
    "copyMessage": (lambda b, s: b.copy_message(s.chat_id, s.chat_id, 4242), "Message to copy not found"),
    "forwardMessage": (
        lambda b, s: b.forward_message(s.chat_id, s.chat_id, 4242),
        "Message to forward not found",
    ),
    "editMessageText": (lambda b, s: b.edit_message_text("x", s.chat_id, s.photo_id), "There is no text in"),
    "editMessageCaption": (
        lambda b, s: b.edit_message_caption(s.chat_id, s.text_id, caption="x"),
        "There is no caption in the message to edit",
    ),
    "editMessageMedia": (
        lambda b, s: b.edit_message_media(telegram.InputMediaPhoto("nothing"), s.chat_id, s.photo_id),
        "Wrong file identifier/http url",
    ),
    "editMessageReplyMarkup": (
        lambda b, s: b.edit_message_reply_markup(s.chat_id, s.photo_id),
        "Message is not modified: specified new message content and reply markup are exactly the same as",
    ),
    "deleteMessage": (lambda b, s: b.delete_message(s.chat_id, 4242), "Message to delete not found"),
    "deleteMessages": (lambda b, s: b.delete_messages(NOBODY, [1]), "Chat not found"),
    "answerCallbackQuery": (
        lambda b, s: b.answer_callback_query("1"),
        "Query is too old and response timeout",
    ),
    "setMessageReaction": (
        lambda b, s: b.set_message_reaction(s.chat_id, s.text_id, "🚗"),
        "Reaction_invalid",
    ),
    "getChat": (lambda b, s: b.get_chat("@nobody"), "Chat not found"),
    "getChatMember": (lambda b, s: b.get_chat_member(s.group_id, NOBODY), "Participant_id_invalid"),
    "getFile": (lambda b, s: b.get_file("nothing"), "Wrong file_id or the file is temporarily unavailable"),
    "setWebhook": (lambda b, s: b.set_webhook("http://example.org/hook"), "Bad webhook: An HTTPS URL"),
    "setMyCommands": (lambda b, s: b.set_my_commands([("Bad-Name", "x")]), "Bot_command_invalid"),
    "setMyName": (lambda b, s: b.set_my_name("x" * 65), "Bot name is too long"),
    "setMyDescription": (lambda b, s: b.set_my_description("x" * 513), "Bot description is too long"),
    "setMyShortDescription": (
        lambda b, s: b.set_my_short_description("x" * 121),
        "Bot short description is too",
    ),
    "setChatMenuButton": (
        lambda b, s: b.set_chat_menu_button(NOBODY, telegram.MenuButtonCommands()),
        "Chat not found",
    ),
    "getMyCommands": (lambda b, s: b.get_my_commands(language_code="german"), "Lang_code_invalid"),
    "pinChatMessage": (lambda b, s: b.pin_chat_message(s.chat_id, 4242), "Message to pin not found"),
    "unpinChatMessage": (lambda b, s: b.unpin_chat_message(s.chat_id), "Message to unpin not found"),
}


@pytest.fixture
async def bot(server: PlaygroundServer) -> AsyncIterator[telegram.Bot]:
    # One client without certificates: each would take 50 ms to load them, and there is no TLS here.
    request = HTTPXRequest(httpx_kwargs={"verify": False})
    bot = telegram.Bot(
        server.config.tokens[0],
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
        request=request,
        get_updates_request=request,
    )
    async with bot:
        yield bot


def test_every_method_is_driven() -> None:
    """No method is supported without this client having used it."""
    assert SUCCESSES.keys() == HANDLERS.keys()


@pytest.mark.parametrize("method", SUCCESSES)
async def test_success(method: str, bot: telegram.Bot, scene: Scene) -> None:
    """The client's own call is understood and its result parsed."""
    if method == "unpinChatMessage":
        await bot.pin_chat_message(scene.chat_id, scene.photo_id)
    assert await SUCCESSES[method](bot, scene) is not None


@pytest.mark.parametrize("method", FAILURES)
async def test_failure(method: str, bot: telegram.Bot, scene: Scene) -> None:
    """The main error of a method reaches the caller in Telegram's words."""
    call, words = FAILURES[method]
    with pytest.raises(errors.BadRequest) as refusal:
        await call(bot, scene)
    assert str(refusal.value).lower().startswith(words.lower())


class TestResults:
    async def test_text_comes_back_parsed(self, bot: telegram.Bot, scene: Scene) -> None:
        """A sent text returns with its markup turned into entities and its keyboard."""
        message = await bot.send_message(scene.chat_id, "<b>Stop</b> & go", "HTML", reply_markup=KEYBOARD)
        assert message.text == "Stop & go"
        assert [(e.type, e.offset, e.length) for e in message.entities] == [("bold", 0, 4)]
        assert message.reply_markup == KEYBOARD
        assert message.from_user is not None
        assert message.from_user.is_bot
        assert message.chat.id == scene.chat_id

    async def test_photo_has_real_sizes(self, bot: telegram.Bot, scene: Scene) -> None:
        """An uploaded picture returns its true width and height, its largest size last."""
        message = await bot.send_photo(scene.chat_id, picture(1000, 500))
        assert [(size.width, size.height) for size in message.photo] == [
            (90, 45),
            (320, 160),
            (800, 400),
            (1000, 500),
        ]

    async def test_file_id_is_used_again(self, bot: telegram.Bot, scene: Scene) -> None:
        """A picture sent by file_id is the same file."""
        message = await bot.send_photo(scene.chat_id, scene.photo_file_id)
        assert message.photo[-1].file_id == scene.photo_file_id

    async def test_upload_is_downloaded_again(self, bot: telegram.Bot, scene: Scene) -> None:
        """GetFile and the file's address give the bytes that were sent."""
        content = picture(50, 50)
        message = await bot.send_photo(scene.chat_id, content)
        file = await bot.get_file(message.photo[-1])
        assert bytes(await file.download_as_bytearray()) == content

    async def test_text_becomes_photo(self, bot: telegram.Bot, scene: Scene) -> None:
        """EditMessageMedia turns a text message into a picture, with the upload attached."""
        media = telegram.InputMediaPhoto(picture(colour="green"), caption="now a picture")
        message = await bot.edit_message_media(media, scene.chat_id, scene.text_id)
        assert isinstance(message, telegram.Message)
        assert message.text is None
        assert message.caption == "now a picture"
        assert message.photo[-1].width == 640
        assert message.edit_date is not None

    async def test_press_and_answer(self, bot: telegram.Bot, scene: Scene) -> None:
        """A press comes as a callback query with its message; the answer reaches the learner."""
        query_id = scene.anna.press(scene.text_id, "b")
        updates = await bot.get_updates(timeout=1, allowed_updates=["callback_query"])
        query = updates[-1].callback_query
        assert query is not None
        assert query.message is not None
        assert (query.id, query.data, query.message.message_id) == (query_id, "b", scene.text_id)
        await query.answer("Right!", show_alert=True)
        answer = await scene.anna.answer_to(query_id)
        assert (answer.text, answer.show_alert) == ("Right!", True)

    async def test_commands_are_kept_by_scope_and_language(self, bot: telegram.Bot, scene: Scene) -> None:
        """Commands set for one scope and language are returned for exactly these."""
        await bot.set_my_commands([("start", "Los")], telegram.BotCommandScopeAllPrivateChats(), "de")
        there = await bot.get_my_commands(telegram.BotCommandScopeAllPrivateChats(), "de")
        elsewhere = await bot.get_my_commands()
        assert [command.description for command in there] == ["Los"]
        assert elsewhere == ()

    async def test_name_shows_in_messages(self, bot: telegram.Bot, scene: Scene) -> None:
        """A new name is the bot's name from then on."""
        await bot.set_my_name("Learner plate")
        message = await bot.send_message(scene.chat_id, "hi")
        assert message.from_user is not None
        assert message.from_user.first_name == "Learner plate"

    async def test_blocked_is_forbidden(self, bot: telegram.Bot, scene: Scene) -> None:
        """Writing to a learner who blocked the bot fails with 403."""
        scene.anna.set_blocked(blocked=True)
        with pytest.raises(errors.Forbidden, match="bot was blocked by the user"):
            await bot.send_message(scene.chat_id, "hi")

    async def test_wrong_token_is_refused(self, server: PlaygroundServer) -> None:
        """A token nobody has is unauthorized."""
        async with HTTPXRequest() as request:
            bot = telegram.Bot("5:unknown", f"{server.url}/bot", request=request, get_updates_request=request)
            with pytest.raises(errors.InvalidToken):
                await bot.initialize()
