"""Limits that a container or a service manager sets: control groups, both versions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_LIMIT: Final = 1 << 60
"""The first version says "none" by a number near the largest of 64 bits."""


def memory_limit(root: Path) -> int | None:
    """Return the most bytes of memory this process may use, None if nothing limits them."""
    found = (*_numbers(root, "memory.max"), *_numbers(root, "memory.limit_in_bytes", "memory"))
    return min((limit for limit in found if limit < _NO_LIMIT), default=None)


def pids_limit(root: Path) -> int | None:
    """Return how many processes and threads there may be, None if nothing limits them."""
    return min((*_numbers(root, "pids.max"), *_numbers(root, "pids.max", "pids")), default=None)


def cpu_limit(root: Path) -> float | None:
    """Return how many processors' time this process may use, None if nothing limits it."""
    shares = [_share(*text.split()) for text in _texts(root, "cpu.max")]
    quota = next(_numbers(root, "cpu.cfs_quota_us", "cpu"), -1)
    period = next(_numbers(root, "cpu.cfs_period_us", "cpu"), 0)
    if quota > 0 and period > 0:
        shares.append(quota / period)
    return min((share for share in shares if share is not None), default=None)


def oom_kills(root: Path) -> int:
    """Return how many processes of this group the kernel has killed for want of memory."""
    for text in _texts(root, "memory.events"):
        counts = dict(line.split(None, 1) for line in text.splitlines() if " " in line)
        return int(counts.get("oom_kill", 0))
    return 0


def _share(quota: str, period: str = "100000") -> float | None:
    return int(quota) / int(period) if quota.isdecimal() else None


def _numbers(root: Path, name: str, controller: str = "") -> Iterator[int]:
    return (int(text) for text in _texts(root, name, controller) if text.lstrip("-").isdecimal())


def _texts(root: Path, name: str, controller: str = "") -> Iterator[str]:
    """Return what file *name* holds in this process's group and in each group above it."""
    mount = root / "sys/fs/cgroup" / controller
    folder = mount / _own_group(root, controller)
    while True:
        with suppress(OSError):  # not limited here, or not to be seen from within a container
            yield (folder / name).read_text(encoding="ascii").strip()
        if folder == mount:
            return
        folder = folder.parent


def _own_group(root: Path, controller: str) -> str:
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):  # the second version's line names none
            return path.lstrip("/")
    return ""
