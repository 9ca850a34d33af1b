"""Hand the listening socket on to a successor, so that connections wait for it instead of being refused.

The kernel keeps connections in the queue of the socket, whoever holds it: a process that has the socket
before the former one lets go of it finds them all there. systemd hands its sockets on in the same spirit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, MutableMapping
    from pathlib import Path

_log = logging.getLogger(__name__)

FIRST_DESCRIPTOR: Final = 3
"""Where systemd puts the first socket. Source: sd_listen_fds(3)."""
PATIENCE_S: Final = 2.0
"""How long a successor waits for the running bot to hand its socket on; else it opens one of its own."""
_FOR_US_ALONE: Final = 0o600
_GREETING: Final = b"L"
_IS_POSSIBLE: Final = hasattr(socket, "send_fds")


def from_systemd(environment: MutableMapping[str, str]) -> socket.socket | None:
    """Return the socket that systemd opened for this process, None if there is none.

    The variables that tell of it are removed: a child process must not believe that they are meant for it.
    """
    pid, count = environment.pop("LISTEN_PID", ""), environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdecimal() or int(count) < 1:
        return None
    return _listening(FIRST_DESCRIPTOR)


@asynccontextmanager
async def inherited(
    host: str, port: int, offered_at: Path, *, take_over: bool
) -> AsyncIterator[socket.socket | None]:
    """Hold the socket in which connections wait for this bot already, None if there is none.

    It is systemd's, or with *take_over* the one of the running bot; it is taken before that one is asked to
    stop, so that between the two nobody is refused.
    """
    listener = from_systemd(os.environ)
    if listener is None and take_over:
        listener = await from_running_bot(offered_at, host, port)
    try:
        yield listener
    finally:
        if listener is not None:
            listener.close()


async def from_running_bot(path: Path, host: str, port: int) -> socket.socket | None:
    """Return the socket of the bot that offers it at *path*, None if there is none for this host and port."""
    if not _IS_POSSIBLE:
        return None
    listener = await asyncio.to_thread(_ask, path)
    if listener is None or await _is_at(listener, host, port):
        return listener
    listener.close()
    return None


class Offer:
    """Offer a listening socket at a path in the file system, to this user's processes alone."""

    def __init__(self, path: Path, door: socket.socket, descriptor: int) -> None:
        self._path = path
        self._door = door
        self._descriptor = descriptor
        asyncio.get_running_loop().add_reader(door.fileno(), self._hand_on)

    @classmethod
    def make(cls, path: Path, descriptor: int | None) -> Self | None:
        """Begin to offer *descriptor*; None, with a word in the log, where that is not possible.

        What lies at *path* is replaced: only the process that holds the learners may call this.
        """
        if descriptor is None or not _IS_POSSIBLE:
            return None
        try:
            return cls(path, _door(path), descriptor)
        except OSError as error:  # the path may be too long, or the file system have no sockets
            _log.warning(
                "webhook_not_offered path=%s error=%s: a take-over will refuse connections for a moment",
                path, error,
            )  # fmt: skip
            return None

    def close(self) -> None:
        """Offer it no more; successors keep what they have."""
        asyncio.get_running_loop().remove_reader(self._door.fileno())
        self._door.close()
        with suppress(OSError):
            self._path.unlink()

    def _hand_on(self) -> None:
        with suppress(OSError):  # a successor that has gone already needs nothing
            successor, _ = self._door.accept()
            with successor:
                socket.send_fds(successor, (_GREETING,), (self._descriptor,))


def _door(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        door.bind(str(path))
        path.chmod(_FOR_US_ALONE)  # nobody can connect before listen()
        door.listen()
    except OSError:
        door.close()
        raise
    return door


def _ask(path: Path) -> socket.socket | None:
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(PATIENCE_S)
        asking.connect(str(path))
        _, descriptors, _, _ = socket.recv_fds(asking, len(_GREETING), 1)
        return _listening(descriptors[0]) if descriptors else None
    return None


def _listening(descriptor: int) -> socket.socket | None:
    """Return the socket behind *descriptor*, None if it is none that listens."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return None
    found = socket.socket(fileno=descriptor)
    found.set_inheritable(False)
    if found.type == socket.SOCK_STREAM and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        return found
    found.close()
    return None


async def _is_at(listener: socket.socket, host: str, port: int) -> bool:
    """Return True if *listener* is the one that host and port of the settings mean."""
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        meant = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return any(listener.getsockname()[:2] == address[:2] for *_, address in meant)
    return False
