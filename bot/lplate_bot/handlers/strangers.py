"""Updates that are no practice: groups, unknown commands and kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from lplate_bot.handlers.words import answer, words_of
from lplate_bot.render.pages import notice_text

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import CallbackContext

    from lplate_bot.desk import Desk


class Strangers:
    """Answer what does not belong to practice."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def invite_to_private(self, update: Update, context: CallbackContext[Any, Any, Any, Any]) -> None:
        """Offer a group the way to private practice: cards there belong to one person."""
        message = update.effective_message
        if message is None:
            return
        words = await words_of(update, self._desk)
        url = create_deep_linked_url(context.bot.username, "group")
        button = InlineKeyboardButton(words.gettext("Practise with me"), url=url)
        text = words.gettext(
            "Practice happens in a private chat, so that everybody gets their own questions."
        )
        await message.reply_text(text, reply_markup=InlineKeyboardMarkup([[button]]))

    async def answer_unknown_command(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Say that the command is unknown."""
        if update.message is not None:
            await update.message.reply_text(
                notice_text("unknown-command", await words_of(update, self._desk))
            )

    async def answer_no_text(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Say that pictures, voice and the like are not understood."""
        if update.message is not None:
            await update.message.reply_text(notice_text("not-text", await words_of(update, self._desk)))

    async def answer_unknown_button(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Answer a button that means nothing (any more), so that the client stops waiting."""
        if update.callback_query is not None:
            await answer(update.callback_query, notice_text("stale", await words_of(update, self._desk)))
