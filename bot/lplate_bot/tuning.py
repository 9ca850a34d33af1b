"""What the settings mean to the parts of the bot."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lplate.tiers import load_tiers
from lplate_bot.egress import PoolLimits, SendRates
from lplate_bot.ingress import WebhookLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.config import Settings
    from lplate.domain.tiers import Tier


def send_rates(settings: Settings) -> SendRates:
    """Return how fast new messages may go out."""
    return SendRates(
        per_second=settings.send_per_second,
        per_chat_per_second=settings.send_per_chat,
        chat_burst=settings.send_chat_burst,
        per_group_per_minute=settings.send_per_group,
    )


def press_rates(settings: Settings) -> tuple[float, float]:
    """Return rate a second and burst of the guard against hammering."""
    return settings.press_per_second, settings.press_burst


def tiers_reader(settings: Settings) -> Callable[[], tuple[Tier, ...]]:
    """Return what reads the tiers."""
    return partial(load_tiers, settings.rate_per_minute, settings.rate_burst, settings.tiers)


def pool_limits(settings: Settings) -> PoolLimits:
    """Return how many connections to the Bot API there may be, and how long opening one may take."""
    return PoolLimits(connections=settings.api_connections, connect_timeout_s=settings.api_connect_timeout_s)


def webhook_limits(settings: Settings) -> WebhookLimits:
    """Return what clients of the webhook may take."""
    return WebhookLimits(held_s=settings.webhook_hold_s, connections=settings.webhook_clients)
