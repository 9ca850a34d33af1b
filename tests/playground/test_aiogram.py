"""aiogram, unmodified, drives every method: once to success, once into its main error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiogram
import pytest
from aiogram import exceptions, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from lplate_bot.playground.methods import HANDLERS
from playground.scene import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from lplate_bot.playground.server import PlaygroundServer
    from playground.scene import Scene

    Drive = Callable[[aiogram.Bot, Scene], Awaitable[object]]

KEYBOARD = types.InlineKeyboardMarkup(
    inline_keyboard=[[types.InlineKeyboardButton(text="Next", callback_data="next", style="success")]]
)
NOBODY = 999


def uploaded(content: bytes, name: str) -> types.BufferedInputFile:
    return types.BufferedInputFile(content, name)


def pictured(caption: str | None = None) -> types.InputMediaPhoto:
    return types.InputMediaPhoto(media=uploaded(picture(colour="green"), "p.png"), caption=caption)


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
    "sendMessage": lambda b, s: b.send_message(
        s.chat_id, "<b>hi</b>", parse_mode="HTML", reply_markup=KEYBOARD
    ),
    "sendPhoto": lambda b, s: b.send_photo(s.chat_id, uploaded(picture(), "p.png"), reply_markup=KEYBOARD),
    "sendDocument": lambda b, s: b.send_document(s.chat_id, uploaded(b"x", "a.txt"), caption="y"),
    "sendPoll": lambda b, s: b.send_poll(
        s.chat_id, "Q?", [types.InputPollOption(text=t) for t in "ab"], type="quiz", correct_option_ids=[1]
    ),
    "stopPoll": lambda b, s: b.stop_poll(s.chat_id, s.poll_id),
    "sendChatAction": lambda b, s: b.send_chat_action(s.chat_id, "typing"),
    "copyMessage": lambda b, s: b.copy_message(s.chat_id, s.chat_id, s.photo_id, caption="new"),
    "forwardMessage": lambda b, s: b.forward_message(s.chat_id, s.chat_id, s.text_id),
    "editMessageText": lambda b, s: b.edit_message_text("new", chat_id=s.chat_id, message_id=s.text_id),
    "editMessageCaption": lambda b, s: b.edit_message_caption(
        chat_id=s.chat_id, message_id=s.photo_id, caption="n"
    ),
    "editMessageMedia": lambda b, s: b.edit_message_media(
        pictured(caption="c"), chat_id=s.chat_id, message_id=s.text_id, reply_markup=KEYBOARD
    ),
    "editMessageReplyMarkup": lambda b, s: b.edit_message_reply_markup(
        chat_id=s.chat_id, message_id=s.text_id, reply_markup=KEYBOARD
    ),
    "deleteMessage": lambda b, s: b.delete_message(s.chat_id, s.text_id),
    "deleteMessages": lambda b, s: b.delete_messages(s.chat_id, [s.text_id, s.photo_id, 4242]),
    "answerCallbackQuery": lambda b, s: b.answer_callback_query(s.query_id, "right", show_alert=True),
    "setMessageReaction": lambda b, s: b.set_message_reaction(
        s.chat_id, s.learner_message_id, [types.ReactionTypeEmoji(emoji="👍")]
    ),
    "getChat": lambda b, s: b.get_chat(s.chat_id),
    "getChatMember": lambda b, s: b.get_chat_member(s.group_id, s.chat_id),
    "getFile": lambda b, s: b.get_file(s.photo_file_id),
    "setMyCommands": lambda b, s: b.set_my_commands(
        [types.BotCommand(command="start", description="Begin")],
        types.BotCommandScopeChat(chat_id=s.chat_id),
        "de",
    ),
    "getMyCommands": lambda b, s: b.get_my_commands(types.BotCommandScopeAllPrivateChats(), "de"),
    "deleteMyCommands": lambda b, s: b.delete_my_commands(),
    "setMyName": lambda b, s: b.set_my_name("L", language_code="en"),
    "getMyName": lambda b, s: b.get_my_name(),
    "setMyDescription": lambda b, s: b.set_my_description("Learn.", "de"),
    "getMyDescription": lambda b, s: b.get_my_description("de"),
    "setMyShortDescription": lambda b, s: b.set_my_short_description("Learn."),
    "getMyShortDescription": lambda b, s: b.get_my_short_description(),
    "setChatMenuButton": lambda b, s: b.set_chat_menu_button(s.chat_id, types.MenuButtonCommands()),
    "getChatMenuButton": lambda b, s: b.get_chat_menu_button(),
    "pinChatMessage": lambda b, s: b.pin_chat_message(s.chat_id, s.text_id),
    "unpinChatMessage": lambda b, s: b.unpin_chat_message(s.chat_id, message_id=s.photo_id),
    "unpinAllChatMessages": lambda b, s: b.unpin_all_chat_messages(s.chat_id),
}

FAILURES: dict[str, tuple[Drive, str]] = {
    "sendMessage": (
        lambda b, s: b.send_message(s.chat_id, "<b>hi", parse_mode="HTML"),
        "can't parse entities",
    ),
    "sendPhoto": (
        lambda b, s: b.send_photo(s.chat_id, uploaded(b"no picture", "p.png")),
        "IMAGE_PROCESS_FAILED",
    ),
    "sendDocument": (lambda b, s: b.send_document(s.chat_id, uploaded(b"", "a")), "file must be non-empty"),
    "sendPoll": (lambda b, s: b.send_poll(s.chat_id, "Q?", []), "poll must have at least 1 option"),
    "stopPoll": (lambda b, s: b.stop_poll(s.chat_id, 4242), "message to edit not found"),
    "sendChatAction": (lambda b, s: b.send_chat_action(NOBODY, "typing"), "chat not found"),
    "copyMessage": (lambda b, s: b.copy_message(s.chat_id, NOBODY, s.text_id), "chat not found"),
    "forwardMessage": (
        lambda b, s: b.forward_message(s.chat_id, s.chat_id, s.poll_id),
        "message can't be forwarded",
    ),
    "editMessageText": (
        lambda b, s: b.edit_message_text("x", chat_id=s.chat_id, message_id=s.learner_message_id),
        "message can't be edited",
    ),
    "editMessageCaption": (
        lambda b, s: b.edit_message_caption(chat_id=s.chat_id, message_id=s.photo_id, caption="x" * 1025),
        "message caption is too long",
    ),
    "editMessageMedia": (
        lambda b, s: b.edit_message_media(pictured(), chat_id=s.chat_id, message_id=4242),
        "message to edit not found",
    ),
    "editMessageReplyMarkup": (
        lambda b, s: b.edit_message_reply_markup(chat_id=s.chat_id, message_id=s.photo_id),
        "message is not modified",
    ),
    "deleteMessage": (lambda b, s: b.delete_message(s.chat_id, 4242), "message to delete not found"),
    "deleteMessages": (lambda b, s: b.delete_messages(s.chat_id, list(range(1, 102))), "too many message"),
    "answerCallbackQuery": (
        lambda b, s: b.answer_callback_query(s.query_id, "x" * 201),
        "MESSAGE_TOO_LONG",
    ),
    "setMessageReaction": (
        lambda b, s: b.set_message_reaction(s.chat_id, 4242, [types.ReactionTypeEmoji(emoji="👍")]),
        "message to react not found",
    ),
    "getChat": (lambda b, s: b.get_chat(NOBODY), "chat not found"),
    "getChatMember": (lambda b, s: b.get_chat_member(NOBODY, s.chat_id), "chat not found"),
    "getFile": (lambda b, s: b.get_file("nothing"), "wrong file_id or the file is temporarily unavailable"),
    "setWebhook": (
        lambda b, s: b.set_webhook("https://example.org/", secret_token="no blanks"),
        "secret token contains unallowed characters",
    ),
    "setMyCommands": (
        lambda b, s: b.set_my_commands([types.BotCommand(command="a", description=" ")]),
        "BOT_COMMAND_DESCRIPTION_INVALID",
    ),
}


@pytest.fixture
async def bot(server: PlaygroundServer) -> AsyncIterator[aiogram.Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    yield aiogram.Bot(server.config.tokens[0], session=session)
    await (await session.create_session()).close()  # AiohttpSession.close() rests a quarter of a second


def test_every_method_is_driven() -> None:
    """No method is supported without this client having used it."""
    assert SUCCESSES.keys() == HANDLERS.keys()


@pytest.mark.parametrize("method", SUCCESSES)
async def test_success(method: str, bot: aiogram.Bot, scene: Scene) -> None:
    """The client's own call is understood and its result parsed."""
    if method == "unpinChatMessage":
        await bot.pin_chat_message(scene.chat_id, scene.photo_id)
    assert await SUCCESSES[method](bot, scene) is not None


@pytest.mark.parametrize("method", FAILURES)
async def test_failure(method: str, bot: aiogram.Bot, scene: Scene) -> None:
    """The main error of a method reaches the caller in Telegram's words."""
    call, words = FAILURES[method]
    with pytest.raises(exceptions.TelegramBadRequest) as refusal:
        await call(bot, scene)
    assert words in str(refusal.value)


class TestResults:
    async def test_conflict_of_two_pollers(self, bot: aiogram.Bot, scene: Scene) -> None:
        """Polling while a webhook is set fails with 409."""
        await bot.set_webhook("https://example.org/hook")
        with pytest.raises(
            exceptions.TelegramConflictError, match="can't use getUpdates method while webhook"
        ):
            await bot.get_updates()

    async def test_download(self, bot: aiogram.Bot, scene: Scene) -> None:
        """A document is downloaded as it was sent."""
        file = await bot.get_file(scene.document_file_id)
        assert file.file_path is not None
        content = await bot.download_file(file.file_path)
        assert content is not None
        assert content.read() == b"a,b\n1,2\n"

    async def test_reply_is_quoted(self, bot: aiogram.Bot, scene: Scene) -> None:
        """A reply shows the message it answers and the quoted words."""
        reply = types.ReplyParameters(message_id=scene.text_id, quote="must")
        message = await bot.send_message(scene.chat_id, "yes", reply_parameters=reply)
        assert message.reply_to_message is not None
        assert message.reply_to_message.message_id == scene.text_id
        assert message.quote is not None
        assert message.quote.text == "must"

    async def test_reply_to_nothing(self, bot: aiogram.Bot, scene: Scene) -> None:
        """A reply to a missing message fails, unless it may go without."""
        reply = types.ReplyParameters(message_id=4242)
        with pytest.raises(exceptions.TelegramBadRequest, match="message to be replied not found"):
            await bot.send_message(scene.chat_id, "yes", reply_parameters=reply)
        reply = types.ReplyParameters(message_id=4242, allow_sending_without_reply=True)
        message = await bot.send_message(scene.chat_id, "yes", reply_parameters=reply)
        assert message.reply_to_message is None

    async def test_wrong_token_is_refused(self, server: PlaygroundServer) -> None:
        """A token nobody has is unauthorized."""
        session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
        async with aiogram.Bot("5:unknown", session=session) as bot:
            with pytest.raises(exceptions.TelegramUnauthorizedError):
                await bot.get_me()
