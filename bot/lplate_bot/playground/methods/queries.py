"""answerCallbackQuery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lplate_bot.playground.bots import Answer
from lplate_bot.playground.errors import QUERY_EXPIRED, bad_request
from lplate_bot.playground.events import Answered
from lplate_bot.playground.formatting.utf16 import utf16_length

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler

MAX_ANSWER: Final = 200


def answer_callback_query(call: Call) -> bool:
    """End the wait of a learner who pressed a button; only the first answer is shown."""
    query = call.bot.queries.find(call.params["callback_query_id"])
    if query is None:
        raise bad_request(QUERY_EXPIRED)
    text = call.get("text")
    if text and utf16_length(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    url = call.get("url")
    if url and not url.startswith(f"https://t.me/{call.bot.account.user.username}?start="):
        raise bad_request("URL_INVALID")
    if query.answer is None:
        query.answer = Answer(text, bool(call.get("show_alert")), url)
        event = Answered(query.query_id, text, query.answer.show_alert, url)
        call.messenger.tell(call.bot, [query.learner_id], event)
    return True


HANDLERS: Final[Mapping[str, Handler]] = {"answerCallbackQuery": answer_callback_query}
