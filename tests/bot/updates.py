"""Updates as the Bot API brings them, in bytes."""

from __future__ import annotations

import json
from typing import Any

BOT = {"id": 999, "is_bot": True, "first_name": "L-plate", "username": "lplate_bot"}


def user(user_id: int, language: str = "en") -> dict[str, Any]:
    """Return a person."""
    return {"id": user_id, "is_bot": False, "first_name": f"P{user_id}", "language_code": language}


def private(user_id: int) -> dict[str, Any]:
    """Return the private chat with a person."""
    return {"id": user_id, "type": "private", "first_name": f"P{user_id}"}


GROUP_ID = -100200
GROUP = {"id": GROUP_ID, "type": "supergroup", "title": "Learners"}


def as_bytes(update_id: int, **content: Any) -> bytes:
    """Return an update of any kind."""
    return json.dumps({"update_id": update_id, **content}).encode()


def text(
    update_id: int, words: str, who: int, chat: dict[str, Any] | None = None, language: str = "en"
) -> bytes:
    """Return a message with text; commands carry their entity, as clients send it."""
    message = _message(update_id, who, chat, language) | {"text": words}
    if words.startswith("/"):
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(words.partition(" ")[0])}]
    return as_bytes(update_id, message=message)


def photo(update_id: int, who: int, chat: dict[str, Any] | None = None) -> bytes:
    """Return a message with a picture."""
    sizes = [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 99}]
    return as_bytes(update_id, message=_message(update_id, who, chat) | {"photo": sizes})


def press(update_id: int, data: str, who: int, message: dict[str, Any] | None, language: str = "en") -> bytes:
    """Return a press on a button of *message* (None: an inline message)."""
    query: dict[str, Any] = {
        "id": f"q{update_id}",
        "from": user(who, language),
        "chat_instance": "1",
        "data": data,
    }
    query |= {"inline_message_id": "i1"} if message is None else {"message": message}
    return as_bytes(update_id, callback_query=query)


def vote(update_id: int, poll_id: str, options: list[int], who: int) -> bytes:
    """Return a vote in a poll that tells who voted."""
    answer = {"poll_id": poll_id, "user": user(who), "option_ids": options, "option_persistent_ids": []}
    return as_bytes(update_id, poll_answer=answer)


def membership(update_id: int, who: int, status: str) -> bytes:
    """Return that a person blocked the bot (kicked), or came back (member)."""
    old = {"status": "member" if status == "kicked" else "kicked", "user": BOT, "until_date": 0}
    new = {"status": status, "user": BOT, "until_date": 0}
    change = {
        "chat": private(who),
        "from": user(who),
        "date": 1,
        "old_chat_member": old,
        "new_chat_member": new,
    }
    return as_bytes(update_id, my_chat_member=change)


def _message(
    update_id: int, who: int, chat: dict[str, Any] | None = None, language: str = "en"
) -> dict[str, Any]:
    return {
        "message_id": 500_000 + update_id,
        "from": user(who, language),
        "chat": chat or private(who),
        "date": 1,
    }
