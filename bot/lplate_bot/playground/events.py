"""What a learner's client is told: the other half of each Bot API call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lplate_bot.playground.chats import Post


@dataclass(frozen=True, slots=True)
class Sent:
    """A message appeared in the chat."""

    chat_id: int
    post: Post


@dataclass(frozen=True, slots=True)
class Edited:
    """A message has new content, a new keyboard or a new reaction."""

    chat_id: int
    post: Post


@dataclass(frozen=True, slots=True)
class Deleted:
    """Messages are gone from the chat."""

    chat_id: int
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The bot answered a callback query."""

    query_id: str
    text: str | None
    show_alert: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class ActionShown:
    """The bot shows that it is typing, uploading and so on."""

    chat_id: int
    action: str


@dataclass(frozen=True, slots=True)
class Reacted:
    """The bot set its reaction to a message, or took it back."""

    chat_id: int
    message_id: int
    emoji: str | None


@dataclass(frozen=True, slots=True)
class Received:
    """The bot took the messages that waited for it."""

    chat_id: int


Event = Received | Sent | Edited | Deleted | Answered | ActionShown | Reacted
Watcher = Callable[[Event], None]
