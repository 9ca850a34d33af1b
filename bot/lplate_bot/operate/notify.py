"""Tell the service manager how the bot is, by systemd's notify protocol.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)

_US_PER_S: Final = 1_000_000


class Notifier:
    """Send datagrams to *address*; with none, nothing is sent.

    *watchdog_s* is how long the service manager waits for pat() before it ends the process, None if it does
    not. Nothing here waits or raises: a service manager that cannot be reached is worth one warning.
    """

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s if address else None
        self._address = "\0" + address[1:] if address is not None and address.startswith("@") else address
        self._is_warned = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read what the service manager told this process, or, before a take-over, its predecessor."""
        return cls(
            environment.get("NOTIFY_SOCKET") or None, _watchdog_s(environment.get("WATCHDOG_USEC", ""))
        )

    def ready(self) -> None:
        """Tell that the bot serves."""
        self._tell("READY=1")

    def stopping(self) -> None:
        """Tell that the bot is about to end."""
        self._tell("STOPPING=1")

    def hand_over(self, pid: int) -> None:
        """Tell that process *pid* takes our place; after that nothing, as our end is not the service's."""
        self._tell(f"MAINPID={pid}")
        self._address = None

    def status(self, line: str) -> None:
        """Tell in one line how the bot is."""
        self._tell("STATUS=" + " ".join(line.split()))

    def pat(self) -> None:
        """Tell that all is well."""
        self._tell("WATCHDOG=1")

    def _tell(self, word: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
                sending.settimeout(0)
                sending.sendto(word.encode(), self._address)
        except OSError as error:
            if not self._is_warned:
                _log.warning("service_manager_unreachable NOTIFY_SOCKET error=%s", error)
            self._is_warned = True


def _watchdog_s(microseconds: str) -> float | None:
    """Return the watchdog's time.

    WATCHDOG_PID is not looked at: a successor inherits that of the process whose place it takes.
    """
    if not microseconds.isdecimal() or not int(microseconds):
        return None
    return int(microseconds) / _US_PER_S
