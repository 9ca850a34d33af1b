"""Check of the webhook's certificate: would Telegram accept it, and for how long."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from lplate_bot.doctor.botapi import words_of
from lplate_bot.doctor.finding import error, fine, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

TIMEOUT_S: Final = 5.0
SOON_DAYS: Final = 14
"""Certificates that renew themselves do so a month ahead; less means that renewing fails."""
DAY_S: Final = 86_400
_EXPIRED: Final = 10
_SELF_SIGNED: Final = frozenset({18, 19})
_NO_ISSUER: Final = frozenset({2, 20, 21})
_OTHER_NAME: Final = frozenset({62, 64})
"""OpenSSL's verify codes. Source: openssl-verification-options(1)."""


def certificate(patient: Patient) -> Iterator[Finding]:
    """Check expiry, chain and name of the certificate that the webhook's address shows."""
    address = patient.settings.webhook_url
    if address is None or urlsplit(address).scheme != "https":
        return
    url = urlsplit(address)
    host, port = url.hostname or "", url.port or 443
    try:
        expires_s = expiry_s(host, port)
    except ssl.SSLCertVerificationError as trouble:
        yield _refused(host, trouble)
    except OSError as trouble:
        yield warning(
            f"{host}:{port} cannot be reached from here: {words_of(trouble)}",
            "start the TLS proxy; if this machine just cannot see its own public address, all is well",
        )
    else:
        yield _dated(host, (expires_s - patient.clock.wall_ms() / 1000) / DAY_S)


def expiry_s(host: str, port: int) -> float:
    """Return when the certificate of a server expires, in epoch seconds, having checked chain and name.

    Raises:
        OSError: if the server cannot be reached; SSLCertVerificationError if its certificate is not accepted.
    """
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), TIMEOUT_S) as connection,
        context.wrap_socket(connection, server_hostname=host) as secured,
    ):
        found = secured.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(found["notAfter"])))


def _dated(host: str, days: float) -> Finding:
    if days < 0:
        return error(f"the certificate of {host} expired {-days:.0f} days ago", "renew it")
    if days < SOON_DAYS:
        return warning(
            f"the certificate of {host} expires in {days:.0f} days",
            "see why it was not renewed yet (certbot renew, or the proxy's log)",
        )
    return fine(f"the certificate of {host} is accepted, for {days:.0f} days more")


def _refused(host: str, trouble: ssl.SSLCertVerificationError) -> Finding:
    seen = f"the certificate of {host} is not accepted: {trouble.verify_message}"
    code = trouble.verify_code
    if code == _EXPIRED:
        return error(seen, "renew it")
    if code in _OTHER_NAME:
        return error(seen, "get one for this name, or name the right one in LPLATE_WEBHOOK_URL")
    if code in _SELF_SIGNED:
        return error(seen, "get one from an authority (Let's Encrypt)")
    if code in _NO_ISSUER:
        return error(seen, "have the server send the whole chain (fullchain.pem)")
    return error(seen, "see what the proxy shows: openssl s_client -connect HOST:443")
