"""All checks, in the order they are made, and the examination that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lplate.errors import LplateError
from lplate_bot.doctor import certificate, database, disk, machine, ports, telegram
from lplate_bot.doctor.finding import Finding, Level, error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lplate_bot.doctor.patient import Patient

    Check = Callable[[Patient], Iterator[Finding]]

CHECKS: Final[Mapping[str, Check]] = MappingProxyType({
    "versions": machine.versions,
    "running": database.running,
    "open files": machine.descriptors,
    "threads": machine.processes,
    "processors": machine.processors,
    "memory": machine.memory,
    "memory kills": machine.memory_kills,
    "clock": machine.clock,
    "heartbeat": database.heartbeat,
    "data folder": disk.folder,
    "privacy": disk.privacy,
    "disk space": disk.space,
    "file system": disk.file_system,
    "disk speed": disk.syncing,
    "left behind": disk.leftovers,
    "sqlite": database.sqlite,
    "schema": database.schema,
    "integrity": database.integrity,
    "log length": database.log_length,
    "put aside": database.set_aside,
    "banks": database.bank_files,
    "ports": ports.ports,
    "bot api": telegram.reachable,
    "token": telegram.token,
    "api clock": telegram.skew,
    "webhook": telegram.webhook,
    "hook address": telegram.webhook_address,
    "certificate": certificate.certificate,
})  # fmt: skip
"""By name; a check finds nothing where it does not apply."""


@dataclass(frozen=True, slots=True)
class Result:
    """Join a check's name with one thing it found; *mended* says what --fix did about it."""

    check: str
    finding: Finding
    mended: str = ""

    @property
    def level(self) -> Level:
        """Return how bad it is now: what was mended needs nobody any more."""
        return Level.OK if self.mended else self.finding.level


def examine(patient: Patient, *, fix: bool = False) -> Iterator[Result]:
    """Return all findings one by one as they are made; with *fix* what is safe is mended."""
    for name, check in CHECKS.items():
        for finding in _made(check, patient):
            yield Result(name, *_mended(finding)) if fix else Result(name, finding)


def _made(check: Check, patient: Patient) -> Iterator[Finding]:
    """Make one check; one that fails is a finding, not the end of the examination."""
    try:
        yield from check(patient)
    except Exception as fault:  # noqa: BLE001 - what is wrong with the machine may break a check in any way
        words = f"{type(fault).__name__}: {fault}"
        yield error(
            f"the check itself failed: {words}", "report this line, with what is special about the machine"
        )


def _mended(finding: Finding) -> tuple[Finding, str]:
    if finding.mend is None:
        return finding, ""
    try:
        return finding, finding.mend()
    except (LplateError, OSError) as fault:
        return error(f"{finding.seen}; it could not be mended: {fault}", finding.remedy), ""
