"""Menus: topics and settings."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest

from lplate.domain.session import CardMode
from lplate.trainer.settings import ALL_TOPICS
from lplate_bot.handlers.words import answer, words_of
from lplate_bot.render import buttons
from lplate_bot.render.texts import texts_for

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update
    from telegram.ext import CallbackContext

    from lplate.domain.learner import Learner
    from lplate.domain.question import BankInfo
    from lplate.trainer.library import Library
    from lplate_bot.desk import Desk
    from lplate_bot.render.texts import Texts

_TICK: Final = {True: "☑", False: "☐"}
_LONGEST_LABEL: Final = 60


class Menus:
    """Show menus, and draw them anew after a press; each button names the state it wants."""

    def __init__(self, desk: Desk, library: Library) -> None:
        self._desk = desk
        self._library = library

    async def send_topics(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Send the list of topics with a tick at each chosen one."""
        learner, info = await self._learner(update)
        message = update.effective_message
        if message is None:
            return
        if learner is None or info is None:
            await message.reply_text(await self._start_first(update))
            return
        words = texts_for(learner)
        text = words.gettext("Which topics do you want to practise? Tap to tick; nothing ticked means all.")
        await message.reply_text(text, reply_markup=topic_keyboard(learner, info, words))

    async def send_settings(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Send the settings with their present values."""
        learner, _info = await self._learner(update)
        message = update.effective_message
        if message is None:
            return
        if learner is None:
            await message.reply_text(await self._start_first(update))
            return
        words = texts_for(learner)
        await message.reply_text(words.gettext("Settings"), reply_markup=settings_keyboard(learner, words))

    async def redraw_topics(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Show in the list of topics what the press has made of it."""
        learner, info = await self._learner(update)
        if update.callback_query is None:
            return
        await answer(update.callback_query)
        if learner is not None and info is not None:
            await _redraw(update.callback_query, topic_keyboard(learner, info, texts_for(learner)))

    async def redraw_settings(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        """Show in the settings what the press has made of them."""
        learner, _info = await self._learner(update)
        if update.callback_query is None:
            return
        await answer(update.callback_query)
        if learner is not None:
            await _redraw(update.callback_query, settings_keyboard(learner, texts_for(learner)))

    async def _learner(self, update: Update) -> tuple[Learner | None, BankInfo | None]:
        user = update.effective_user
        learner = await self._desk.glance(user.id) if user else None
        bank = self._library.get(learner.bank_id) if learner else None
        return learner, bank.info if bank else None

    async def _start_first(self, update: Update) -> str:
        words = await words_of(update, self._desk)
        return words.gettext("Please choose a language first: /start")


def topic_keyboard(learner: Learner, info: BankInfo, words: Texts) -> InlineKeyboardMarkup:
    """Return one row a topic, then all of them, then the way back to practice."""
    language = learner.languages[0] if learner.languages else info.languages[0]
    rows = []
    for index, topic in enumerate(info.topics):
        is_chosen = topic.id in learner.topics
        label = f"{_TICK[is_chosen]} {topic.name.get(language, topic.id)} ({topic.count})"
        wish = buttons.data(buttons.TOPIC, index, int(not is_chosen))
        rows.append([InlineKeyboardButton(label[:_LONGEST_LABEL], callback_data=wish)])
    all_topics = words.gettext("All topics")
    all_label = f"{_TICK[not learner.topics]} {all_topics} ({info.size})"
    rows.append([InlineKeyboardButton(all_label, callback_data=buttons.data(buttons.TOPIC, ALL_TOPICS, 1))])
    practise = "▶ " + words.gettext("Practise")
    rows.append(
        [InlineKeyboardButton(practise, callback_data=buttons.PRACTISE, api_kwargs={"style": "primary"})]
    )
    return InlineKeyboardMarkup(rows)


def settings_keyboard(learner: Learner, words: Texts) -> InlineKeyboardMarkup:
    """Return a button for each setting and value."""
    modes = {
        CardMode.EDIT: words.gettext("One card, questions follow in place"),
        CardMode.SEPARATE: words.gettext("Every question its own message"),
        CardMode.POLL: words.gettext("Quiz polls: one tap, and the next question follows"),
    }
    rows = [
        [_setting(buttons.data(buttons.MODE, mode), label, is_on=learner.mode is mode)]
        for mode, label in modes.items()
    ]
    fast = words.gettext("Fast mode: after a right answer the next question at once")
    rows.append([_setting(buttons.data(buttons.FAST, int(not learner.is_fast)), fast, is_on=learner.is_fast)])
    return InlineKeyboardMarkup(rows)


def _setting(data: str, label: str, *, is_on: bool) -> InlineKeyboardButton:
    return InlineKeyboardButton(f"{_TICK[is_on]} {label}", callback_data=data)


async def _redraw(query: CallbackQuery, keyboard: InlineKeyboardMarkup) -> None:
    with suppress(BadRequest):  # not modified: a repeat
        await query.edit_message_reply_markup(keyboard)
