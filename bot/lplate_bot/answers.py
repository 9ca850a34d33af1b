"""Answer presses and say things that nobody is owed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lplate_bot.calls import answer_body, answer_call, silent_body
from lplate_bot.ingress import Ack
from lplate_bot.render.message import Message
from lplate_bot.render.pages import notice_text
from lplate_bot.render.texts import texts, texts_for, ui_language

if TYPE_CHECKING:
    from lplate_bot.calls import Caller
    from lplate_bot.desk import Desk
    from lplate_bot.egress import Outbox, Outcome
    from lplate_bot.incoming import Incoming
    from lplate_bot.render.texts import Texts

NOTHING: Final = Ack()
LONGEST_ANSWER: Final = 200
"""Characters of the answer to a press. Source: Bot API, answerCallbackQuery."""


class Answers:
    """Answer callback queries, with *is_inline* by way of the webhook's response."""

    def __init__(self, outbox: Outbox, caller: Caller, desk: Desk, *, is_inline: bool) -> None:
        self._outbox = outbox
        self._caller = caller
        self._desk = desk
        self._is_inline = is_inline

    def answer_silently(self, query_id: str) -> Ack:
        """Answer a callback query without a word, in the acknowledgement where that can be."""
        if query_id and self._is_inline:
            return Ack(silent_body(query_id))
        return self.answer(query_id)

    def answer(self, query_id: str, text: str = "", *, is_alert: bool = False) -> Ack:
        """Answer a callback query, in the acknowledgement where that can be; no query, no answer."""
        if not query_id:
            return NOTHING
        if self._is_inline:
            return Ack(answer_body(query_id, text, is_alert=is_alert, is_inline=True))
        self._outbox.send(answer_call(query_id, text, is_alert=is_alert))
        return NOTHING

    def answer_free(self, query_id: str) -> Ack:
        """Answer only if it costs no call, so that a flood is not amplified."""
        return self.answer_silently(query_id) if self._is_inline else NOTHING

    def say(self, incoming: Incoming, notice: str, *, is_alert: bool = False) -> Ack:
        """Say one thing: as a toast to a press, else as a message."""
        if incoming.query_id:
            return self.answer(incoming.query_id, self._text(incoming, notice), is_alert=is_alert)
        self._send(incoming, notice)
        return NOTHING

    def tell(self, incoming: Incoming, text: str) -> Ack:
        """Say what an operator wants to be said: as an alert to a press, else as a message."""
        if incoming.query_id:
            return self.answer(incoming.query_id, text[:LONGEST_ANSWER], is_alert=True)
        self._send_text(incoming, escape(text))
        return NOTHING

    def say_unacknowledged(self, incoming: Incoming, notice: str) -> None:
        """Say one thing although the update itself is not acknowledged."""
        if incoming.query_id:
            self._outbox.send(answer_call(incoming.query_id, self._text(incoming, notice), is_alert=False))
        else:
            self._send(incoming, notice)

    def _send(self, incoming: Incoming, notice: str) -> None:
        self._send_text(incoming, self._text(incoming, notice))

    def _send_text(self, incoming: Incoming, html: str) -> None:
        if incoming.is_private and not self._outbox.is_crowded(incoming.lane):
            message = Message.of(html)
            for call in self._caller.send(incoming.lane, message, _ignore):
                self._outbox.send(call)

    def _text(self, incoming: Incoming, notice: str) -> str:
        return notice_text(notice, self._words(incoming))

    def _words(self, incoming: Incoming) -> Texts:
        """Return the bot's words for the sender as far as they are known without asking the store."""
        learner = self._desk.remembered(incoming.lane)
        if learner is not None:
            return texts_for(learner)
        tag = incoming.press.client_language if incoming.press is not None else ""
        return texts(ui_language([tag]))


def _ignore(_: Outcome) -> None:
    """Take no notice: nothing is owed."""
