"""A quiz bot as one writes it with python-telegram-bot 22: handlers, polling, sqlite3."""

from __future__ import annotations

import logging
import os
import random
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bench.peers.quiz import LETTERS, Question, database, questions, record

QUESTIONS = questions()
IDS = list(QUESTIONS)
ANSWERS = database()


def keyboard(question: Question) -> InlineKeyboardMarkup:
    """Return a button for each option."""
    return InlineKeyboardMarkup.from_row(
        [
            InlineKeyboardButton(LETTERS[place], callback_data=f"{question.id}:{place}")
            for place in range(len(question.options))
        ]
    )


async def send_question(chat_id: int, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Send any question."""
    question = QUESTIONS[random.choice(IDS)]
    await context.bot.send_message(
        chat_id, question.asked(), parse_mode=ParseMode.HTML, reply_markup=keyboard(question)
    )


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Greet with a question."""
    assert update.effective_chat is not None
    await send_question(update.effective_chat.id, context)


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Take an answer: store it, show the verdict, go on."""
    query = update.callback_query
    assert query is not None
    assert query.data is not None
    question_id, _, place = query.data.partition(":")
    question, chosen = QUESTIONS[question_id], int(place)
    record(ANSWERS, query.from_user.id, question, chosen)
    await query.answer("Right!" if chosen == question.right else "Not right.")
    await query.edit_message_text(question.feedback(chosen), parse_mode=ParseMode.HTML)
    await send_question(query.from_user.id, context)


def main() -> None:
    """Poll until stopped."""
    logging.basicConfig(level=logging.WARNING)
    application: Application[Any, Any, Any, Any, Any, Any] = (
        Application.builder().token(os.environ["TOKEN"]).base_url(f"{os.environ['API']}/bot").build()
    )
    application.add_handler(CommandHandler("start", start))
    application.add_handler(CallbackQueryHandler(answer))
    application.run_polling()


if __name__ == "__main__":
    main()
