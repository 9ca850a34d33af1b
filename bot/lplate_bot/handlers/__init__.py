"""Handlers of python-telegram-bot for all that is not hot."""

from lplate_bot.handlers.application import TelegramApplication, register

__all__ = ["TelegramApplication", "register"]
