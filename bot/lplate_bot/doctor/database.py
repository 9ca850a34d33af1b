"""Checks of the learners' databases and of the banks."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from lplate.checkup import banks, fold_log, library
from lplate.errors import ConfigError
from lplate_bot.doctor.finding import error, fine, warning
from lplate_bot.memory import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lplate.checkup import DatabaseState
    from lplate_bot.doctor.finding import Finding
    from lplate_bot.doctor.patient import Patient

LONG_LOG_BYTES: Final = 256 << 20
"""Eight times the length at which the log is copied into the database."""
HUGE_LOG_BYTES: Final = 64 << 20
"""Left by a bot that was killed; the next start reads all of it."""
SILENT_MS: Final = 60_000
"""Six heartbeats."""
MANY_WAITING: Final = 1000
_RESTORE: Final = "stop the bot and go back to the newest backup: lplate restore FILE"


def sqlite(_: Patient) -> Iterator[Finding]:
    """Check the SQLite library that comes with APSW."""
    found = library()
    seen = f"SQLite {found.version}, APSW {found.apsw_version}, {len(found.options)} options"
    if not found.is_new_enough:
        yield error(f"{seen}: it may lose commits", "pip install --upgrade apsw")
    elif not found.is_threadsafe:
        yield error(f"{seen}: built for one thread", "install APSW from PyPI, with the library it brings")
    else:
        yield fine(seen)


def running(patient: Patient) -> Iterator[Finding]:
    """Tell whether a bot runs on the data folder, since when, and whether it is alive."""
    if not patient.is_running:
        yield fine("no bot runs on this data folder")
    for state in patient.databases:
        if state.pid is not None:
            yield _running(patient, state)


def heartbeat(patient: Patient) -> Iterator[Finding]:
    """Check that the clock is not behind what was written last."""
    for state in patient.databases:
        if isinstance(state.found, str) or state.found.heartbeat_ms is None:
            continue
        ahead_s = (state.found.heartbeat_ms - patient.clock.wall_ms()) / 1000
        if ahead_s > 1:
            yield error(
                f"bot {state.bot_id} was last alive {ahead_s:.0f} s from now: the clock went back",
                "set the clock, then let the system keep it (chrony, timedatectl set-ntp true)",
            )


def schema(patient: Patient) -> Iterator[Finding]:
    """Check that this program can work with each database."""
    if not patient.databases:
        yield fine("no learners yet")
    for state in patient.databases:
        name, found = state.path.name, state.found
        if isinstance(found, str):
            yield error(
                found.removeprefix(f"{state.path}: "), f"see {name}; {_RESTORE}, if it is beyond that"
            )
        elif found.schema > found.newest_schema:
            yield warning(
                f"{name}: schema {found.schema}, this program knows {found.newest_schema} and can run on it",
                "install the newer lplate again when you can",
            )
        elif found.schema < found.newest_schema:
            yield fine(f"{name}: schema {found.schema}; the next start brings it to {found.newest_schema}")
        else:
            yield fine(f"{name}: schema {found.schema}, {state.bytes // MIB} MiB")


def integrity(patient: Patient) -> Iterator[Finding]:
    """Check the structure of each database, and that its rows belong to somebody."""
    for state in patient.databases:
        name, found = state.path.name, state.found
        if isinstance(found, str):
            continue
        if found.damage:
            yield error(f"{name} is damaged: {found.damage}", _RESTORE)
        elif found.orphans:
            yield error(f"{name}: {found.orphans} rows or more refer to learners who are not there", _RESTORE)
        else:
            how = "tables and indexes" if found.was_checked_in_full else "tables (too large for more)"
            yield fine(f"{name}: {how} are sound")


def log_length(patient: Patient) -> Iterator[Finding]:
    """Check that the write-ahead log is cut from time to time."""
    for state in patient.databases:
        seen = f"{state.path.name}: the write-ahead log has {state.wal_bytes // MIB} MiB"
        if state.pid is not None and state.wal_bytes > LONG_LOG_BYTES:
            yield warning(
                seen, "end the program that reads the database for so long (a backup tool, a shell?)"
            )
        elif state.pid is None and state.wal_bytes > HUGE_LOG_BYTES:
            yield warning(
                f"{seen}, left by a bot that was killed; nothing is lost",
                "start the bot, or fold it into the database now", partial(_fold, state.path),
            )  # fmt: skip
        else:
            yield fine(seen)


def set_aside(patient: Patient) -> Iterator[Finding]:
    """Look for updates that could not be handled, or wait to be."""
    for state in patient.databases:
        if isinstance(state.found, str):
            continue
        inbox, dead = state.found.inbox, state.found.dead_letters
        seen = f"{state.path.name}: {inbox} updates wait, {dead} were put aside"
        if dead:
            remedy = "look for update_failed and cold_update_failed in the log, and report the faults"
            yield warning(seen, remedy)
        elif inbox > MANY_WAITING:
            yield warning(seen, "see that the Bot API can be reached: each needs an answer sent")
        else:
            yield fine(seen)


def bank_files(patient: Patient) -> Iterator[Finding]:
    """Check that the banks can be read and are compiled from what their folders hold."""
    try:
        found = banks(patient.settings)
    except ConfigError as trouble:
        yield error(str(trouble), "set LPLATE_BANKS to a folder with banks, or leave it out")
        return
    if not found:
        yield error("there is no bank", "set LPLATE_BANKS to a folder with banks, or LPLATE_STARTER_BANK=1")
    for bank in found:
        if bank.trouble:
            yield warning(f"{bank.name}: {bank.trouble}", "restart the bot: it is compiled anew")
        elif not bank.is_fresh and patient.is_running and bank.size:
            yield warning(f"{bank.name}: its source changed", "lplate check it, then restart the bot")
        elif not bank.is_fresh:
            yield fine(f"{bank.name}: is compiled at the next start")
        else:
            yield fine(f"{bank.name}: {bank.size} questions, compiled from what its folder holds")


def _running(patient: Patient, state: DatabaseState) -> Finding:
    if not state.pid:
        seen = f"bot {state.bot_id}: a process that cannot be seen from here holds it (another container?)"
        return fine(seen)
    since = _uptime(patient, state.pid)
    seen = f"bot {state.bot_id}: process {state.pid}{since}"
    alive_ms = None if isinstance(state.found, str) else state.found.heartbeat_ms
    if alive_ms is not None and (silent_ms := patient.clock.wall_ms() - alive_ms) > SILENT_MS:
        return error(
            f"{seen}, silent for {silent_ms // 1000} s",
            "look at its log; lplate run --take-over replaces it, SIGKILL loses no acknowledged answer",
        )
    return fine(seen)


def _uptime(patient: Patient, pid: int) -> str:
    """Return since when a process runs, in words; empty if the system does not tell."""
    try:
        started = int((patient.root / f"proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        up_s = float((patient.root / "proc/uptime").read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return ""
    seconds = max(0.0, up_s - started / os.sysconf("SC_CLK_TCK"))
    return f", up for {seconds / 3600:.1f} h" if seconds >= 3600 else f", up for {seconds:.0f} s"  # noqa: PLR2004 - an hour


def _fold(path: Path) -> str:
    fold_log(path)
    return f"folded the log into {path.name}"
