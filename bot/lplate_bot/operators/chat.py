"""``/admin`` in chat: for the ids in LPLATE_ADMINS, checked at every command, message and button."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from telegram import InlineKeyboardMarkup, MessageOriginUser
from telegram.error import BadRequest
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from lplate.domain.session import Address
from lplate.errors import LplateError
from lplate_bot.handlers.words import answer, language_of, words_of
from lplate_bot.operators import panels
from lplate_bot.operators.presses import Presses
from lplate_bot.operators.refusal import RefusedError
from lplate_bot.render.texts import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Message as TelegramMessage
    from telegram import Update
    from telegram.ext import CallbackContext

    from lplate_bot.desk import Desk
    from lplate_bot.handlers.application import TelegramApplication
    from lplate_bot.handlers.strangers import Strangers
    from lplate_bot.operators.office import Office
    from lplate_bot.operators.reception import Reception
    from lplate_bot.render.message import Message
    from lplate_bot.render.texts import Texts

    Context = CallbackContext[Any, Any, Any, Any]

_COMMAND: Final = re.compile(r"/admin(?:@\w+)?\s*(?P<verb>\S*)\s*(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_HEADING: Final = re.compile(r"^\[([a-z]{2})\][ \t]*$", re.MULTILINE)
_LONGEST_ALERT: Final = 200


class OperatorChat:
    """Answer operators; whoever else tries gets what any unknown command or old button gets.

    *show_menu* adds /admin to the menu of one chat.
    """

    def __init__(
        self,
        office: Office,
        reception: Reception,
        desk: Desk,
        strangers: Strangers,
        show_menu: Callable[[int], None],
    ) -> None:
        self._office = office
        self._reception = reception
        self._desk = desk
        self._strangers = strangers
        self._presses = Presses(office)
        self._show_menu = show_menu
        self._with_menu: set[int] = set()

    def register(self, application: TelegramApplication) -> None:
        """Add the handlers; they come before all others."""
        private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE
        application.add_handlers(
            [
                CommandHandler("admin", self.on_command, private),
                CallbackQueryHandler(self.on_button, rf"^{panels.CODE}:"),
                MessageHandler(private & (filters.CONTACT | filters.FORWARDED), self.on_person),
            ]
        )

    async def on_command(self, update: Update, context: Context) -> None:
        """Show the overview, a learner, or a broadcast to be sent."""
        message = update.message
        if message is None or not self._is_operator(update):
            await self._strangers.answer_unknown_command(update, context)
            return
        language = await language_of(update, self._desk)
        found = _COMMAND.match(message.text_html or "")
        verb, rest = (found["verb"], found["rest"]) if found else ("", "")
        try:
            shown = await self._obey(verb, rest, message, language)
        except LplateError as error:
            await message.reply_text(str(error))
        else:
            await message.reply_html(shown.html, reply_markup=_keyboard(shown))
        self._add_to_menu(message.chat.id)

    async def _obey(self, verb: str, rest: str, message: TelegramMessage, language: str) -> Message:
        words = texts(language)
        if verb.isdecimal():
            return await self._sheet(int(verb), words)
        if verb == "say":
            return await self._preview(rest, message, language)
        if verb == "maintenance":
            await self._office.set_maintenance(is_on=True, notice=_plain(message, verb))
        return panels.home_panel(await self._office.overview(), words)

    def _add_to_menu(self, chat_id: int) -> None:
        """Have /admin shown to who could not be at the start, not having used the bot yet."""
        if chat_id not in self._with_menu:
            self._with_menu.add(chat_id)
            self._show_menu(chat_id)

    async def _preview(self, html: str, message: TelegramMessage, language: str) -> Message:
        """Show each text as learners will see it, then ask whom it is for."""
        draft = await self._office.broadcasts.draft(parts(html, language))
        for _, text in draft.texts:
            await message.reply_html(text)
        return panels.draft_panel(draft, self._office.tiers.names, texts(language))

    async def on_person(self, update: Update, context: Context) -> None:
        """Show the learner whose contact or message an operator passed on."""
        message = update.message
        if message is None or not self._is_operator(update):
            await self._strangers.answer_no_text(update, context)
            return
        words = await words_of(update, self._desk)
        person = _person(message)
        if person is None:
            hidden = words.gettext("Telegram does not tell who that is. Ask them for their id.")
            await message.reply_text(hidden)
            return
        try:
            shown = await self._sheet(person, words)
        except RefusedError as error:
            await message.reply_text(str(error))
        else:
            await message.reply_html(shown.html, reply_markup=_keyboard(shown))

    async def on_button(self, update: Update, context: Context) -> None:
        """Do what a button says and show what came of it in the same message."""
        query = update.callback_query
        if query is None or not self._is_operator(update):
            await self._strangers.answer_unknown_button(update, context)
            return
        words = await words_of(update, self._desk)
        code, *parts = (query.data or "").split(":")[1:]
        place = query.message
        address = Address(place.chat.id, place.message_id) if place is not None else None
        try:
            shown = await self._presses.press(code, parts, address, context.bot.username, words)
        except LplateError as error:
            await answer(query, str(error)[:_LONGEST_ALERT])
            return
        if shown is None:
            await self._strangers.answer_unknown_button(update, context)
            return
        await answer(query)
        with suppress(BadRequest):  # not modified: a repeat
            await query.edit_message_text(shown.html, parse_mode="HTML", reply_markup=_keyboard(shown))

    async def _sheet(self, learner_id: int, words: Texts) -> Message:
        if learner_id >= 2**63:
            raise RefusedError(f"{learner_id} is no id of Telegram's")
        return panels.learner_panel(await self._office.learner(learner_id), self._office.tiers.names, words)

    def _is_operator(self, update: Update) -> bool:
        user = update.effective_user
        return user is not None and self._reception.is_operator(user.id)


def parts(html: str, language: str) -> list[tuple[str, str]]:
    """Return pairs of language and text of what was written; *language* is that of a part without one."""
    first, *others = _HEADING.split(html)
    found = [(language, first)] if first.strip() else []
    found += zip(others[::2], others[1::2], strict=True)
    return [(tag, text.strip()) for tag, text in found]


def _plain(message: TelegramMessage, verb: str) -> str:
    return (message.text or "").partition(verb)[2].strip()


def _person(message: TelegramMessage) -> int | None:
    if message.contact is not None:
        return message.contact.user_id
    origin = message.forward_origin
    return origin.sender_user.id if isinstance(origin, MessageOriginUser) else None


def _keyboard(message: Message) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup.de_json({"inline_keyboard": message.rows}) if message.rows else None
