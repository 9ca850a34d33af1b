"""getUpdates and the webhook methods."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from lplate_bot.playground.bots import WebhookSettings
from lplate_bot.playground.errors import bad_request, conflict
from lplate_bot.playground.objects import WebhookInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.call import Call, Handler

MAX_BATCH: Final = 100
MAX_TIMEOUT_S: Final = 50
DEFAULT_CONNECTIONS: Final = 40
SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
POLL_WITH_WEBHOOK: Final = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
PUBLIC_PORTS: Final = frozenset({None, 80, 88, 443, 8443})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


async def get_updates(call: Call) -> msgspec.Raw:
    """Return waiting updates, or wait for one.

    limit is brought into 1-100 and timeout into 0-50 seconds, as Telegram does.
    """
    bot = call.bot
    if bot.account.webhook is not None:
        raise conflict(POLL_WITH_WEBHOOK)
    bot.queue.allow(call.get("allowed_updates"))
    limit = min(max(call.params.get("limit", MAX_BATCH), 1), MAX_BATCH)
    timeout_s = min(max(call.params.get("timeout", 0), 0), MAX_TIMEOUT_S)
    bot.last_poll_at = time.monotonic()
    bodies = await bot.queue.poll(call.params.get("offset", 0), limit, timeout_s)
    bot.last_poll_at = time.monotonic()
    return msgspec.Raw(b"[" + b",".join(bodies) + b"]")


async def set_webhook(call: Call) -> bool:
    """Deliver updates to an address; an empty one means polling again."""
    url = call.params.get("url", "")
    if not url:
        return await delete_webhook(call)
    secret = call.get("secret_token")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _check_address(url)
    connections = min(max(call.params.get("max_connections", DEFAULT_CONNECTIONS), 1), 100)
    bot = call.bot
    bot.queue.allow(call.get("allowed_updates"))
    _drop_pending(call)
    bot.queue.interrupt(conflict("terminated by setWebhook request"))
    bot.account.webhook = WebhookSettings(url, secret, connections)
    bot.webhook_error = None
    await call.delivery.restart(bot)
    call.messenger.is_dirty = True
    return True


async def delete_webhook(call: Call) -> bool:
    """Return to polling."""
    call.bot.account.webhook = None
    await call.delivery.restart(call.bot)
    _drop_pending(call)
    call.messenger.is_dirty = True
    return True


def get_webhook_info(call: Call) -> WebhookInfo:
    """Return the state of delivery."""
    bot = call.bot
    settings = bot.account.webhook
    if settings is None:
        return WebhookInfo("", False, len(bot.queue), allowed_updates=bot.queue.allowed)  # noqa: FBT003 -- the API's fields in their order
    error_date, error_message = bot.webhook_error or (None, None)
    return WebhookInfo(
        settings.url,
        has_custom_certificate=False,
        pending_update_count=len(bot.queue),
        ip_address=urlsplit(settings.url).hostname if _is_numeric(settings.url) else None,
        last_error_date=error_date,
        last_error_message=error_message,
        max_connections=settings.max_connections,
        allowed_updates=bot.queue.allowed,
    )


def _drop_pending(call: Call) -> None:
    if call.get("drop_pending_updates"):
        call.bot.queue.clear()


def _check_address(url: str) -> None:
    """Refuse addresses that Telegram refuses, but for this machine: here any port and http:// will do."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise bad_request("bad webhook: invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise bad_request("bad webhook: invalid webhook URL specified")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if host not in LOOPBACK and port not in PUBLIC_PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_numeric(url: str) -> bool:
    host: Any = urlsplit(url).hostname or ""
    return host.replace(".", "").isdecimal() or ":" in host


HANDLERS: Final[Mapping[str, Handler]] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
