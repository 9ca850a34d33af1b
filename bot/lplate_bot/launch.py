"""Start what the settings ask for: the bot on Telegram, or the playground with the bot in it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from lplate.config import make_data_folder
from lplate.errors import ConfigError
from lplate_bot.app import run, stop_on_signals
from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.persistence import StateError
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer
from lplate_bot.reloading import Reloader, reload_on_signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.config import Settings

_log = logging.getLogger(__name__)

STATE_FILE: Final = "playground.json"


async def launch(settings: Settings, reread: Callable[[], Settings], *, take_over: bool = False) -> None:
    """Run until SIGINT or SIGTERM; with *take_over* a bot on the same data is asked to stop first.

    SIGHUP brings in what *reread* returns then.

    Raises:
        LplateError: if something keeps it from starting; the message says what to do.
    """
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    if settings.token is not None:
        reloader = Reloader(settings, reread)
        reload_on_signal(reloader, stopping)
        await run(settings, stopping, take_over=take_over, reloader=reloader)
    else:
        await _play(settings, reread, stopping)


async def _play(settings: Settings, reread: Callable[[], Settings], stopping: asyncio.Event) -> None:
    server = await _playground(settings)
    playing = {"token": SecretStr(PLAYGROUND_TOKEN), "api_url": server.url, "webhook_url": None}
    settings = settings.model_copy(update=playing)
    reloader = Reloader(settings, lambda: reread().model_copy(update=playing))
    reload_on_signal(reloader, stopping)
    try:
        await run(settings, stopping, lambda: _tell_address(server.url), reloader=reloader)
    finally:
        try:
            await server.stop()
        except OSError as error:  # a full disk: no reason to hide why run() ended
            _log.warning("playground_chats_not_kept error=%s", error)


def _tell_address(url: str) -> None:
    print(f"\n  lplate playground: {url}\n  Open it in a browser. Ctrl-C stops.\n", flush=True)  # noqa: T201 - a person waits for it


async def _playground(settings: Settings) -> PlaygroundServer:
    host, _, port = settings.playground_listen.rpartition(":")
    make_data_folder(settings.data)
    state = settings.data / STATE_FILE
    try:
        server = PlaygroundServer(PlaygroundConfig(host.strip("[]"), int(port), state_path=state))
        await server.start()
    except StateError as error:
        raise ConfigError(f"{error}; or remove {state} to start with empty chats") from None
    except PermissionError as error:
        raise ConfigError(
            f"the playground cannot start: {error}; set LPLATE_DATA or mend permissions"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"the playground cannot listen on {settings.playground_listen} ({error.strerror or error}): "
            "stop what listens there or set LPLATE_PLAYGROUND_LISTEN"
        ) from None
    return server
