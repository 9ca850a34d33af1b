"""Check that the addresses to listen on are free, or ours."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lplate_bot.doctor.finding import error, fine, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

OPERATE: Final = "LPLATE_OPERATE_LISTEN"
_LISTENING: Final = "0A"
"""The state of a socket that listens. Source: Linux, include/net/tcp_states.h."""


def ports(patient: Patient) -> Iterator[Finding]:
    """Check each address that a bot with these settings listens on."""
    for name in _names(patient):
        address = str(getattr(patient.settings, name))
        if address:
            yield _port(patient, f"LPLATE_{name.upper()}", address)


def _names(patient: Patient) -> Iterator[str]:
    settings = patient.settings
    if settings.token is None:
        yield "playground_listen"
    elif settings.webhook_url is not None:
        yield "webhook_listen"
    yield "operate_listen"


def _port(patient: Patient, name: str, address: str) -> Finding:
    host, _, port = address.rpartition(":")
    trouble = _trouble(host.strip("[]"), int(port))
    if trouble is None:
        return fine(f"{address} ({name}) is free")
    if trouble.errno != errno.EADDRINUSE:
        return error(
            f"{address} ({name}): {os.strerror(trouble.errno or 0)}", f"set {name} to another address"
        )
    owner = _owner(patient, int(port))
    if owner is not None and owner == patient.pid:
        return fine(f"{address} ({name}) is the bot's, process {owner}")
    who = "another program" if owner is None else f"process {owner}"
    grade = warning if name == OPERATE else error  # without metrics the bot goes on
    return grade(f"{address} ({name}) is taken by {who}", f"stop that one, or set {name} to another port")


def _trouble(host: str, port: int) -> OSError | None:
    """Return why an address cannot be listened on, None if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trying:
            trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the bot's own server does
            trying.bind((host, port))
            trying.listen()
    except OSError as trouble:
        return trouble
    return None


def _owner(patient: Patient, port: int) -> int | None:
    """Return a process that listens on *port*, the bot's first; None if none is to be seen."""
    sockets = {f"socket:[{inode}]" for inode in _listening(patient, port)}
    own = [patient.pid] if patient.pid else []
    others = [int(entry) for entry in _entries(patient) if entry.isdecimal()]
    return next((pid for pid in (*own, *others) if sockets & set(_open_files(patient, pid))), None)


def _listening(patient: Patient, port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (patient.root / "proc/self/net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *rest = line.split()
                if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                    yield rest[5]


def _entries(patient: Patient) -> list[str]:
    with suppress(OSError):
        return os.listdir(patient.root / "proc")  # noqa: PTH208 - names are all that is wanted
    return []


def _open_files(patient: Patient, pid: int) -> Iterator[str]:
    with suppress(OSError):
        for link in (patient.root / f"proc/{pid}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                yield str(link.readlink())
