"""Checks of what the Bot API says: reachable, token, its clock, the webhook."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lplate_bot.doctor.botapi import UnreachableError
from lplate_bot.doctor.finding import error, fine, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate_bot.doctor.botapi import BotApi
    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

TELEGRAM: Final = "https://api.telegram.org"
HOOK_PORTS: Final = (443, 80, 88, 8443)
"""The only ones Telegram delivers to. Source: the Bot API's setWebhook."""
SLOW_S: Final = 1.0
SKEW_S: Final = 5.0
"""The Date header counts whole seconds, and is some way old when it is here."""
WRONG_S: Final = 300.0
RECENT_S: Final = 3600.0
MANY_PENDING: Final = 1000
_REFUSED: Final = (401, 404)


def reachable(patient: Patient) -> Iterator[Finding]:
    """Check that the Bot API answers, and soon."""
    api = patient.api
    if api is None:
        yield fine("not asked: without LPLATE_TOKEN the playground runs")
        return
    try:
        answer = api.ask("getMe")
    except UnreachableError as trouble:
        yield error(f"{api.root}: {trouble}", "check the network, the firewall and LPLATE_API_URL")
        return
    seen = f"{api.root} answers within {answer.took_s * 1000:.0f} ms"
    if answer.took_s > SLOW_S:
        yield warning(seen, "move the bot nearer to Telegram (Europe), or see what fills the line")
    else:
        yield fine(seen)


def token(patient: Patient) -> Iterator[Finding]:
    """Check that the token opens a bot."""
    api = patient.api
    if api is None or (me := _result(api, "getMe")) is None:
        return
    status, found = me
    if status in _REFUSED:
        remedy = "get the token from @BotFather anew (/token), and check LPLATE_API_URL"
        yield error(f"{api.root} refuses the token of bot {api.bot_id}", remedy)
    elif not isinstance(found, dict):
        yield warning(f"{api.root} answers with status {status}", "try again in a minute")
    else:
        yield fine(f"it is @{found.get('username', '?')}, bot {found.get('id')}")


def skew(patient: Patient) -> Iterator[Finding]:
    """Check this machine's clock against the Bot API's."""
    if patient.api is None:
        return
    try:
        answer = patient.api.ask("getMe")
    except UnreachableError:
        return
    if answer.date is None:
        return
    behind_s = answer.date.timestamp() - patient.began_ms / 1000
    seen = f"{abs(behind_s):.0f} s {'behind' if behind_s > 0 else 'ahead of'} the Bot API's clock"
    remedy = "let the system keep the clock: timedatectl set-ntp true, or chrony"
    if abs(behind_s) > WRONG_S:
        yield error(seen, remedy)
    elif abs(behind_s) > SKEW_S:
        yield warning(seen, remedy)
    else:
        yield fine(f"within {SKEW_S:g} s of the Bot API's clock")


def webhook(patient: Patient) -> Iterator[Finding]:
    """Check that updates come the way the settings say, and that Telegram has no complaint."""
    api = patient.api
    if api is None or (answer := _result(api, "getWebhookInfo")) is None:
        return
    status, info = answer
    if not isinstance(info, dict):
        if status not in _REFUSED:
            yield warning(f"getWebhookInfo gives status {status}", "try again in a minute")
        return
    wanted = patient.settings.webhook_url
    yield _unwanted(patient, api, info) if wanted is None else _wanted(patient, info, wanted)
    yield from _complaints(patient, info)


def webhook_address(patient: Patient) -> Iterator[Finding]:
    """Check that Telegram would deliver to the webhook's address at all."""
    address = patient.settings.webhook_url
    if address is None or patient.settings.api_url != TELEGRAM:
        return
    url = urlsplit(address)
    port = url.port or (443 if url.scheme == "https" else 80)
    if url.scheme != "https":
        yield error(
            f"{address} is no https address", "Telegram delivers by https only: put a TLS proxy before it"
        )
    elif port not in HOOK_PORTS:
        ports = ", ".join(map(str, HOOK_PORTS))
        yield error(f"{address} names port {port}", f"Telegram delivers to the ports {ports} only")
    else:
        yield fine(f"{address} is one Telegram delivers to")


def _unwanted(patient: Patient, api: BotApi, info: dict[str, Any]) -> Finding:
    if not info.get("url"):
        return fine("none is set, the bot polls")
    if patient.is_running:
        remedy = "ask with the bot's own settings: LPLATE_WEBHOOK_URL may be missing here only"
        return warning(f"{info['url']} is set, though these settings poll, and a bot runs", remedy)
    return warning(
        f"{info['url']} is set and keeps updates from polling",
        "see that no other server needs it; the bot removes it when it starts, --fix does it now",
        lambda: _remove(api),
    )


def _wanted(patient: Patient, info: dict[str, Any], wanted: str) -> Finding:
    found = str(info.get("url", ""))
    if found == wanted:
        return fine(f"{wanted} is set, {info.get('max_connections', '?')} connections")
    seen = f"{found or 'none'} is set instead of {wanted}"
    if patient.is_running:
        return error(seen, "another program took it over: stop that one, then restart this bot")
    return fine(f"{seen}; the bot sets it when it starts")


def _complaints(patient: Patient, info: dict[str, Any]) -> Iterator[Finding]:
    waiting = int(info.get("pending_update_count", 0))
    if waiting > MANY_PENDING:
        yield warning(
            f"{waiting} updates wait at Telegram", "start the bot, or see what keeps it from taking them"
        )
    failed_s = info.get("last_error_date")
    if not failed_s or patient.settings.webhook_url is None:
        return
    ago_s = patient.clock.wall_ms() / 1000 - failed_s
    when = datetime.fromtimestamp(failed_s, UTC)
    seen = f"Telegram could not deliver at {when:%Y-%m-%d %H:%M} UTC: {info.get('last_error_message', '?')}"
    if ago_s < RECENT_S:
        yield warning(seen, "check the address, its certificate and the proxy before LPLATE_WEBHOOK_LISTEN")
    else:
        yield fine(f"{seen}; nothing since")


def _remove(api: BotApi) -> str:
    answer = api.ask("deleteWebhook")
    api.forget()
    return "the webhook is removed" if answer.result is True else f"it stays: {answer.description}"


def _result(api: BotApi, method: str) -> tuple[int, Any] | None:
    """Return status and result of a method; None if there is no answer, which reachable() tells."""
    try:
        answer = api.ask(method)
    except UnreachableError:
        return None
    return answer.status, answer.result
