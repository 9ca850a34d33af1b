"""sendPoll and stopPoll."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.formatting.utf16 import utf16_length
from lplate_bot.playground.keyboards import checked_markup
from lplate_bot.playground.methods.editing import editable
from lplate_bot.playground.methods.sending import attached_document, photo, published
from lplate_bot.playground.objects import Json, Message, Poll, PollOption

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.call import Call, Handler
    from lplate_bot.playground.chats import Chat, Post
    from lplate_bot.playground.messenger import Messenger

MAX_QUESTION, MAX_OPTION, MAX_EXPLANATION, MAX_DESCRIPTION = 300, 100, 200, 1024
MAX_OPTIONS: Final = 12
MAX_EXPLANATION_BREAKS: Final = 2
OPEN_PERIOD_S: Final = range(5, 2_628_001)


def send_poll(call: Call) -> Message:
    """Send a poll or a quiz."""
    poll = _poll(call)
    chat = call.writable_chat()
    message = published(call, chat, poll=poll)
    _close_later(call.messenger, call.bot, chat, message)
    return message


def stop_poll(call: Call) -> Poll:
    """Close a poll of the bot and return its result."""
    chat, post = editable(call)
    poll = post.message.poll
    if poll is None:
        raise bad_request("message with poll to stop not found")
    if poll.is_closed:
        raise bad_request("poll has already been closed")
    markup = checked_markup(call.get("reply_markup")).inline
    post.message = structs.replace(post.message, reply_markup=markup)
    return close_poll(call.messenger, call.bot, chat, post, poll)


def close_poll(messenger: Messenger, bot: Bot, chat: Chat, post: Post, poll: Poll) -> Poll:
    """Close a poll, show it so, and tell the bot."""
    closed = structs.replace(poll, is_closed=True)
    post.message = structs.replace(post.message, poll=closed)
    messenger.changed(bot, chat, post)
    messenger.update(bot, "poll", poll.id, as_update(closed))
    return closed


def counted(poll: Poll, votes: Mapping[int, Sequence[int]]) -> Poll:
    """Return the poll with its votes, given each voter's options."""
    options = [
        structs.replace(option, voter_count=sum(index in chosen for chosen in votes.values()))
        for index, option in enumerate(poll.options)
    ]
    return structs.replace(poll, options=options, total_voter_count=sum(map(bool, votes.values())))


def as_update(poll: Poll) -> Poll:
    """Return the poll as an update shows it: description and media are for messages only."""
    return structs.replace(poll, description=None, description_entities=None, media=None)


def resume_polls(messenger: Messenger, bot: Bot) -> None:
    """Set the timers of a bot's open polls again after a restart."""
    for chat in bot.account.chats.values():
        for post in chat.posts.values():
            _close_later(messenger, bot, chat, post.message)


def _close_later(messenger: Messenger, bot: Bot, chat: Chat, message: Message) -> None:
    poll = message.poll
    if poll is not None and poll.close_date is not None and not poll.is_closed:
        delay_s = max(0, poll.close_date - messenger.now())
        close = partial(_close_in_time, messenger, bot, chat, message.message_id)
        asyncio.get_running_loop().call_later(delay_s, close)


def _close_in_time(messenger: Messenger, bot: Bot, chat: Chat, message_id: int) -> None:
    post = chat.posts.get(message_id)
    if post and post.message.poll and not post.message.poll.is_closed:
        close_poll(messenger, bot, chat, post, post.message.poll)


def _poll(call: Call) -> Poll:
    kind = call.params.get("type", "regular")
    if kind not in {"regular", "quiz"}:
        raise bad_request("unsupported poll type specified")
    question = _bounded(call, "question", MAX_QUESTION, "poll question")
    explanation = _bounded(call, "explanation", MAX_EXPLANATION, "message")
    description = _bounded(call, "description", MAX_DESCRIPTION, "poll description")
    options = _options(call)
    if not question["question"]:
        raise bad_request("poll question must be non-empty")
    if (explanation["explanation"] or "").count("\n") > MAX_EXPLANATION_BREAKS:
        raise bad_request("explanation has too many line feeds")
    return Poll(
        id=str(secrets.randbits(62)),
        options=options,
        total_voter_count=0,
        is_closed=bool(call.get("is_closed")),
        is_anonymous=call.params.get("is_anonymous", True),
        type=kind,
        allows_multiple_answers=bool(call.get("allows_multiple_answers")),
        allows_revoting=call.params.get("allows_revoting", kind == "regular"),
        members_only=bool(call.get("members_only")),
        correct_option_ids=_correct(call, len(options)) if kind == "quiz" else None,
        open_period=call.get("open_period"),
        close_date=_close_date(call),
        media=_media(call, "media"),
        explanation_media=_media(call, "explanation_media"),
        **question,
        **explanation,
        **description,
    )


def _bounded(call: Call, name: str, limit: int, what: str) -> dict[str, Any]:
    """Return a text parameter and its entities as the Poll's fields."""
    text = call.formatted(
        call.params.get(name, ""), call.get(f"{name}_parse_mode"), call.get(f"{name}_entities")
    )
    if utf16_length(text.text) > limit:
        raise bad_request(f"{what} length must not exceed {limit}")
    return {name: text.text or None, f"{name}_entities": text.entity_list()}


def _options(call: Call) -> list[PollOption]:
    options = []
    for option in call.params["options"]:
        text = call.formatted(option["text"], option.get("text_parse_mode"), option.get("text_entities"))
        if not text.text:
            raise bad_request("poll options must be non-empty")
        if utf16_length(text.text) > MAX_OPTION:
            raise bad_request(f"poll options length must not exceed {MAX_OPTION}")
        options.append(PollOption(secrets.token_urlsafe(6), text.text, 0, text.entity_list()))
    if not options:
        raise bad_request("poll must have at least 1 option")
    if len(options) > MAX_OPTIONS:
        raise bad_request(f"poll can't have more than {MAX_OPTIONS} options")
    return options


def _correct(call: Call, option_count: int) -> list[int]:
    correct: list[int] = call.params.get("correct_option_ids", [])
    if not correct or sorted(set(correct)) != correct or not 0 <= correct[0] <= correct[-1] < option_count:
        raise bad_request("wrong correct option ID specified")
    if len(correct) > 1 and not call.get("allows_multiple_answers"):
        raise bad_request("wrong correct option ID specified")
    return correct


def _close_date(call: Call) -> int | None:
    period, date = call.get("open_period"), call.get("close_date")
    now = call.messenger.now()
    if period is None and date is None:
        return None
    if (period is not None and date is not None) or (period or date - now) not in OPEN_PERIOD_S:
        raise bad_request("can't specify such open_period or close_date")
    return int(date) if period is None else now + int(period)


def _media(call: Call, name: str) -> Json | None:
    media = call.get(name)
    if media is None:
        return None
    if media["type"] == "photo":
        return {"photo": photo(call, media["media"])}
    return {"document": attached_document(call, media["media"])}


HANDLERS: Final[Mapping[str, Handler]] = {"sendPoll": send_poll, "stopPoll": stop_poll}
