"""Everything Telegram's own servers would hold: learners, bots, chats, and who watches them."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lplate_bot.playground import PLAYGROUND_NAME, PLAYGROUND_TOKEN, PLAYGROUND_USERNAME
from lplate_bot.playground.bots import Bot, BotAccount, CallbackQueries
from lplate_bot.playground.chats import Chat, Post, private_info
from lplate_bot.playground.errors import bad_request, forbidden
from lplate_bot.playground.events import Deleted, Edited, Event, Received, Sent, Watcher
from lplate_bot.playground.objects import ChatInfo, Message, User
from lplate_bot.playground.updates import UpdateQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lplate_bot.playground.files import FileStore

FIRST_LEARNER_ID: Final = 1001
SUPERGROUP_OFFSET: Final = -1_000_000_000_000
LOCAL_LEARNERS: Final = (
    User(1001, is_bot=False, first_name="Anna", last_name="Weber", username="anna", language_code="de"),
    User(1002, is_bot=False, first_name="Ben", last_name="Carter", username="ben", language_code="en"),
    User(1003, is_bot=False, first_name="Chiara", last_name="Rossi", username="chiara", language_code="it"),
    User(1004, is_bot=False, first_name="Deniz", last_name="Kaya", username="deniz", language_code="tr"),
)
"""The test learners that are there out of the box."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much the messenger keeps."""

    updates_per_bot: int = 100_000
    messages_per_chat: int = 2_000
    query_lifetime_s: float = 30.0


class Messenger:
    """Hold the state and tell the watchers what changes.

    Not thread-safe: everything happens on one event loop.
    """

    def __init__(self, files: FileStore, bounds: Bounds, clock: Callable[[], float] = time.time) -> None:
        self.files = files
        self.bounds = bounds
        self.learners: dict[int, User] = {}
        self.bots: dict[str, Bot] = {}
        self.is_dirty = False
        self._clock = clock
        self._watchers: defaultdict[tuple[int, int], set[Watcher]] = defaultdict(set)

    def now(self) -> int:
        """Return the Unix time in whole seconds."""
        return int(self._clock())

    # ------------------------------------------------------------------ who is there

    def add_bot(self, token: str) -> Bot:
        """Return the bot with this token, making it if there is none."""
        if token not in self.bots:
            self.bots[token] = self.adopt(BotAccount(token, _bot_user(token)))
        return self.bots[token]

    def adopt(self, account: BotAccount) -> Bot:
        """Return a bot in use for an account."""
        bounds = self.bounds
        queue = UpdateQueue(bounds.updates_per_bot)
        bot = Bot(account, queue, CallbackQueries(bounds.query_lifetime_s))
        queue.taken = partial(self._on_taken, bot)
        return bot

    def bot_by_id(self, bot_id: int | None = None) -> Bot:
        """Return a bot by its user id, by default the first one.

        Raises:
            KeyError: there is no such bot.
        """
        for bot in self.bots.values():
            if bot_id is None or bot.id == bot_id:
                return bot
        raise KeyError(bot_id)

    def add_learner(self, user: User) -> User:
        """Remember a learner's account."""
        self.learners[user.id] = user
        self.is_dirty = True
        return user

    def next_learner_id(self) -> int:
        """Return an id no learner has."""
        return max(self.learners, default=FIRST_LEARNER_ID - 1) + 1

    def add_group(self, bot: Bot, title: str, member_ids: Iterable[int], kind: str = "supergroup") -> Chat:
        """Make a group with the bot in it; its id is negative."""
        number = 1 + sum(not chat.is_private for chat in bot.account.chats.values())
        chat_id = SUPERGROUP_OFFSET - number if kind == "supergroup" else -number
        chat = Chat(ChatInfo(chat_id, kind, title=title), _instance(), list(member_ids), is_started=True)
        bot.account.chats[chat_id] = chat
        self.is_dirty = True
        return chat

    def private_chat(self, bot: Bot, learner_id: int) -> Chat:
        """Return the chat of a learner with the bot, whether or not it was started."""
        chat = bot.account.chats.get(learner_id)
        if chat is None:
            chat = Chat(private_info(self.learners[learner_id]), _instance(), [learner_id])
            bot.account.chats[learner_id] = chat
        return chat

    def find_chat(self, bot: Bot, chat_id: int | str) -> Chat:
        """Return a chat the bot knows: a learner's only after the learner wrote first.

        Raises:
            ApiError: 400, there is none.
        """
        chat = bot.account.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None or not chat.is_started:
            raise bad_request("chat not found")
        return chat

    def writable_chat(self, bot: Bot, chat_id: int | str) -> Chat:
        """Return a chat the bot may write to.

        Raises:
            ApiError: 400, there is none; 403, the learner blocked the bot.
        """
        if chat_id == bot.id:
            raise forbidden("bot can't send messages to the bot")
        chat = self.find_chat(bot, chat_id)
        if chat.is_blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    # ------------------------------------------------------------------ messages

    def publish(self, bot: Bot, chat: Chat, post: Post) -> Message:
        """Put a message into its chat and tell its members."""
        chat.posts[post.message.message_id] = post
        if len(chat.posts) > self.bounds.messages_per_chat:
            del chat.posts[next(iter(chat.posts))]
        self.tell(bot, chat.member_ids, Sent(chat.info.id, post))
        return post.message

    def changed(self, bot: Bot, chat: Chat, post: Post) -> Message:
        """Tell the members of the chat that a message was edited."""
        self.tell(bot, chat.member_ids, Edited(chat.info.id, post))
        return post.message

    def remove(self, bot: Bot, chat: Chat, message_ids: Iterable[int]) -> None:
        """Delete messages for everybody."""
        gone = tuple(message_id for message_id in message_ids if chat.posts.pop(message_id, None))
        chat.pinned_ids = [pinned for pinned in chat.pinned_ids if pinned not in gone]
        self.tell(bot, chat.member_ids, Deleted(chat.info.id, gone))

    # ------------------------------------------------------------------ updates

    def update(self, bot: Bot, kind: str, sender_id: int | str, content: object) -> None:
        """Queue an update for the bot, behind others of this kind and sender."""
        self.is_dirty = True
        bot.queue.put(kind, f"{kind}:{sender_id}", content)

    def _on_taken(self, bot: Bot, lane: str) -> None:
        self.is_dirty = True
        kind, _, chat_id = lane.partition(":")
        if kind == "message" and self._watchers:
            chat = bot.account.chats[int(chat_id)]
            self.tell(bot, chat.member_ids, Received(chat.info.id))

    # ------------------------------------------------------------------ watchers

    def watch(self, bot: Bot, learner_id: int, watcher: Watcher) -> None:
        """Call *watcher* with everything this learner's client would be told."""
        self._watchers[bot.id, learner_id].add(watcher)

    def unwatch(self, bot: Bot, learner_id: int, watcher: Watcher) -> None:
        """Stop calling *watcher*."""
        watchers = self._watchers[bot.id, learner_id]
        watchers.discard(watcher)
        if not watchers:
            del self._watchers[bot.id, learner_id]

    def tell(self, bot: Bot, learner_ids: Iterable[int], event: Event) -> None:
        """Tell the watchers of these learners, and note that the state changed."""
        self.is_dirty = True
        for learner_id in learner_ids:
            for watcher in tuple(self._watchers.get((bot.id, learner_id), ())):
                watcher(event)


def _bot_user(token: str) -> User:
    bot_id = int(token.partition(":")[0])
    if token == PLAYGROUND_TOKEN:
        return User(bot_id, is_bot=True, first_name=PLAYGROUND_NAME, username=PLAYGROUND_USERNAME)
    return User(bot_id, is_bot=True, first_name=f"Bot {bot_id}", username=f"local_{bot_id}_bot")


def _instance() -> str:
    return str(secrets.randbits(63))
