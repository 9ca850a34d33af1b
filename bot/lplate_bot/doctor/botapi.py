"""Ask the Bot API one thing at a time, and keep what a diagnosis needs: its clock, its pace, its refusals."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from datetime import datetime

TIMEOUT_S: Final = 10.0


class UnreachableError(Exception):
    """The Bot API gave no answer; the text says why, the token is not in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold an answer; *date* is the server's clock when it gave it, *took_s* how long it took to come."""

    status: int
    result: Any
    description: str
    date: datetime | None
    took_s: float


class BotApi:
    """Call methods of one bot by plain blocking HTTP, each once: later questions get the first answer."""

    def __init__(self, root: str, token: str, tls: ssl.SSLContext | None = None) -> None:
        self.root = root
        self.bot_id = token.partition(":")[0]
        self._token = token
        self._tls = tls
        self._known: dict[str, Answer | UnreachableError] = {}

    def ask(self, method: str) -> Answer:
        """Return the answer to a method without parameters.

        Raises:
            UnreachableError: if there is none.
        """
        if method not in self._known:
            try:
                self._known[method] = self._call(method)
            except UnreachableError as trouble:
                self._known[method] = trouble
        known = self._known[method]
        if isinstance(known, UnreachableError):
            raise known
        return known

    def forget(self) -> None:
        """Ask anew from now on."""
        self._known.clear()

    def _call(self, method: str) -> Answer:
        url = urlsplit(self.root)
        began_s = time.monotonic()
        connection = self._connection(url.scheme, url.hostname or "", url.port)
        try:
            connection.request("POST", f"{url.path.rstrip('/')}/bot{self._token}/{method}")
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as trouble:
            raise UnreachableError(words_of(trouble)) from None
        finally:
            connection.close()
        return _answer(response, body, time.monotonic() - began_s)

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        tls = self._tls or ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=tls)


def words_of(trouble: Exception) -> str:
    """Return why a server cannot be reached, in words that point to the remedy."""
    if isinstance(trouble, socket.gaierror):
        return "its name cannot be resolved (DNS)"
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted ({trouble.verify_message})"
    if isinstance(trouble, TimeoutError):
        return f"it does not answer within {TIMEOUT_S:g} s (a firewall?)"
    if isinstance(trouble, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    return f"the connection fails ({type(trouble).__name__})"


def _answer(response: http.client.HTTPResponse, body: bytes, took_s: float) -> Answer:
    date = response.getheader("Date")
    try:
        said = json.loads(body)
        result, description = said.get("result"), str(said.get("description", ""))
        when = parsedate_to_datetime(date) if date else None
    except (ValueError, AttributeError):
        raise UnreachableError("what answers there is no Bot API") from None
    return Answer(response.status, result, description, when, took_s)
