"""What Linux tells about a process: processor time, memory, connections."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_USER, _SYSTEM, _THREADS = 11, 12, 17
"""Places after the command's name in /proc/PID/stat. Source: proc(5)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Hold what a process has used so far and holds now; zeros if it is gone or the system does not tell."""

    user_s: float = 0.0
    system_s: float = 0.0
    rss_bytes: int = 0
    threads: int = 0
    connections: int = 0

    @property
    def cpu_s(self) -> float:
        """Return the processor time of all threads."""
        return self.user_s + self.system_s


def usage(pid: int) -> Usage:
    """Return what process *pid* uses."""
    folder = Path(f"/proc/{pid}")
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        resident = int((folder / "statm").read_text().split()[1])
        sockets = sum(1 for each in (folder / "fd").iterdir() if _is_socket(each))
    except OSError:
        return Usage()
    user_s, system_s = (int(fields[place]) / _TICKS_PER_S for place in (_USER, _SYSTEM))
    return Usage(user_s, system_s, resident * _PAGE, int(fields[_THREADS]), sockets)


def cpu_s(pid: int) -> float:
    """Return the processor time of *pid*: cheaper than usage()."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_PER_S
    return 0.0


def _is_socket(link: Path) -> bool:
    try:
        return link.readlink().name.startswith("socket:")
    except OSError:
        return False
