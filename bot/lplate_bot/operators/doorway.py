"""The socket file between ``lplate admin`` and the bot: where it lies and how it is named."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lplate.errors import LplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LONGEST_NAME: Final = 100
"""Bytes of a socket's name that every system takes."""
PATIENCE_S: Final = 60.0
"""How long an answer may take: the numbers of the day look at all learners."""


class NotRunningError(LplateError):
    """No bot listens at the socket."""


def socket_path(data: Path, bot_id: int) -> Path:
    """Return where the bot with *bot_id* listens: one data folder may hold several."""
    return data / f"admin-{bot_id}.sock"


@contextmanager
def short_name(path: Path) -> Iterator[str]:
    """Return a name for *path* that is short enough for a socket, however deep the data folder lies."""
    if len(os.fsencode(path)) <= LONGEST_NAME or sys.platform != "linux":
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def ask(data: Path, bot_id: int, verb: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the report of the bot with *bot_id*: its ``text`` and its ``data``.

    Raises:
        NotRunningError: if no bot listens.
        LplateError: if it refuses, with its words.
    """
    path = socket_path(data, bot_id)
    request = msgspec.json.encode({"verb": verb, "arguments": arguments}) + b"\n"
    try:
        answer = _exchange(path, request)
    except OSError as error:
        raise NotRunningError(
            f"no bot {bot_id} answers at {path} ({error.strerror or error}): start it with lplate run, or "
            "name its folder with --data and, where there are several, its id with --bot"
        ) from None
    found: dict[str, Any] = msgspec.json.decode(answer)
    if not found["ok"]:
        raise LplateError(found["text"])
    return found


def _exchange(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(PATIENCE_S)
        with short_name(path) as name:
            client.connect(name)
        client.sendall(request)
        with client.makefile("rb") as reading:
            answer = reading.readline()
    if not answer:
        raise ConnectionResetError("it stopped before it answered")
    return answer
