"""forwardMessage and copyMessage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.methods.sending import published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler
    from lplate_bot.playground.objects import Message

COPIED: Final = (
    "text", "entities", "link_preview_options", "photo", "document", "caption", "caption_entities",
    "show_caption_above_media", "has_media_spoiler",
)  # fmt: skip


def forward_message(call: Call) -> Message:
    """Send a message again, with its origin."""
    source = _source(call, "message to forward not found", "message can't be forwarded")
    origin = source.forward_origin
    if origin is None and source.from_ is not None:
        origin = {"type": "user", "sender_user": source.from_, "date": source.date}
    return published(call, forward_origin=origin, **{name: getattr(source, name) for name in COPIED})


def copy_message(call: Call) -> dict[str, int]:
    """Send a message again as the bot's own, with a new caption if one is given."""
    source = _source(call, "message to copy not found", "message can't be copied")
    content: dict[str, Any] = {name: getattr(source, name) for name in COPIED}
    if source.text is None and ("caption" in call.params or call.get("caption_entities")):
        caption = call.caption()
        content["caption"], content["caption_entities"] = caption.text or None, caption.entity_list()
        content["show_caption_above_media"] = bool(call.get("show_caption_above_media"))
    return {"message_id": published(call, **content).message_id}


def _source(call: Call, missing: str, refused: str) -> Message:
    post = call.readable_chat("from_chat_id").posts.get(call.params["message_id"])
    if post is None:
        raise bad_request(missing)
    message = post.message
    if message.has_protected_content or message.poll is not None or message.pinned_message is not None:
        raise bad_request(refused)
    return message


HANDLERS: Final[Mapping[str, Handler]] = {"forwardMessage": forward_message, "copyMessage": copy_message}
