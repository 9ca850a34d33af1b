"""What the server says has the names, types and required fields of the API's description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplate_bot.playground.methods import HANDLERS
from playground.conformance import Conformance
from playground.scene import RawBot, Refused, Scene, keyboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.playground.objects import Json

CONFORMANCE = Conformance()

CALLS: dict[str, Callable[[Scene], Json]] = {
    "getMe": lambda s: {},
    "logOut": lambda s: {},
    "close": lambda s: {},
    "getUpdates": lambda s: {},
    "setWebhook": lambda s: {"url": "https://example.org/"},
    "deleteWebhook": lambda s: {},
    "getWebhookInfo": lambda s: {},
    "sendMessage": lambda s: {
        "chat_id": s.chat_id,
        "text": "<b>x</b> <a href='tg://user?id=1001'>you</a> /start https://example.org",
        "parse_mode": "HTML",
        "reply_parameters": {"message_id": s.text_id},
        "link_preview_options": {"is_disabled": True},
        "protect_content": True,
        "reply_markup": keyboard("a"),
    },
    "sendPhoto": lambda s: {
        "chat_id": s.chat_id,
        "photo": s.photo_file_id,
        "caption": "c",
        "has_spoiler": True,
    },
    "sendDocument": lambda s: {"chat_id": s.chat_id, "document": s.document_file_id},
    "sendPoll": lambda s: {
        "chat_id": s.chat_id,
        "question": "Q",
        "options": [{"text": "a"}, {"text": "b"}],
        "type": "quiz",
        "correct_option_ids": [0],
        "explanation": "<b>so</b>",
        "explanation_parse_mode": "HTML",
        "description": "d",
        "open_period": 60,
        "media": {"type": "photo", "media": s.photo_file_id},
    },
    "stopPoll": lambda s: {"chat_id": s.chat_id, "message_id": s.poll_id},
    "sendChatAction": lambda s: {"chat_id": s.chat_id, "action": "typing"},
    "copyMessage": lambda s: {"chat_id": s.chat_id, "from_chat_id": s.chat_id, "message_id": s.photo_id},
    "forwardMessage": lambda s: {"chat_id": s.chat_id, "from_chat_id": s.chat_id, "message_id": s.photo_id},
    "editMessageText": lambda s: {"chat_id": s.chat_id, "message_id": s.text_id, "text": "new"},
    "editMessageCaption": lambda s: {"chat_id": s.chat_id, "message_id": s.photo_id, "caption": "new"},
    "editMessageMedia": lambda s: {
        "chat_id": s.chat_id,
        "message_id": s.text_id,
        "media": {"type": "document", "media": s.document_file_id, "caption": "d"},
    },
    "editMessageReplyMarkup": lambda s: {"chat_id": s.chat_id, "message_id": s.text_id},
    "deleteMessage": lambda s: {"chat_id": s.chat_id, "message_id": s.text_id},
    "deleteMessages": lambda s: {"chat_id": s.chat_id, "message_ids": [s.text_id]},
    "answerCallbackQuery": lambda s: {"callback_query_id": s.query_id},
    "setMessageReaction": lambda s: {
        "chat_id": s.chat_id,
        "message_id": s.text_id,
        "reaction": [{"type": "emoji", "emoji": "👍"}],
    },
    "getChat": lambda s: {"chat_id": s.chat_id},
    "getChatMember": lambda s: {"chat_id": s.group_id, "user_id": s.chat_id},
    "getFile": lambda s: {"file_id": s.photo_file_id},
    "setMyCommands": lambda s: {"commands": [{"command": "start", "description": "x"}]},
    "getMyCommands": lambda s: {},
    "deleteMyCommands": lambda s: {},
    "setMyName": lambda s: {"name": "x"},
    "getMyName": lambda s: {},
    "setMyDescription": lambda s: {"description": "x"},
    "getMyDescription": lambda s: {},
    "setMyShortDescription": lambda s: {"short_description": "x"},
    "getMyShortDescription": lambda s: {},
    "setChatMenuButton": lambda s: {"menu_button": {"type": "commands"}},
    "getChatMenuButton": lambda s: {},
    "pinChatMessage": lambda s: {"chat_id": s.chat_id, "message_id": s.text_id},
    "unpinChatMessage": lambda s: {"chat_id": s.chat_id},
    "unpinAllChatMessages": lambda s: {"chat_id": s.chat_id},
}


def test_every_method_is_checked() -> None:
    """No result escapes the check."""
    assert CALLS.keys() == HANDLERS.keys() == CONFORMANCE.methods.keys()


@pytest.mark.parametrize("method", CALLS)
async def test_result(method: str, scene: Scene) -> None:
    """A method's result is what the description says."""
    if method == "unpinChatMessage":
        await scene.raw("pinChatMessage", chat_id=scene.chat_id, message_id=scene.text_id)
    result = await scene.raw(method, **CALLS[method](scene))
    assert CONFORMANCE.faults_of_result(method, result) == []


async def test_updates(scene: Scene) -> None:
    """Every kind of update a learner can cause is what the description says."""
    anna = scene.anna
    own = anna.send_text("hello", reply_to=scene.text_id)
    anna.edit_text(own, "hello again")
    anna.send_document(b"x", "x.txt")
    poll = next(message.poll for message in anna.messages if message.poll)
    anna.vote(poll.id, [1])
    anna.set_blocked(blocked=True)
    updates = await scene.raw("getUpdates")
    kinds = {key for update in updates for key in update if key != "update_id"}
    assert kinds == {"message", "edited_message", "callback_query", "poll", "poll_answer", "my_chat_member"}
    assert [fault for update in updates for fault in CONFORMANCE.faults(update, "Update", "update")] == []


def test_checker_finds_faults() -> None:
    """The check itself can fail: on a missing, an unknown and a wrong field."""
    user = {"id": "1", "is_bot": False, "colour": "red"}
    assert CONFORMANCE.faults(user, "User", "user") == [
        "user.first_name: missing",
        "user.id: '1' is no Integer",
        "user.colour: unknown field",
    ]


async def test_error_shape(raw: RawBot) -> None:
    """An error carries ok, error_code and description, and the status says the same."""
    with pytest.raises(Refused) as refusal:
        await raw("sendMessage", chat_id=999, text="x")
    assert refusal.value.status == 400
    assert refusal.value.body == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: chat not found",
    }
