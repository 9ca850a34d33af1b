"""A learner's hand on the phone: what a person can do, for the chat page, tests and the load test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import structs

from lplate_bot.playground.bots import Answer, Bot
from lplate_bot.playground.call import MAX_TEXT
from lplate_bot.playground.chats import Chat, Post
from lplate_bot.playground.events import Answered, Edited, Event, Sent
from lplate_bot.playground.files import Upload
from lplate_bot.playground.formatting import format_text
from lplate_bot.playground.formatting.utf16 import utf16_length
from lplate_bot.playground.keyboards import callback_data
from lplate_bot.playground.methods.polls import as_update, counted
from lplate_bot.playground.methods.sending import shortened
from lplate_bot.playground.objects import (
    CallbackQuery,
    ChatMember,
    ChatMemberUpdated,
    Message,
    PollAnswer,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplate_bot.playground.messenger import Messenger

WAIT_S: Final = 5.0

Found = TypeVar("Found")


class ActionRefusedError(Exception):
    """A learner tried what no client would let them: the words say what."""


class Learner:
    """One learner talking to one bot, in private or, by *chat_id*, in a group."""

    def __init__(self, messenger: Messenger, bot: Bot, user: User) -> None:
        self._messenger = messenger
        self._bot = bot
        self.user = user

    @property
    def id(self) -> int:
        """Return the learner's user id, which is also the id of the private chat."""
        return self.user.id

    @property
    def chat(self) -> Chat:
        """Return the private chat with the bot."""
        return self._messenger.private_chat(self._bot, self.user.id)

    @property
    def messages(self) -> list[Message]:
        """Return the messages of the private chat, the oldest first."""
        return [post.message for post in self.chat.posts.values()]

    @property
    def replies(self) -> list[Message]:
        """Return the bot's messages of the private chat, the oldest first."""
        return [message for message in self.messages if message.from_ and message.from_.is_bot]

    # ------------------------------------------------------------------ doing

    def send_text(self, text: str, reply_to: int | None = None, chat_id: int | None = None) -> Message:
        """Write a message and return it.

        Raises:
            ActionRefusedError: nothing to send, or too much; the bot is blocked; not a member of the chat.
        """
        formatted = format_text(text)
        if not formatted.text:
            raise ActionRefusedError("an empty message cannot be sent")
        if utf16_length(formatted.text) > MAX_TEXT:
            raise ActionRefusedError(f"a message has at most {MAX_TEXT} characters")
        return self._send(chat_id, reply_to, text=formatted.text, entities=formatted.entity_list())

    def send_photo(self, content: bytes, caption: str = "", chat_id: int | None = None) -> Message:
        """Send a picture and return the message."""
        sizes = self._messenger.files.add_photo(self._bot.id, Upload("photo.jpg", "image/jpeg", content))
        formatted = format_text(caption)
        caption_entities = formatted.entity_list()
        return self._send(
            chat_id, None, photo=sizes, caption=formatted.text or None, caption_entities=caption_entities
        )

    def send_document(self, content: bytes, filename: str, chat_id: int | None = None) -> Message:
        """Send a file and return the message."""
        document = self._messenger.files.add_document(self._bot.id, Upload(filename, "", content))
        return self._send(chat_id, None, document=document)

    def edit_text(self, message: Message | int, text: str, chat_id: int | None = None) -> Message:
        """Change a text message of one's own and return it.

        Raises:
            ActionRefusedError: it is not there or not a text of this learner.
        """
        chat = self._chat(chat_id)
        message_id = message if isinstance(message, int) else message.message_id
        post = chat.posts.get(message_id)
        if post is None or post.message.text is None or post.message.from_ != self.user:
            raise ActionRefusedError(f"message {message_id} is no text of this learner")
        formatted = format_text(text)
        now, entities = self._messenger.now(), formatted.entity_list()
        post.message = structs.replace(post.message, text=formatted.text, entities=entities, edit_date=now)
        self._messenger.changed(self._bot, chat, post)
        self._messenger.update(self._bot, "edited_message", chat.info.id, post.message)
        return post.message

    def start(self, parameter: str = "") -> Message:
        """Press Start, or follow a deep link; it also unblocks the bot."""
        self.set_blocked(False)
        return self.send_text(f"/start {parameter}".strip())

    def press(self, message: Message | int, data: str, chat_id: int | None = None) -> str:
        """Press a callback button and return the query's id.

        Raises:
            ActionRefusedError: the message or the button is not there (any more).
        """
        chat = self._chat(chat_id)
        message_id = message if isinstance(message, int) else message.message_id
        post = chat.posts.get(message_id)
        if post is None or data not in callback_data(post.message.reply_markup):
            raise ActionRefusedError(f"message {message_id} has no button with this data")
        query = self._bot.queries.ask(self.id)
        content = CallbackQuery(query.query_id, self.user, post.message, chat.instance, data)
        self._messenger.update(self._bot, "callback_query", self.id, content)
        return query.query_id

    def vote(self, poll_id: str, option_ids: Sequence[int], chat_id: int | None = None) -> None:
        """Vote in a poll; no options take the vote back.

        Raises:
            ActionRefusedError: the poll is not there, closed, or does not allow this.
        """
        chat = self._chat(chat_id)
        post = next((p for p in chat.posts.values() if p.message.poll and p.message.poll.id == poll_id), None)
        if post is None or post.message.poll is None:
            raise ActionRefusedError(f"no poll {poll_id} in this chat")
        poll = post.message.poll
        if poll.is_closed or (self.id in post.votes and not poll.allows_revoting):
            raise ActionRefusedError("this poll takes no further vote")
        if len(option_ids) > 1 and not poll.allows_multiple_answers:
            raise ActionRefusedError("this poll takes one option")
        if not set(option_ids) <= set(range(len(poll.options))):
            raise ActionRefusedError("this poll has no such option")
        post.votes[self.id] = list(option_ids)
        counts = counted(poll, post.votes)
        post.message = structs.replace(post.message, poll=counts)
        self._messenger.changed(self._bot, chat, post)
        self._messenger.update(self._bot, "poll", poll_id, as_update(counts))
        if not poll.is_anonymous:
            persistent = [poll.options[index].persistent_id for index in option_ids]
            answer = PollAnswer(poll_id, self.user, list(option_ids), persistent)
            self._messenger.update(self._bot, "poll_answer", self.id, answer)

    def set_blocked(self, blocked: bool) -> None:  # noqa: FBT001 -- the state itself is the argument
        """Block or unblock the bot; it is told."""
        chat = self.chat
        if chat.is_blocked == blocked:
            return
        chat.is_blocked = blocked
        bot = self._bot.account.user
        member, kicked = ChatMember("member", bot), ChatMember("kicked", bot, until_date=0)
        old, new = (member, kicked) if blocked else (kicked, member)
        change = ChatMemberUpdated(chat.info, self.user, self._messenger.now(), old, new)
        self._messenger.update(self._bot, "my_chat_member", chat.info.id, change)

    def clear(self) -> None:
        """Forget the history; the bot is not told."""
        chat = self.chat
        self._messenger.remove(self._bot, chat, tuple(chat.posts))

    # ------------------------------------------------------------------ waiting

    async def wait_for(self, fits: Callable[[Message], bool], timeout_s: float = WAIT_S) -> Message:
        """Return the newest message that *fits*, waiting until one is sent or edited so.

        Raises:
            TimeoutError: none came in time.
        """
        for message in reversed(self.messages):
            if fits(message):
                return message

        def message_of(event: Event) -> Message | None:
            if not isinstance(event, Sent | Edited) or event.chat_id != self.id:
                return None
            return event.post.message if fits(event.post.message) else None

        return await self._next(message_of, timeout_s)

    async def answer_to(self, query_id: str, timeout_s: float = WAIT_S) -> Answer:
        """Return what the bot answered to a press.

        Raises:
            TimeoutError: no answer came in time.
        """
        query = self._bot.queries.find(query_id)
        if query is not None and query.answer is not None:
            return query.answer

        def answer_of(event: Event) -> Answer | None:
            if isinstance(event, Answered) and event.query_id == query_id:
                return Answer(event.text, event.show_alert, event.url)
            return None

        return await self._next(answer_of, timeout_s)

    async def _next(self, pick: Callable[[Event], Found | None], timeout_s: float) -> Found:
        """Return what *pick* makes of the first event it wants."""
        found: asyncio.Future[Found] = asyncio.get_running_loop().create_future()

        def watcher(event: Event) -> None:
            picked = pick(event)
            if picked is not None and not found.done():
                found.set_result(picked)

        self._messenger.watch(self._bot, self.id, watcher)
        try:
            async with asyncio.timeout(timeout_s):
                return await found
        finally:
            self._messenger.unwatch(self._bot, self.id, watcher)

    # ------------------------------------------------------------------ inside

    def _chat(self, chat_id: int | None) -> Chat:
        if chat_id is None or chat_id == self.id:
            return self.chat
        chat = self._bot.account.chats.get(chat_id)
        if chat is None or self.id not in chat.member_ids:
            raise ActionRefusedError(f"learner {self.id} is not in chat {chat_id}")
        return chat

    def _send(self, chat_id: int | None, reply_to: int | None, **content: Any) -> Message:
        chat = self._chat(chat_id)
        if chat.is_private and chat.is_blocked:
            raise ActionRefusedError("the bot is blocked: unblock it first")
        chat.is_started = True
        message = Message(
            self._bot.new_message_id(), self._messenger.now(), chat.info, from_=self.user, **content
        )
        answered = chat.posts.get(reply_to) if reply_to is not None else None
        if answered is not None:
            message.reply_to_message = shortened(answered.message)
        self._messenger.publish(self._bot, chat, Post(message))
        if chat.is_private or self._concerns_bot(message):
            self._messenger.update(self._bot, "message", chat.info.id, message)
        return message

    def _concerns_bot(self, message: Message) -> bool:
        """Return True if a bot in privacy mode gets this message of a group."""
        text = message.text or message.caption or ""
        username = f"@{self._bot.account.user.username}"
        command = text.split(maxsplit=1)[0] if text.startswith("/") else ""
        if command:
            return "@" not in command or command.endswith(username)
        answered = message.reply_to_message
        return username in text or bool(answered and answered.from_ and answered.from_.id == self._bot.id)
