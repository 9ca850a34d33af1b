"""A small disk of a bot's own, to be filled: a tmpfs in a mount namespace, gone when the bot is."""

from __future__ import annotations

import errno
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import pytest

from playing import LPLATE

_IN_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
_MOUNT = 'mount -t tmpfs -o "$1" tmpfs "$2" && cp -r "$3/." "$2" && shift 3 && exec "$@"'
_REMOUNT = (
    'mount -t tmpfs tmpfs "$2" && cp -r "$3/." "$2" && mount -o "remount,$1" "$2" && shift 3 && exec "$@"'
)
_BLOCK = bytes(4096)
_FILLER = "filler"


@cache
def can_mount() -> bool:
    """Return True if this machine lets us mount in a namespace of our own."""
    try:
        tried = subprocess.run(
            [*_IN_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


needs_mounts = pytest.mark.skipif(
    not can_mount(), reason="no small disks: unshare --user --mount is not allowed"
)


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """Mount a tmpfs at *folder* with the files of *seed* in it; *options* are mount's."""

    folder: Path
    seed: Path
    options: str

    @classmethod
    def with_room(cls, folder: Path, seed: Path, room_kib: int) -> Self:
        """Return a disk that can hold so much beside its first files."""
        used = sum(-(-file.stat().st_size // len(_BLOCK)) for file in seed.rglob("*") if file.is_file())
        return cls(folder, seed, f"size={used * len(_BLOCK) // 1024 + room_kib}k")

    @property
    def command(self) -> tuple[str, ...]:
        """Return how to call lplate so that it, and it alone, sees the disk."""
        script = _REMOUNT if self.options == "ro" else _MOUNT
        arguments = (self.options, str(self.folder), str(self.seed), *LPLATE)
        return (*_IN_NAMESPACE, "sh", "-c", script, "sh", *arguments)

    def seen_from(self, pid: int) -> Path:
        """Return the folder as the process sees it, for those outside."""
        return Path(f"/proc/{pid}/root{self.folder}")


def fill(folder: Path) -> None:
    """Write until nothing more fits."""
    with (folder / _FILLER).open("wb", buffering=0) as filler:
        try:
            while filler.write(_BLOCK):
                """A short write says that the disk is nearly full; the next one fails."""
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def free(folder: Path) -> None:
    """Take away what fill() wrote."""
    with suppress(FileNotFoundError):
        (folder / _FILLER).unlink()
