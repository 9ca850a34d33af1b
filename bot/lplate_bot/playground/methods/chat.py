"""getChat, getChatMember, reactions and pins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from lplate_bot.playground.chats import Post
from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.events import Edited, Reacted
from lplate_bot.playground.objects import ChatMember, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler

REACTIONS: Final = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 "
    "🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ "
    "🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
"""The emoji a bot may react with. Source: ReactionTypeEmoji of the Bot API."""
VARIATION: Final = "\ufe0f"
MAX_REACTIONS: Final = 11


def get_chat(call: Call) -> dict[str, Any]:
    """Return what is known of a chat."""
    chat = call.readable_chat()
    info: dict[str, Any] = structs.asdict(chat.info)
    described = {name: value for name, value in info.items() if value is not None}
    described.update(
        accent_color_id=chat.info.id % 7,
        max_reaction_count=MAX_REACTIONS,
        accepted_gift_types=dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    )
    if chat.info.username:
        described["active_usernames"] = [chat.info.username]
    if chat.pinned_ids:
        described["pinned_message"] = chat.posts[chat.pinned_ids[-1]].message
    return described


def get_chat_member(call: Call) -> ChatMember:
    """Return the status of a learner or of the bot in a chat; who made a group is its first member."""
    chat = call.readable_chat()
    user_id = call.params["user_id"]
    user = call.bot.account.user if user_id == call.bot.id else call.messenger.learners.get(user_id)
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if not chat.is_private and chat.member_ids[:1] == [user_id]:
        return ChatMember("creator", user, is_anonymous=False)
    return ChatMember("member" if user_id in (*chat.member_ids, call.bot.id) else "left", user)


def set_message_reaction(call: Call) -> bool:
    """Set the bot's one reaction to a message, or take it back."""
    reactions = call.get("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = _emoji(reactions[0]) if reactions else None
    chat = call.writable_chat()
    post = chat.posts.get(call.params["message_id"])
    if post is None:
        raise bad_request("message to react not found")
    post.reaction = emoji
    event = Reacted(chat.info.id, post.message.message_id, emoji)
    call.messenger.tell(call.bot, chat.member_ids, event)
    return True


def pin_chat_message(call: Call) -> bool:
    """Pin a message; a service message says so."""
    chat = call.writable_chat()
    post = chat.posts.get(call.params["message_id"])
    if post is None:
        raise bad_request("message to pin not found")
    message_id = post.message.message_id
    chat.pinned_ids = [*(pinned for pinned in chat.pinned_ids if pinned != message_id), message_id]
    notice = Message(
        call.bot.new_message_id(),
        call.messenger.now(),
        chat.info,
        from_=call.bot.account.user,
        pinned_message=structs.replace(post.message, reply_to_message=None),
    )
    call.messenger.publish(call.bot, chat, Post(notice))
    return True


def unpin_chat_message(call: Call) -> bool:
    """Unpin a message, by default the latest pinned one."""
    chat = call.writable_chat()
    message_id = call.params.get("message_id", chat.pinned_ids[-1] if chat.pinned_ids else None)
    if message_id not in chat.pinned_ids:
        raise bad_request("message to unpin not found")
    chat.pinned_ids.remove(message_id)
    call.messenger.tell(call.bot, chat.member_ids, Edited(chat.info.id, chat.posts[message_id]))
    return True


def unpin_all_chat_messages(call: Call) -> bool:
    """Unpin all messages."""
    chat = call.writable_chat()
    chat.pinned_ids.clear()
    call.messenger.is_dirty = True
    return True


def _emoji(reaction: Mapping[str, Any]) -> str:
    emoji: str = reaction.get("emoji", "").replace(VARIATION, "")
    if not emoji or emoji not in REACTIONS.split():
        raise bad_request("REACTION_INVALID")
    return emoji


HANDLERS: Final[Mapping[str, Handler]] = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "setMessageReaction": set_message_reaction,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
}
