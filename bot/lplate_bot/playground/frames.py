"""The JSON frames between the server and the chat page; `chat_socket.py` carries them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from lplate_bot.playground.events import (
    ActionShown,
    Answered,
    Deleted,
    Edited,
    Event,
    Reacted,
    Received,
    Sent,
)
from lplate_bot.playground.methods.profile import commands_for, text_for

if TYPE_CHECKING:
    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.chats import Post
    from lplate_bot.playground.objects import User

Frame = dict[str, Any]


def message_frame(post: Post, learner_id: int) -> Frame:
    """Return a message as a learner's page shows it: the API's object and what only clients know."""
    message = post.message
    shown: Frame = msgspec.to_builtins(message)
    sender = message.from_
    if sender is not None and not sender.is_bot:
        shown["out"] = True
    if message.photo:
        largest = message.photo[-1]
        shown.update(
            photo_url=f"/playground/file/{largest.file_unique_id}",
            photo_width=largest.width,
            photo_height=largest.height,
        )
    if post.reply_interface is not None:
        shown["reply_markup"] = post.reply_interface
    if post.reaction is not None:
        shown["reaction"] = post.reaction
    if learner_id in post.votes:
        shown["poll"]["chosen_option_ids"] = post.votes[learner_id]
    return shown


def event_frame(event: Event, learner_id: int) -> Frame | None:
    """Return what the page is told of an event, or None if it happened in another chat."""
    frame: Frame
    match event:
        case Answered():
            return {"type": "answer", **asdict(event)}
        case Sent(post=post):
            frame = {"type": "message", "message": message_frame(post, learner_id)}
        case Edited(post=post):
            frame = {"type": "edited", "message": message_frame(post, learner_id)}
        case Deleted(message_ids=message_ids):
            frame = {"type": "deleted", "message_ids": message_ids}
        case ActionShown(action=action):
            frame = {"type": "action", "action": action}
        case Reacted(message_id=message_id, emoji=emoji):
            frame = {"type": "reaction", "message_id": message_id, "emoji": emoji}
        case Received():
            frame = {"type": "update_status", "delivered": True}
    return frame if event.chat_id == learner_id else None


def learner_json(user: User) -> Frame:
    """Return a learner as the page lists them."""
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "language_code": user.language_code,
        "username": user.username,
    }


def bot_json(bot: Bot, learner_id: int, language_code: str | None) -> Frame:
    """Return the bot's profile in a learner's language."""
    profile = bot.account.profile
    return {
        "id": bot.id,
        "username": bot.account.user.username,
        "first_name": text_for(profile.names, language_code, bot.account.user.first_name),
        "description": text_for(profile.descriptions, language_code),
        "short_description": text_for(profile.short_descriptions, language_code),
        "commands": msgspec.to_builtins(commands_for(bot, learner_id, language_code)),
        "online": bot.is_online(),
    }
