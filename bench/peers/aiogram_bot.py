"""A quiz bot as one writes it with aiogram 3 for speed: webhook, first reply in its response, uvloop."""

from __future__ import annotations

import asyncio
import logging
import os
import random

import uvloop
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.filters import CommandStart
from aiogram.methods import AnswerCallbackQuery  # noqa: TC002 - aiogram reads the annotations of handlers
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bench.peers.quiz import LETTERS, Question, database, questions, record

QUESTIONS = questions()
IDS = list(QUESTIONS)
ANSWERS = database()
router = Router()


def keyboard(question: Question) -> InlineKeyboardMarkup:
    """Return a button for each option."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [
                InlineKeyboardButton(text=LETTERS[place], callback_data=f"{question.id}:{place}")
                for place in range(len(question.options))
            ]
        ]
    )


async def send_question(bot: Bot, chat_id: int) -> None:
    """Send any question."""
    question = QUESTIONS[random.choice(IDS)]
    await bot.send_message(chat_id, question.asked(), reply_markup=keyboard(question))


@router.message(CommandStart())
async def start(message: Message, bot: Bot) -> None:
    """Greet with a question."""
    await send_question(bot, message.chat.id)


@router.callback_query(F.data)
async def answer(query: CallbackQuery, bot: Bot) -> AnswerCallbackQuery:
    """Take an answer: store it, show the verdict, go on; the callback is answered by the response."""
    assert query.data is not None
    assert isinstance(query.message, Message)
    question_id, _, place = query.data.partition(":")
    question, chosen = QUESTIONS[question_id], int(place)
    record(ANSWERS, query.from_user.id, question, chosen)
    await query.message.edit_text(question.feedback(chosen))
    await send_question(bot, query.from_user.id)
    return query.answer("Right!" if chosen == question.right else "Not right.")


async def main() -> None:
    """Serve until stopped."""
    logging.basicConfig(level=logging.WARNING)
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["API"]))
    bot = Bot(os.environ["TOKEN"], session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    application = web.Application()
    SimpleRequestHandler(dispatcher, bot, secret_token=os.environ["SECRET"]).register(
        application, path="/updates"
    )
    setup_application(application, dispatcher, bot=bot)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    await bot.set_webhook(os.environ["WEBHOOK"], secret_token=os.environ["SECRET"], max_connections=100)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
