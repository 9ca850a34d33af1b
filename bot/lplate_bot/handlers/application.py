"""Which handler gets which update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from lplate_bot.handlers.help import Help
from lplate_bot.handlers.menus import Menus
from lplate_bot.handlers.strangers import Strangers

if TYPE_CHECKING:
    from lplate.trainer.library import Library
    from lplate_bot.desk import Desk

TelegramApplication = Application[Any, Any, Any, Any, Any, Any]


def register(application: TelegramApplication, desk: Desk, library: Library) -> None:
    """Add all handlers to *application*; the first that fits an update takes it.

    Handlers only show: what a press changes is applied and stored before they run.
    """
    menus = Menus(desk, library)
    strangers = Strangers(desk)
    private = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE  # not what is edited afterwards
    groups = filters.ChatType.GROUPS & filters.UpdateType.MESSAGE
    application.add_handlers(
        [
            CommandHandler("topics", menus.send_topics, private),
            CommandHandler("settings", menus.send_settings, private),
            CommandHandler("help", Help(desk).send_help, private),
            CallbackQueryHandler(menus.redraw_topics, r"^o:"),
            CallbackQueryHandler(menus.redraw_settings, r"^[mf]:"),
            CallbackQueryHandler(strangers.answer_unknown_button),
            MessageHandler(private & filters.COMMAND, strangers.answer_unknown_command),
            MessageHandler(private & ~filters.StatusUpdate.ALL, strangers.answer_no_text),
            CommandHandler(["start", "help"], strangers.invite_to_private, groups),
        ]
    )
