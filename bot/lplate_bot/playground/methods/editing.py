"""The edit* and delete* methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from lplate_bot.playground.errors import NOT_MODIFIED, bad_request
from lplate_bot.playground.keyboards import checked_markup
from lplate_bot.playground.methods.sending import attached_document, photo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler
    from lplate_bot.playground.chats import Chat, Post
    from lplate_bot.playground.objects import Message

MAX_DELETED: Final = 100
DELETABLE_S: Final = 48 * 3600
CONTENT: Final = (
    "text", "entities", "link_preview_options", "photo", "document", "caption", "caption_entities",
    "show_caption_above_media", "has_media_spoiler", "reply_markup",
)  # fmt: skip
NO_MEDIA: Final[Mapping[str, Any]] = {
    "text": None, "entities": None, "link_preview_options": None, "photo": None, "document": None,
}  # fmt: skip


def edit_message_text(call: Call) -> Message:
    """Replace the text of a text message; media cannot become text."""
    if call.get("rich_message"):
        raise bad_request("rich messages are not supported by the playground")
    if "text" not in call.params:
        raise bad_request("message text is empty")
    formatted = call.text()
    chat, post = editable(call)
    if post.message.text is None:
        raise bad_request("there is no text in the message to edit")
    return _edited(
        call,
        chat,
        post,
        text=formatted.text,
        entities=formatted.entity_list(),
        link_preview_options=call.get("link_preview_options") or None,
    )


def edit_message_caption(call: Call) -> Message:
    """Replace or remove the caption of a media message."""
    formatted = call.caption()
    chat, post = editable(call)
    if post.message.photo is None and post.message.document is None:
        raise bad_request("there is no caption in the message to edit")
    return _edited(
        call,
        chat,
        post,
        caption=formatted.text or None,
        caption_entities=formatted.entity_list(),
        show_caption_above_media=bool(call.get("show_caption_above_media")),
    )


def edit_message_media(call: Call) -> Message:
    """Replace the picture or file and the caption; a text message becomes media."""
    media = call.params["media"]
    formatted = call.caption(media)
    chat, post = editable(call)
    if post.message.poll is not None:
        raise bad_request("message can't be edited")
    content: dict[str, Any] = {
        **NO_MEDIA,
        "caption": formatted.text or None,
        "caption_entities": formatted.entity_list(),
        "show_caption_above_media": bool(media.get("show_caption_above_media")),
        "has_media_spoiler": bool(media.get("has_spoiler")),
    }
    if media["type"] == "photo":
        content["photo"] = photo(call, media["media"])
    else:
        content["document"] = attached_document(call, media["media"])
    return _edited(call, chat, post, **content)


def edit_message_reply_markup(call: Call) -> Message:
    """Replace or remove the inline keyboard."""
    chat, post = editable(call)
    return _edited(call, chat, post)


def delete_message(call: Call) -> bool:
    """Delete one message."""
    chat = call.readable_chat()
    post = chat.posts.get(call.params["message_id"])
    if post is None:
        raise bad_request("message to delete not found")
    if not _is_deletable(call, chat, post):
        raise bad_request("message can't be deleted")
    call.messenger.remove(call.bot, chat, [post.message.message_id])
    return True


def delete_messages(call: Call) -> bool:
    """Delete several messages; those that are not there are skipped."""
    message_ids = call.params["message_ids"]
    if len(message_ids) > MAX_DELETED:
        raise bad_request("too many message identifiers specified")
    chat = call.readable_chat()
    posts = [chat.posts[message_id] for message_id in message_ids if message_id in chat.posts]
    call.messenger.remove(
        call.bot, chat, [post.message.message_id for post in posts if _is_deletable(call, chat, post)]
    )
    return True


def editable(call: Call) -> tuple[Chat, Post]:
    """Return the message a call wants to edit, and its chat.

    Raises:
        ApiError: 400, it is not there or not the bot's, or was sent with a reply keyboard.
    """
    if call.get("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    if "chat_id" not in call.params:
        raise bad_request("chat_id is empty")
    if "message_id" not in call.params:
        raise bad_request("message identifier is not specified")
    chat = call.readable_chat()
    post = chat.posts.get(call.params["message_id"])
    if post is None:
        raise bad_request("message to edit not found")
    sender = post.message.from_
    is_own = sender is not None and sender.id == call.bot.id
    if not is_own or post.reply_interface or post.message.pinned_message or post.message.forward_origin:
        raise bad_request("message can't be edited")
    return chat, post


def _edited(call: Call, chat: Chat, post: Post, **content: Any) -> Message:
    """Change a message; without reply_markup in the call its keyboard goes."""
    content["reply_markup"] = checked_markup(call.get("reply_markup")).inline
    old = post.message
    new = structs.replace(old, **content)
    if all(getattr(old, name) == getattr(new, name) for name in CONTENT):
        raise bad_request(NOT_MODIFIED)
    # A new object: what was returned or queued before must not change with it.
    post.message = structs.replace(new, edit_date=call.messenger.now())
    return call.messenger.changed(call.bot, chat, post)


def _is_deletable(call: Call, chat: Chat, post: Post) -> bool:
    sender = post.message.from_
    is_own = sender is not None and sender.id == call.bot.id
    return (is_own or chat.is_private) and call.messenger.now() - post.message.date < DELETABLE_S


HANDLERS: Final[Mapping[str, Handler]] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
