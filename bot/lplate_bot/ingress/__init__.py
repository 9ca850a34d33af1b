"""Receive from Telegram: by webhook or by polling, acknowledged only after the commit."""

from lplate_bot.ingress.ack import Ack, Busy, OnWord, Submit, Word
from lplate_bot.ingress.connection import WebhookLimits
from lplate_bot.ingress.polling import ALLOWED_UPDATES, Poller
from lplate_bot.ingress.webhook import WebhookServer

__all__ = [
    "ALLOWED_UPDATES",
    "Ack",
    "Busy",
    "OnWord",
    "Poller",
    "Submit",
    "WebhookLimits",
    "WebhookServer",
    "Word",
]
