"""Logs: an event with fields on each line, for people at a terminal or for programs; floods held back."""

from lplate_bot.logs.correlation import UPDATE_ID
from lplate_bot.logs.handler import log_handler

__all__ = ["UPDATE_ID", "log_handler"]
