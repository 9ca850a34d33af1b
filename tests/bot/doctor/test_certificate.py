"""The check of the webhook's certificate, against a server that shows one."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import egress
from bot.doctor.patients import HOOK, level, patient
from bot.egress.scripted import ScriptedApi
from lplate_bot.doctor import certificate as checks
from lplate_bot.doctor.finding import Level

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

PEM = Path(egress.__path__[0]) / "localhost.pem"
DAY_S = 86_400.0


@asynccontextmanager
async def served(folder: Path, host: str = "localhost") -> AsyncIterator[Patient]:
    """Return a patient whose webhook's address shows a certificate for localhost."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(PEM)
    server = ScriptedApi()
    await server.start(tls=tls)
    yield patient(folder, **{**HOOK, "webhook_url": f"https://{host}:{server.port}/hook"})
    await server.stop()


async def checked(looked: Patient) -> Finding:
    """Return what the check finds, made beside the server's loop."""
    (found,) = await asyncio.to_thread(lambda: list(checks.certificate(looked)))
    return found


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the certificate trusted on this machine."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))


@pytest.mark.usefixtures("trusted")
async def test_expiry(tmp_path: Path) -> None:
    """A certificate is fine until two weeks before its end, and an error after it."""
    async with served(tmp_path) as looked:
        found = await checked(looked)
        assert found.level is Level.OK
        ends_s = await asyncio.to_thread(checks.expiry_s, "localhost", port_of(looked))
        looked.clock.tick(ends_s - looked.clock.wall_ms() / 1000 - 10 * DAY_S)  # type: ignore[attr-defined]  # a test's clock
        assert "expires in 10 days" in (await checked(looked)).seen
        looked.clock.tick(12 * DAY_S)  # type: ignore[attr-defined]  # as above
        assert (await checked(looked)).level is Level.ERROR


async def test_self_signed(tmp_path: Path) -> None:
    """A certificate that nobody vouches for is refused, as Telegram would."""
    async with served(tmp_path) as looked:
        found = await checked(looked)
    assert found.level is Level.ERROR
    assert "authority" in found.remedy


@pytest.mark.usefixtures("trusted")
async def test_other_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate for another name is refused."""
    connect = socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda to, *rest: connect(("localhost", to[1]), *rest))
    async with served(tmp_path, host="bot.example") as looked:
        found = await checked(looked)
    assert found.level is Level.ERROR
    assert "this name" in found.remedy


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(10, "renew"), (20, "whole chain"), (18, "authority"), (62, "this name"), (99, "s_client")],
)
def test_refusals(tmp_path: Path, code: int, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reason for a refusal has a remedy of its own."""
    trouble = ssl.SSLCertVerificationError("refused")
    trouble.verify_code, trouble.verify_message = code, "words of OpenSSL"

    def refuse(*_: object) -> float:
        raise trouble

    monkeypatch.setattr(checks, "expiry_s", refuse)
    (found,) = checks.certificate(patient(tmp_path, **HOOK))
    assert found.level is Level.ERROR
    assert "words of OpenSSL" in found.seen
    assert remedy in found.remedy


def test_not_served(tmp_path: Path) -> None:
    """An address that cannot be reached from here may still be fine: a warning."""
    looked = patient(tmp_path, **{**HOOK, "webhook_url": "https://127.0.0.1:1/hook"})
    assert level(checks.certificate, looked) is Level.WARNING


def test_none_wanted(tmp_path: Path) -> None:
    """Without an https address there is no certificate to look at."""
    assert not list(checks.certificate(patient(tmp_path)))
    plain = {**HOOK, "webhook_url": "http://127.0.0.1:1/hook"}
    assert not list(checks.certificate(patient(tmp_path, **plain)))


def port_of(looked: Patient) -> int:
    assert looked.settings.webhook_url is not None
    return int(looked.settings.webhook_url.rpartition(":")[2].partition("/")[0])
