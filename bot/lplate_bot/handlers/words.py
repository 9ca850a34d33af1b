"""The bot's words for whoever sent an update."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from telegram.error import BadRequest

from lplate_bot.render.texts import language_for, texts, ui_language

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from lplate_bot.desk import Desk
    from lplate_bot.render.texts import Texts


async def words_of(update: Update, desk: Desk) -> Texts:
    """Return the words in the language the sender chose, before that in the one of their Telegram app."""
    return texts(await language_of(update, desk))


async def language_of(update: Update, desk: Desk) -> str:
    """Return the language of words_of()."""
    user = update.effective_user
    learner = await desk.glance(user.id) if user else None
    if learner is not None and learner.language:
        return language_for(learner)
    return ui_language([(user.language_code or "") if user else ""])


async def answer(query: CallbackQuery, text: str | None = None) -> None:
    """Answer a callback query; one that is too old by now has no need of it."""
    with suppress(BadRequest):
        await query.answer(text)
