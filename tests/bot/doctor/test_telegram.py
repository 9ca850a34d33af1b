"""The checks of what the Bot API says, each answer made good and bad."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.doctor.patients import HOOK, FakeApi, answer, level, only, patient, running
from bot.egress.scripted import Request, ScriptedApi, http, ok, refusal
from lplate_bot.doctor import telegram as checks
from lplate_bot.doctor.botapi import BotApi, UnreachableError
from lplate_bot.doctor.finding import Level

if TYPE_CHECKING:
    from pathlib import Path

    from lplate_bot.doctor.patient import Patient

ME = {"id": 4711, "username": "lplate_bot"}
TOKEN: dict[str, Any] = {"token": "4711:key"}
NOW = datetime.fromtimestamp(1_767_268_800, UTC)


def hooked(data: Path, settings: dict[str, Any] = HOOK, **info: Any) -> Patient:
    """Return a patient of whose webhook the Bot API says *info*."""
    found = {"url": "https://bot.example/hook", "pending_update_count": 0, **info}
    return patient(data, api=FakeApi(getMe=answer(ME), getWebhookInfo=answer(found)), **settings)


def test_without_token(tmp_path: Path) -> None:
    """Without a token nothing is asked, and that is said once."""
    looked = patient(tmp_path)
    assert level(checks.reachable, looked) is Level.OK
    for check in (checks.token, checks.skew, checks.webhook, checks.webhook_address):
        assert not list(check(looked))


def test_reachable(tmp_path: Path) -> None:
    """An API that answers soon is fine, slowly a warning, not at all an error that is told once."""
    assert level(checks.reachable, patient(tmp_path, api=FakeApi(getMe=answer(ME)), **TOKEN)) is Level.OK
    slow = FakeApi(getMe=answer(ME, took_s=3.0))
    assert level(checks.reachable, patient(tmp_path, api=slow, **TOKEN)) is Level.WARNING
    away = patient(tmp_path, api=FakeApi(), **TOKEN)
    assert level(checks.reachable, away) is Level.ERROR
    for check in (checks.token, checks.skew, checks.webhook):
        assert not list(check(away))


@pytest.mark.parametrize(
    ("status", "me", "expected"),
    [(200, ME, Level.OK), (401, None, Level.ERROR), (404, None, Level.ERROR), (502, None, Level.WARNING)],
)
def test_token(tmp_path: Path, status: int, me: object, expected: Level) -> None:
    """A refused token is an error, a server in trouble is not the token's fault."""
    assert level(checks.token, patient(tmp_path, api=FakeApi(getMe=answer(me, status)), **TOKEN)) is expected


@pytest.mark.parametrize(
    ("behind_s", "expected"),
    [(1, Level.OK), (-2, Level.OK), (60, Level.WARNING), (-60, Level.WARNING), (3600, Level.ERROR)],
)
def test_skew(tmp_path: Path, behind_s: float, expected: Level) -> None:
    """A clock that differs from Telegram's is told; seconds are not, the header counts no finer."""
    api = FakeApi(getMe=answer(ME, clock=NOW + timedelta(seconds=behind_s)))
    assert level(checks.skew, patient(tmp_path, api=api, **TOKEN)) is expected


def test_no_date(tmp_path: Path) -> None:
    """A server that does not tell its time is no reason to complain."""
    assert not list(checks.skew(patient(tmp_path, api=FakeApi(getMe=answer(ME)), **TOKEN)))


def test_webhook_unwanted(tmp_path: Path) -> None:
    """A webhook that keeps updates from polling can be removed, though not unasked."""
    assert level(checks.webhook, hooked(tmp_path, TOKEN, url="")) is Level.OK
    looked = hooked(tmp_path, TOKEN)
    found = only(checks.webhook, looked)
    assert found.level is Level.WARNING
    api = cast("Any", looked.api)
    assert "deleteWebhook" not in api.asked
    api.answers["deleteWebhook"] = answer(result=True)
    assert found.mend is not None
    assert "removed" in found.mend()


def test_webhook_of_a_running_bot(folder: Path) -> None:
    """While a bot runs its webhook is not removed, though settings given by hand may lack it."""
    found = only(checks.webhook, running(hooked(folder, TOKEN)))
    assert found.level is Level.WARNING
    assert found.mend is None


def test_webhook_wanted(folder: Path) -> None:
    """A webhook as the settings say is fine; a foreign one is an error once the bot runs."""
    assert level(checks.webhook, hooked(folder)) is Level.OK
    for url in ("", "https://else.example/"):
        assert level(checks.webhook, hooked(folder, url=url)) is Level.OK
        assert level(checks.webhook, running(hooked(folder, url=url))) is Level.ERROR


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"pending_update_count": 900}, Level.OK),
        ({"pending_update_count": 5000}, Level.WARNING),
        (
            {"last_error_date": NOW.timestamp() - 60, "last_error_message": "refused"},
            Level.WARNING,
        ),
        ({"last_error_date": NOW.timestamp() - 9999, "last_error_message": "refused"}, Level.OK),
    ],
)
def test_webhook_complaints(tmp_path: Path, info: dict[str, Any], expected: Level) -> None:
    """What Telegram could not deliver lately is told in its own words; what is long past only mentioned."""
    found = list(checks.webhook(hooked(tmp_path, **info)))
    assert max(finding.level for finding in found) is expected
    if "last_error_message" in info:
        assert "refused" in found[-1].seen


def test_webhook_not_told(tmp_path: Path) -> None:
    """A server that does not tell about the webhook is in trouble; a refused token is told elsewhere."""
    for status, count in ((502, 1), (401, 0)):
        api = FakeApi(getWebhookInfo=answer(None, status))
        assert len(list(checks.webhook(patient(tmp_path, api=api, **HOOK)))) == count


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://bot.example/hook", Level.OK),
        ("https://bot.example:8443/hook", Level.OK),
        ("http://bot.example/hook", Level.ERROR),
        ("https://bot.example:9999/hook", Level.ERROR),
    ],
)
def test_address(tmp_path: Path, url: str, expected: Level) -> None:
    """Telegram delivers by https to four ports; a local Bot API server to any address."""
    settings = {**HOOK, "webhook_url": url}
    assert level(checks.webhook_address, patient(tmp_path, **settings)) is expected
    assert not list(checks.webhook_address(patient(tmp_path, **settings, api_url="http://127.0.0.1:8081")))


async def answers(request: Request) -> bytes:
    """Answer as the Bot API does, with a clock."""
    if request.method == "getWebhookInfo":
        return refusal(401, "Unauthorized")
    if request.method == "garbage":
        return http(b"<html>")
    return ok(ME).replace(b"\r\n\r\n", b"\r\nDate: Thu, 01 Jan 2026 12:00:00 GMT\r\n\r\n", 1)


async def test_asking() -> None:
    """A method is called once, by POST; result, status and the server's clock are kept, refusals too."""
    api = ScriptedApi(answer=answers)
    await api.start()
    asking = BotApi(api.root, "4711:key")
    for _ in range(2):
        found = await asyncio.to_thread(asking.ask, "getMe")
    assert (found.status, found.result, found.date) == (200, ME, NOW)
    assert [(request.verb, request.path) for request in api.requests] == [("POST", "/bot4711:key/getMe")]
    refused = await asyncio.to_thread(asking.ask, "getWebhookInfo")
    assert (refused.status, refused.result, refused.description) == (401, None, "Unauthorized")
    with pytest.raises(UnreachableError, match="no Bot API"):
        await asyncio.to_thread(asking.ask, "garbage")
    await api.stop()


@pytest.mark.parametrize(
    ("root", "words"), [("http://127.0.0.1:1", "refused"), ("https://nobody.invalid", "DNS")]
)
def test_asking_in_vain(root: str, words: str) -> None:
    """Why there is no answer is said in words, without the token, and not tried twice."""
    asking = BotApi(root, "4711:key")
    for _ in range(2):
        with pytest.raises(UnreachableError, match=words) as caught:
            asking.ask("getMe")
        assert "key" not in str(caught.value)
