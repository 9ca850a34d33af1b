"""Checks of what the system gives a process: files, threads, processors, memory, clocks."""

from __future__ import annotations

import os
import platform
import re
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from lplate_bot.doctor.cgroup import cpu_limit, memory_limit, oom_kills, pids_limit
from lplate_bot.doctor.finding import error, fine, warning
from lplate_bot.memory import MIB, SOFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

CUSTOMARY_FILES: Final = 4096
"""The round number that operators write."""
FILES_BESIDE: Final = 64
"""Standard streams, event loop, banks, sockets that listen; rounded up."""
FILES_OF_A_READER: Final = 3
"""Database, log and the log's index."""
THREADS_BESIDE: Final = 16
"""Writer, checkpointer, name resolution, the standard library's pool; rounded up."""
BASE_BYTES: Final = 90 << 20
"""A bot without learners; docs/performance.md has what was measured."""
LEARNER_BYTES: Final = 2500
"""One learner in the cache, and what else is kept of them while they are active."""
QUESTION_BYTES: Final = 6000
"""One question, decoded and rendered."""
LEAST_FREE_SHARE: Final = 0.05
STEADY_MS: Final = 500
"""Wall and monotonic clock may differ by this much while the checks run: a clock that is led, not set."""
BUILT: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""No clock that is right says less."""
_LIMIT: Final = re.compile(r"^(?P<name>Max .+?)\s{2,}(?P<soft>\S+)\s+(?P<hard>\S+)", re.MULTILINE)


def versions(_: Patient) -> Iterator[Finding]:
    """Tell what runs."""
    system = f"{platform.system()} {platform.machine()}"
    yield fine(f"lplate {version('lplate')}, Python {platform.python_version()}, {system}")


def descriptors(patient: Patient) -> Iterator[Finding]:
    """Check that as many files and connections may be open as the bot may need."""
    needed = files_needed(patient)
    limit = _limit(patient, "Max open files")
    if limit is None:
        return
    soft, hard = limit
    seen = f"{patient.whose} may open {_named(soft)} files, {needed} may be needed"
    if soft is None or soft >= needed:
        yield fine(seen)
        return
    raised = max(needed, CUSTOMARY_FILES)
    remedy = f"LimitNOFILE={raised} in the systemd unit, or `ulimit -n {raised}` before `lplate run`"
    if hard is not None and hard < needed:
        remedy += f"; the hard limit of {hard} is raised in /etc/security/limits.conf"
    yield (error if soft < needed // 4 else warning)(seen, remedy)


def files_needed(patient: Patient) -> int:
    """Return how many files and connections a bot with these settings may have open."""
    settings = patient.settings
    is_served = settings.webhook_url is not None or settings.token is None
    ingress = settings.webhook_clients if is_served else 0
    return ingress + settings.api_connections + FILES_BESIDE + FILES_OF_A_READER * (settings.pool_size + 3)


def processes(patient: Patient) -> Iterator[Finding]:
    """Check that the bot's threads may be started."""
    needed = patient.settings.pool_size + THREADS_BESIDE
    own = _limit(patient, "Max processes")
    limits = [limit for limit in (own and own[0], pids_limit(patient.root)) if limit is not None]
    if not limits:
        return
    seen = f"{min(limits)} processes and threads may run, the bot starts up to {needed}"
    if min(limits) >= needed:
        yield fine(seen)
    else:
        yield error(seen, "raise `ulimit -u`, TasksMax= in the unit or the container's pids limit")


def processors(patient: Patient) -> Iterator[Finding]:
    """Check that there is processor time left."""
    there = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota = cpu_limit(patient.root)
    given = there if quota is None else min(quota, there)
    busy = os.getloadavg()[0]
    seen = f"{given:g} processors, {busy:.1f} processes want them"
    if given < 1:
        remedy = "give the bot a whole processor: below that the kernel makes it pause in mid-press"
        yield warning(seen, remedy)
    elif busy > 2 * there:
        yield warning(seen, "find what else runs here (`top`): presses wait for their turn")
    else:
        yield fine(seen)


def memory(patient: Patient) -> Iterator[Finding]:
    """Check that full caches fit, and that the cap lies below what the kernel enforces."""
    total, available = _meminfo(patient)
    if not total:
        return
    limit = min(total, memory_limit(patient.root) or total)
    needed, cap = memory_needed(patient), patient.settings.memory_mb * MIB
    seen = f"{limit // MIB} MiB may be used, {available // MIB} are free, full caches need {needed // MIB}"
    if cap > limit:
        yield error(
            f"LPLATE_MEMORY_MB is {cap // MIB}; {seen}", f"set it to {limit * 8 // 10 // MIB} or less"
        )
    elif cap and cap * SOFT < BASE_BYTES:
        least = round(BASE_BYTES / SOFT) // MIB
        yield warning(f"LPLATE_MEMORY_MB is {cap // MIB}, caches shrink at once", f"give it {least} or more")
    elif needed > limit and not cap:
        remedy = f"LPLATE_MEMORY_MB={limit * 8 // 10 // MIB}, smaller LPLATE_LEARNER_CACHE, or more memory"
        yield warning(seen, remedy)
    elif available < LEAST_FREE_SHARE * total:
        yield warning(seen, "find what else uses it (`ps aux --sort -rss`) before the kernel ends something")
    else:
        yield fine(seen)


def memory_needed(patient: Patient) -> int:
    """Return about how many bytes the bot has when its caches are full."""
    settings = patient.settings
    caches = LEARNER_BYTES * settings.learner_cache
    return BASE_BYTES + caches + QUESTION_BYTES * min(settings.question_cache, 10_000)


def memory_kills(patient: Patient) -> Iterator[Finding]:
    """Check that the kernel had no need to kill for memory."""
    kills = oom_kills(patient.root)
    if kills:
        yield warning(
            f"the kernel has killed {kills} processes of this group for want of memory",
            "set LPLATE_MEMORY_MB below the group's limit, or raise the limit",
        )


def clock(patient: Patient) -> Iterator[Finding]:
    """Check that the clock tells a possible time and goes on evenly."""
    now_ms, now_ns = patient.clock.wall_ms(), patient.clock.monotonic_ns()
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    drift_ms = (now_ms - patient.began_ms) - (now_ns - patient.began_ns) // 1_000_000
    remedy = "let the system keep it: timedatectl set-ntp true, or chrony"
    if now < BUILT:
        yield error(f"it is {now:%Y-%m-%d %H:%M} UTC, before this program was written", remedy)
    elif abs(drift_ms) > STEADY_MS:
        yield warning(f"the clock jumped by {drift_ms} ms while these checks ran", remedy)
    else:
        yield fine(f"{now:%Y-%m-%d %H:%M:%S} UTC, and it goes on evenly")


def _limit(patient: Patient, name: str) -> tuple[int | None, int | None] | None:
    """Return a soft and a hard limit, each None if there is none; None if the system does not tell."""
    try:
        text = (patient.proc / "limits").read_text(encoding="ascii")
    except OSError:
        return None
    for found in _LIMIT.finditer(text):
        if found["name"] == name:
            return _number(found["soft"]), _number(found["hard"])
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _named(limit: int | None) -> str:
    return "any number of" if limit is None else str(limit)


def _meminfo(patient: Patient) -> tuple[int, int]:
    """Return the bytes of memory there are and those available, zeros if the system does not tell."""
    try:
        lines = (patient.root / "proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0, 0
    values = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    return values.get("MemTotal", 0), values.get("MemAvailable", 0)
