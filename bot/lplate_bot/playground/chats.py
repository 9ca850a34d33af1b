"""Chats as one bot sees them, with their messages."""

from msgspec import Struct, field

from lplate_bot.playground.objects import ChatInfo, Json, Message, User


class Post(Struct, omit_defaults=True):
    """A message, and what clients show of it though the API does not return it."""

    message: Message
    reply_interface: Json | None = None
    """A reply keyboard, its removal or a forced reply: such a message cannot be edited."""
    reaction: str | None = None
    votes: dict[int, list[int]] = field(default_factory=dict)
    """The options each learner chose, if the message is a poll."""


class Chat(Struct, omit_defaults=True):
    """One chat of one bot.

    The bot may write to it only when *is_open*: a learner has started the bot and has not blocked it since.
    """

    info: ChatInfo
    instance: str
    member_ids: list[int]
    posts: dict[int, Post] = field(default_factory=dict)
    pinned_ids: list[int] = field(default_factory=list)
    is_started: bool = False
    is_blocked: bool = False

    @property
    def is_private(self) -> bool:
        """Return True for the chat of one learner with the bot."""
        return self.info.type == "private"


def private_info(user: User) -> ChatInfo:
    """Return the chat with *user* as it appears in messages."""
    return ChatInfo(
        user.id, "private", username=user.username, first_name=user.first_name, last_name=user.last_name
    )
