"""Read the metrics of a running bot over HTTP."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.request import urlopen

from lplate.errors import LplateError
from lplate_bot.watch.snapshot import snapshot_of

if TYPE_CHECKING:
    from lplate_bot.watch.snapshot import Snapshot

PATIENCE_S: Final = 5.0
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "::": "[::1]"}  # noqa: S104 - as written by people
"""Addresses to listen on that cannot be asked, and what can."""


class NoBotError(LplateError):
    """No bot answers at an address."""


def metrics_url(place: str) -> str:
    """Return the address of the metrics; *place* is ``host:port`` or a URL, with or without its path."""
    url = place if place.startswith(("http://", "https://")) else f"http://{place}"
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    host, colon, port = authority.rpartition(":")
    return f"{scheme}://{_EVERYWHERE.get(host, host)}{colon}{port}/{path or 'metrics'}"


def scrape(url: str) -> Snapshot:
    """Return the metrics of now.

    Raises:
        NoBotError: if nobody answers there, or somebody else does.
    """
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - slow to import

    try:
        with urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310 - metrics_url() made it http or https
            text = answer.read().decode()
        found = snapshot_of(text_string_to_metric_families(text), time.monotonic())
    except (OSError, HTTPException) as error:
        raise NoBotError(
            f"no bot answers at {url} ({_reason(error)}): start it with `lplate run`, or say by --url "
            "where it shows its metrics (LPLATE_OPERATE_LISTEN)"
        ) from None
    except ValueError:
        raise _stranger(url) from None
    if "lplate_ready" not in found.samples:
        raise _stranger(url)
    return found


def _stranger(url: str) -> NoBotError:
    return NoBotError(f"what answers at {url} is not lplate: say by --url where the bot shows its metrics")


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause)
