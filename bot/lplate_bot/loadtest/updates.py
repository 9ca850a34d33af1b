"""Updates as Telegram writes them, made of ready pieces."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from lplate_bot.loadtest.learner import Card, Learner


def press(update_id: int, query: int, learner: Learner, card: Card, data: str) -> bytes:
    """Return the update of a pressed button; the whole message comes along, as it does from Telegram."""
    return (
        b'{"update_id":%d,"callback_query":{"id":"%d","from":%b,"message":%b,"chat_instance":"%d","data":"%b"}}'
        % (update_id, query, learner.sender, card.json, learner.id, data.encode())
    )


def message(update_id: int, learner: Learner, text: str) -> bytes:
    """Return the update of a text message; a command is marked as one."""
    entities = b""
    if text.startswith("/"):
        length = len(text.partition(" ")[0])
        entities = b',"entities":[{"type":"bot_command","offset":0,"length":%d}]' % length
    return b'{"update_id":%d,"message":{"message_id":%d,"from":%b,"chat":%b,"date":%d,"text":%b%b}}' % (
        update_id,
        learner.next_message(),
        learner.sender,
        learner.chat,
        time.time(),
        msgspec.json.encode(text),
        entities,
    )


def blocked(update_id: int, learner: Learner) -> bytes:
    """Return the update of a learner who blocks the bot."""
    member = b'"user":{"id":1,"is_bot":true,"first_name":"Load"}'
    return (
        b'{"update_id":%d,"my_chat_member":{"chat":%b,"from":%b,"date":%d,"old_chat_member":{"status":"member",'
        b'%b},"new_chat_member":{"status":"kicked","until_date":0,%b}}}'
        % (update_id, learner.chat, learner.sender, time.time(), member, member)
    )
