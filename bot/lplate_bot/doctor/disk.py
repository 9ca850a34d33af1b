"""Checks of the data folder: room, speed, kind of file system, rights, what was left lying about."""

from __future__ import annotations

import os
import shutil
import stat
import statistics
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lplate.checkup import LEAST_FREE_BYTES, LOW_FREE_BYTES
from lplate_bot.doctor.finding import error, fine, warning
from lplate_bot.memory import MIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient
    from lplate_bot.times import Clock

SYNCS: Final = 20
BLOCK: Final = bytes(4096)
"""As much as a small commit adds to the log."""
SLOW_SYNC_MS: Final = 20.0
"""Above this a commit is what learners wait for."""
HOPELESS_SYNC_MS: Final = 200.0
LOW_INODES: Final = 1000
STALE_S: Final = 3600
"""Younger temporary files may belong to a backup under way."""
TEMPORARY: Final = ("*.unfinished", "*.restoring", ".doctor-*", "banks/.*.new")
KEPT: Final = ("*.replaced-*", "*.before-*")
NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})
"""Their locks and shared memory are not what a write-ahead log needs. Source: sqlite.org/wal.html."""
FLEETING: Final = frozenset({"tmpfs", "ramfs"})


def folder(patient: Patient) -> Iterator[Finding]:
    """Check that the data folder is there and belongs to who runs the bot."""
    path = patient.settings.data
    if not path.exists():
        yield fine(f"{path} is not there yet; `lplate run` makes it")
        return
    if not path.is_dir():
        yield error(f"{path} is no folder", "set LPLATE_DATA to a folder")
        return
    foreign = [file for file in (path, *path.glob("learners-*")) if file.stat().st_uid != os.geteuid()]
    if foreign:
        seen = f"{foreign[0]} belongs to user {foreign[0].stat().st_uid}, this is user {os.geteuid()}"
        yield error(seen, "run lplate as that user, or chown the whole folder to this one")
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield error(f"{path} cannot be written to", "chmod u+rwx", partial(_permit, path, stat.S_IRWXU))
    else:
        yield fine(f"{path.absolute()}, its files belong to user {os.geteuid()}")


def privacy(patient: Patient) -> Iterator[Finding]:
    """Check that other users of the machine cannot read who learns what."""
    path = patient.settings.data
    if not path.is_dir():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    seen = f"mode {mode:04o}"
    if mode & stat.S_IWOTH:
        yield error(f"{seen}: every user can change the files", f"chmod o-rwx {path}", partial(_close, path))
    elif mode & stat.S_IRWXO:
        yield warning(f"{seen}: every user can read the files", f"chmod o-rwx {path}", partial(_close, path))
    else:
        yield fine(f"{seen}: closed to other users")


def space(patient: Patient) -> Iterator[Finding]:
    """Check that the disk takes more answers."""
    path = _existing(patient.settings.data)
    free = shutil.disk_usage(path).free
    inodes = os.statvfs(path)
    seen = f"{free // MIB:,} MiB free"
    if free < LEAST_FREE_BYTES:
        yield error(seen, "free some space: no answer can be stored, none is acknowledged")
    elif free < LOW_FREE_BYTES:
        yield warning(seen, f"free some space: below {LOW_FREE_BYTES // MIB} MiB it may run out unseen")
    elif inodes.f_files and inodes.f_favail < LOW_INODES:
        yield warning(f"{seen}, but only {inodes.f_favail} more files", "remove small files from this disk")
    else:
        yield fine(seen)


def file_system(patient: Patient) -> Iterator[Finding]:
    """Check that the file system keeps what is written, and knows locks."""
    kind = _kind(patient)
    if kind in NETWORK:
        yield error(f"{kind}, over the network", "move LPLATE_DATA to a disk of this machine")
    elif kind in FLEETING:
        yield warning(f"{kind}, in memory", "move LPLATE_DATA to a disk: a reboot empties this one")
    elif kind:
        yield fine(kind)


def syncing(patient: Patient) -> Iterator[Finding]:
    """Measure how long the disk takes to make a small write last: each commit waits for one."""
    path = patient.settings.data
    if not path.is_dir():
        return
    try:
        times_ms = sync_times_ms(path, patient.clock)
    except OSError as trouble:
        yield error(f"{path} takes no file ({trouble.strerror})", "mend permissions or free some space")
        return
    median_ms = statistics.median(times_ms)
    seen = (
        f"a synced write of 4 KiB takes {median_ms:.2f} ms, {max(times_ms):.1f} at worst of {len(times_ms)}"
    )
    if median_ms > HOPELESS_SYNC_MS:
        yield error(seen, "move LPLATE_DATA to another disk: every reply waits that long")
    elif median_ms > SLOW_SYNC_MS:
        yield warning(seen, "move LPLATE_DATA to a faster disk (SSD), or see what else writes to this one")
    else:
        yield fine(seen)


def sync_times_ms(path: Path, clock: Clock) -> list[float]:
    """Return how long each of SYNCS synced writes to a file in *path* took.

    Raises:
        OSError: if the folder does not take the file.
    """
    file = path / f".doctor-{os.getpid()}"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    times_ms = []
    try:
        for _ in range(SYNCS):
            began_ns = clock.monotonic_ns()
            os.write(descriptor, BLOCK)
            os.fsync(descriptor)
            times_ms.append((clock.monotonic_ns() - began_ns) / 1e6)
    finally:
        os.close(descriptor)
        file.unlink()
    return times_ms


def leftovers(patient: Patient) -> Iterator[Finding]:
    """Look for temporary files that a killed process left, and name former databases that were kept."""
    path = patient.settings.data
    if not path.is_dir():
        return
    now_s = patient.clock.wall_ms() / 1000
    stale = [file for file in _files(path, TEMPORARY) if now_s - file.stat().st_mtime > STALE_S]
    if stale:
        names = ", ".join(file.name for file in stale[:3])
        yield warning(
            f"{len(stale)} left by a killed process: {names}", "delete them", partial(_delete, stale)
        )
    kept = _files(path, KEPT)
    mib = sum(file.stat().st_size for file in kept) // MIB
    if kept:
        yield fine(f"{len(kept)} former databases are kept ({mib} MiB); delete them when you are sure")
    elif not stale:
        yield fine("none")


def _files(path: Path, patterns: Iterable[str]) -> list[Path]:
    return sorted(file for pattern in patterns for file in path.glob(pattern) if file.is_file())


def _delete(files: list[Path]) -> str:
    for file in files:
        file.unlink(missing_ok=True)
    return f"deleted {len(files)} files"


def _close(path: Path) -> str:
    path.chmod(stat.S_IMODE(path.stat().st_mode) & ~stat.S_IRWXO)
    return f"{path} is closed to other users"


def _permit(path: Path, more: int) -> str:
    path.chmod(stat.S_IMODE(path.stat().st_mode) | more)
    return f"{path} can be written to"


def _existing(path: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def _kind(patient: Patient) -> str:
    """Return the kind of file system the data folder is on, empty if the system does not tell."""
    wanted = _existing(patient.settings.data).resolve()
    found, kind = Path("/"), ""
    with suppress(OSError):
        for line in (patient.root / "proc/self/mounts").read_text(encoding="utf-8").splitlines():
            _, point, name, *_ = line.split(" ")
            mount = Path(point.replace("\\040", " "))
            if wanted.is_relative_to(mount) and mount.is_relative_to(found):
                found, kind = mount, name
    return kind
