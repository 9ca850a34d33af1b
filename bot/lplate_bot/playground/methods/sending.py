"""sendMessage, sendPhoto, sendDocument and sendChatAction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from lplate_bot.playground.chats import Chat, Post
from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.events import ActionShown
from lplate_bot.playground.files import Upload, document
from lplate_bot.playground.keyboards import Markup, checked_markup
from lplate_bot.playground.objects import Document, Message, PhotoSize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler

ACTIONS: Final = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip


def send_message(call: Call) -> Message:
    """Send a text."""
    formatted = call.text()
    return published(
        call,
        text=formatted.text,
        entities=formatted.entity_list(),
        link_preview_options=call.get("link_preview_options") or None,
    )


def send_photo(call: Call) -> Message:
    """Send a picture, uploaded or known by its file_id."""
    formatted = call.caption()
    chat = call.writable_chat()
    return published(
        call,
        chat,
        photo=photo(call, call.params["photo"]),
        caption=formatted.text or None,
        caption_entities=formatted.entity_list(),
        show_caption_above_media=bool(call.get("show_caption_above_media")),
        has_media_spoiler=bool(call.get("has_spoiler")),
    )


def send_document(call: Call) -> Message:
    """Send a file, uploaded or known by its file_id."""
    formatted = call.caption()
    chat = call.writable_chat()
    return published(
        call,
        chat,
        document=attached_document(call, call.params["document"]),
        caption=formatted.text or None,
        caption_entities=formatted.entity_list(),
    )


def send_chat_action(call: Call) -> bool:
    """Show that the bot is typing or the like."""
    action = call.params["action"]
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.writable_chat()
    call.messenger.tell(call.bot, chat.member_ids, ActionShown(chat.info.id, action))
    return True


def photo(call: Call, value: str | Upload) -> list[PhotoSize]:
    """Return the sizes of a picture that a parameter uploads or names."""
    files = call.messenger.files
    source = call.file(value)
    if isinstance(source, Upload):
        return files.add_photo(call.bot.id, source)
    return files.photo_sizes(files.named(call.bot.id, source, "Photo"))


def attached_document(call: Call, value: str | Upload) -> Document:
    """Return the file that a parameter uploads or names."""
    files = call.messenger.files
    source = call.file(value)
    if isinstance(source, Upload):
        return files.add_document(call.bot.id, source)
    return document(files.named(call.bot.id, source, "Document"))


def published(call: Call, chat: Chat | None = None, **content: Any) -> Message:
    """Put a message of the bot with this content into the chat of the call."""
    markup = checked_markup(call.get("reply_markup"))
    chat = chat or call.writable_chat()
    message = Message(
        message_id=0,
        date=call.messenger.now(),
        chat=chat.info,
        from_=call.bot.account.user,
        has_protected_content=bool(call.get("protect_content")),
        effect_id=call.get("message_effect_id"),
        reply_markup=markup.inline,
        **content,
    )
    _set_reply(call, chat, message)
    message.message_id = call.bot.new_message_id()
    return call.messenger.publish(call.bot, chat, post_of(message, markup))


def post_of(message: Message, markup: Markup) -> Post:
    """Return the message with the part of its markup that only clients see."""
    return Post(message, reply_interface=markup.interface)


def _set_reply(call: Call, chat: Chat, message: Message) -> None:
    reply = call.get("reply_parameters")
    if not reply:
        return
    target = chat.posts.get(reply["message_id"])
    if target is None or reply.get("chat_id", chat.info.id) != chat.info.id:
        if reply.get("allow_sending_without_reply"):
            return
        raise bad_request("message to be replied not found")
    message.reply_to_message = shortened(target.message)
    if reply.get("quote"):
        message.quote = _quote(call, reply, target.message)


def shortened(message: Message) -> Message:
    """Return a copy as it appears inside of a reply: without the message it replies to itself."""
    return msgspec.structs.replace(message, reply_to_message=None, quote=None)


def _quote(call: Call, reply: Mapping[str, Any], target: Message) -> dict[str, Any]:
    quote = call.formatted(reply["quote"], reply.get("quote_parse_mode"), reply.get("quote_entities"))
    if not quote.text or quote.text not in (target.text or target.caption or ""):
        raise bad_request("QUOTE_TEXT_INVALID")
    shown: dict[str, Any] = {
        "text": quote.text,
        "position": reply.get("quote_position", 0),
        "is_manual": True,
    }
    if quote.entities:
        shown["entities"] = list(quote.entities)
    return shown


HANDLERS: Final[Mapping[str, Handler]] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendChatAction": send_chat_action,
}
