"""Who the bot is: ask the Bot API, with clear words if it will not say."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import msgspec

from lplate.errors import ConfigError, LplateError
from lplate_bot.egress import ApiUnreachable, Kind, classify

if TYPE_CHECKING:
    from lplate_bot.egress import ApiClient, Outcome

_log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
TIMEOUT_S: Final = 10.0
_NOT_FOUND: Final = 404
_PASSING: Final = frozenset({Kind.RETRY, Kind.FLOOD})
"""Trouble of the Bot API's own, which waiting cures."""

Sleep = Callable[[float], Awaitable[None]]


class Identity(msgspec.Struct, frozen=True):
    """Name the bot behind a token."""

    id: int
    username: str = ""
    first_name: str = ""


async def identify(client: ApiClient, sleep: Sleep = asyncio.sleep) -> Identity:
    """Return who the token belongs to; wait as long as the Bot API cannot be reached.

    Raises:
        ConfigError: if the Bot API refuses the token.
    """
    outcome = await insist(client, "getMe", b"{}", _tells_identity, sleep)
    if outcome.kind is Kind.OK and outcome.result is not None:
        return msgspec.json.decode(outcome.result, type=Identity)
    raise ConfigError(
        f"{client.root} refuses the token of bot {client.bot_id}: check LPLATE_TOKEN "
        "(get one from @BotFather) and LPLATE_API_URL"
    )


def _tells_identity(outcome: Outcome) -> bool:
    """Return True if *outcome* says who the bot is, or that it is nobody."""
    if outcome.kind is Kind.OK:
        return outcome.result is not None
    is_unknown = outcome.response is not None and outcome.response.status == _NOT_FOUND
    return outcome.kind is Kind.UNAUTHORIZED or is_unknown


async def set_webhook(client: ApiClient, body: bytes) -> None:
    """Have updates delivered as *body* says; wait as long as the Bot API cannot be reached.

    Raises:
        ConfigError: if the Bot API refuses.
    """
    outcome = await insist(client, "setWebhook", body, lambda found: found.kind not in _PASSING)
    if outcome.kind is not Kind.OK:
        raise ConfigError(f"the Bot API refuses LPLATE_WEBHOOK_URL: {outcome.description}")


async def insist(
    client: ApiClient, method: str, body: bytes, is_final: Callable[[Outcome], bool],
    sleep: Sleep = asyncio.sleep,
) -> Outcome:  # fmt: skip
    """Return the first outcome that *is_final*, saying at each try what keeps it from being so."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            response = await client.call(method, body, timeout_s=TIMEOUT_S, is_repeatable=True)
        except ApiUnreachable as error:
            trouble = str(error)
        else:
            outcome = classify(response)
            if is_final(outcome):
                return outcome
            trouble = f"{client.root} answers {response.status} {outcome.description}"
        _log.warning(
            "bot_api_unreachable trouble=%r retry_in_s=%.1f (LPLATE_API_URL says where)", trouble, pause_s
        )
        await sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def introduce(client: ApiClient, calls: list[tuple[str, bytes]]) -> None:
    """Tell Telegram how to present the bot; a Bot API server that cannot is no reason not to run."""
    for method, body in calls:
        try:
            response = await client.call(method, body, timeout_s=TIMEOUT_S)
        except LplateError as error:
            _log.warning("introduction_failed method=%s error=%s", method, error)
            return
        if not response.ok:
            _log.warning("introduction_refused method=%s description=%s", method, response.description)
