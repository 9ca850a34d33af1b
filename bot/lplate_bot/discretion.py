"""Keep secrets out of all that is written: by us, by a library, or in the words of a server we quote."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lplate.config import Settings

FORMAT: Final = "%(asctime)s %(levelname)-7s %(name)s %(message)s"
_MASK: Final = "***"


class Discretion:
    """Know the secrets of one run and take them out of texts."""

    def __init__(self, settings: Settings) -> None:
        known = (settings.token, settings.webhook_secret)
        secrets = [secret.get_secret_value() for secret in known if secret is not None]
        own_parts = [secret.partition(":")[2] for secret in secrets]  # a token without the bot's id
        self._secrets = tuple(part for part in (*secrets, *own_parts) if part)

    def hide(self, text: str) -> str:
        """Return *text* with every secret masked."""
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text


class DiscreetFormatter(logging.Formatter):
    """Format records, tracebacks included, without secrets."""

    def __init__(self, discretion: Discretion, inner: logging.Formatter | None = None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter(FORMAT)
        self._discretion = discretion

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text as *inner* writes it."""
        return self._discretion.hide(self._inner.format(record))
