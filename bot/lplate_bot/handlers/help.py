"""The help text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lplate_bot.handlers.words import words_of

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import CallbackContext

    from lplate_bot.desk import Desk
    from lplate_bot.render.texts import Texts


def commands(words: Texts) -> list[tuple[str, str]]:
    """Return the commands with what they do, in the order of the menu."""
    return [
        ("start", words.gettext("begin or go on")),
        ("topics", words.gettext("choose topics")),
        ("stats", words.gettext("your progress")),
        ("skip", words.gettext("another question")),
        ("resend", words.gettext("show the question again")),
        ("language", words.gettext("language of the questions")),
        ("settings", words.gettext("one card or many messages, fast mode")),
        ("help", words.gettext("what I can do")),
    ]


class Help:
    """Explain the bot."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send_help(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Say in three sentences how to learn here, and list the commands."""
        message = update.effective_message
        if message is None:
            return
        words = await words_of(update, self._desk)
        lines = [f"/{name} – {meaning}" for name, meaning in commands(words)]
        intro = words.gettext(
            "I ask, you tap an answer. Wrong ones come back when they are about to fade; right ones rest "
            "longer and longer. When a question wants a number, just type it."
        )
        await message.reply_html("\n\n".join([intro, "\n".join(lines)]))
