"""Where updates come from: by polling or by webhook, until the bot is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

from lplate.errors import ConfigError
from lplate_bot.egress import ApiClient
from lplate_bot.identity import set_webhook
from lplate_bot.ingress import ALLOWED_UPDATES, Poller, WebhookServer
from lplate_bot.ingress.handover import Offer
from lplate_bot.tuning import pool_limits, webhook_limits

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from lplate.config import Settings
    from lplate_bot.assembly import Bot
    from lplate_bot.egress.metrics import ApiMetrics
    from lplate_bot.reloading import Reloader

T = TypeVar("T")
_log = logging.getLogger(__name__)


@asynccontextmanager
async def api_client(settings: Settings, metrics: ApiMetrics) -> AsyncIterator[ApiClient]:
    """Hold connections to the Bot API.

    Raises:
        ConfigError: if there is no token.
    """
    if settings.token is None:
        raise ConfigError("LPLATE_TOKEN is missing: get a token from @BotFather")
    client = ApiClient(
        settings.api_url,
        settings.token.get_secret_value(),
        limits=pool_limits(settings),
        read_timeout_s=settings.api_timeout_s,
        metrics=metrics,
    )
    try:
        yield client
    finally:
        await client.close()


async def unless(stopping: asyncio.Event, coroutine: Coroutine[None, None, T]) -> T | None:
    """Return what *coroutine* returns, None if *stopping* came first."""
    working = asyncio.ensure_future(coroutine)
    stopped = asyncio.create_task(stopping.wait())
    await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if working.done():
        return working.result()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return None


async def poll(
    bot: Bot, settings: Settings, stopping: asyncio.Event, reloader: Reloader, up: Callable[[], None]
) -> None:
    """Fetch updates until *stopping* is set; *up* hears when that has begun."""
    async with api_client(settings, bot.client.metrics) as client:
        poller = Poller(client, bot.gate.submit, long_poll_s=settings.poll_timeout_s)
        polling = asyncio.create_task(poller.run())
        stopped = asyncio.create_task(stopping.wait())
        _log.info("polling api=%s", client.root)
        up()
        await asyncio.wait((polling, stopped), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        bot.outbox.room.close()
        poller.stop()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(polling, reloader.settings.drain_s)


def webhook_address(settings: Settings) -> tuple[str, int]:
    """Return host and port to listen on."""
    host, _, port = settings.webhook_listen.rpartition(":")
    return host.strip("[]"), int(port)


async def serve_webhook(
    bot: Bot,
    settings: Settings,
    stopping: asyncio.Event,
    reloader: Reloader,
    up: Callable[[], None],
    listener: socket.socket | None,
    offered_at: Path,
) -> None:
    """Take updates until *stopping* is set; *up* hears when the port is listened on."""
    assert settings.webhook_url is not None
    assert settings.webhook_secret is not None
    path = urlsplit(settings.webhook_url).path or "/"
    secret = settings.webhook_secret.get_secret_value()
    server = WebhookServer(
        *webhook_address(settings), path, secret, bot.gate.submit,
        limits=webhook_limits(settings), listener=listener,
    )  # fmt: skip
    await server.start()
    offer = Offer.make(offered_at, server.descriptor)
    up()
    try:
        body = {
            "url": settings.webhook_url,
            "secret_token": secret,
            "max_connections": settings.webhook_connections,
            "allowed_updates": ALLOWED_UPDATES,
        }
        await unless(stopping, set_webhook(bot.client, msgspec.json.encode(body)))
        await stopping.wait()
    finally:
        if offer is not None:
            offer.close()
        bot.outbox.room.close()
        await server.stop(reloader.settings.drain_s)
