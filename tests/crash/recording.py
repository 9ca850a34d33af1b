"""A file system for SQLite that remembers what reached the disk when, and can tell what a power cut leaves.

What was written before a file's last sync is safe. Of what came later each write may have arrived, be lost,
or be torn: in sectors of 512 bytes, any of them. Writes to other parts of a sector do not harm it, as SQLite
assumes unless told otherwise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Sequence

SECTOR: Final = 512


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Delete:
    file: str


@dataclass(frozen=True, slots=True)
class Sync:
    """Make safe what was noted for *file* before the event numbered *begun*: several threads write."""

    file: str
    begun: int


@dataclass(frozen=True, slots=True)
class SyncFolder:
    """Names are safe: a deleted file does not come back."""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    update_id: int


Event = Write | Truncate | Delete | Sync | SyncFolder | Acknowledge


class RecordingVfs(apsw.VFS):
    """Pass everything on to the system and note it in *events*, whichever thread it comes from."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[Event] = []
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return apsw.VFSFile("", path, flags) if path is None else RecordingFile(path, flags, self.events)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 - SQLite's name and argument
        super().xDelete(filename, syncdir)
        self.events.append(Delete(Path(filename).name))
        if syncdir:
            self.events.append(SyncFolder())


class RecordingFile(apsw.VFSFile):
    def __init__(self, path: str, flags: list[int], events: list[Event]) -> None:
        super().__init__("", path, flags)
        # SQLite syncs the folder together with the first sync of a journal or log it has made.
        is_log = flags[0] & (apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL)
        self._syncs_folder = bool(is_log and flags[0] & apsw.SQLITE_OPEN_CREATE)
        self._name = Path(path).name
        self._events = events

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self._events.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(newsize)
        self._events.append(Truncate(self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        begun = len(self._events)
        super().xSync(flags)
        self._events.append(Sync(self._name, begun))
        if self._syncs_folder:
            self._syncs_folder = False
            self._events.append(SyncFolder())


@dataclass(slots=True)
class Disk:
    """Follow the events; *safe* is what certainly is on the disk, *loose* what may be."""

    safe: dict[str, bytearray] = field(default_factory=dict)
    loose: dict[str, dict[int, Event]] = field(default_factory=dict)
    deleted: list[Delete] = field(default_factory=list)
    acknowledged: set[int] = field(default_factory=set)

    def note(self, number: int, event: Event) -> None:
        match event:
            case Acknowledge():
                self.acknowledged.add(event.update_id)
            case Sync():
                loose = self.loose.get(event.file, {})
                for earlier in [number for number in loose if number < event.begun]:
                    apply(self.safe, loose.pop(earlier))
            case SyncFolder():
                for deletion in self.deleted:
                    apply(self.safe, deletion)
                self.deleted.clear()
            case Delete():
                self.deleted.append(event)
                self.loose.pop(event.file, None)
            case Write() | Truncate():
                self.loose.setdefault(event.file, {})[number] = event

    def after_power_cut(self, chance: random.Random) -> dict[str, bytearray]:
        """Return one of the many contents the disk may have when the power fails now."""
        files = {name: content.copy() for name, content in self.safe.items()}
        events: Iterable[Iterable[Event]] = (self.deleted, *(loose.values() for loose in self.loose.values()))
        for several in events:
            for event in several:
                for part in arrived(event, chance):
                    apply(files, part)
        return files


def apply(files: dict[str, bytearray], event: Event) -> None:
    match event:
        case Write():
            content = files.setdefault(event.file, bytearray())
            content.extend(bytes(max(0, event.offset - len(content))))
            content[event.offset : event.offset + len(event.data)] = event.data
        case Truncate():
            del files.setdefault(event.file, bytearray())[event.size :]
        case Delete():
            files.pop(event.file, None)


def arrived(event: Event, chance: random.Random) -> Iterator[Event]:
    fate = chance.choice(("kept", "lost", "torn"))
    if fate == "kept" or (fate == "torn" and not isinstance(event, Write)):
        yield event
    elif fate == "torn" and isinstance(event, Write):
        for start, end in sectors(event):
            if chance.random() < 0.5:
                yield Write(event.file, event.offset + start, event.data[start:end])


def sectors(event: Write) -> Iterator[tuple[int, int]]:
    """Yield the parts of the data that lie in one sector each."""
    start = 0
    while start < len(event.data):
        end = min(len(event.data), start + SECTOR - (event.offset + start) % SECTOR)
        yield start, end
        start = end


@dataclass(slots=True)
class Findings:
    """Count what power cuts did; *lost* are cuts that lost something acknowledged."""

    cuts: int = 0
    lost: int = 0
    corrupt: int = 0
    twice: int = 0


def cut_power(events: Sequence[Event], cuts: int, chance: random.Random, folder: Path) -> Findings:
    """Cut the power at *cuts* places among *events* and look at what each leaves."""
    findings = Findings()
    places = Counter(chance.randrange(len(events) + 1) for _ in range(cuts))
    disk = Disk()
    for place in range(len(events) + 1):
        for _ in range(places[place]):
            look(disk.after_power_cut(chance), disk.acknowledged, findings, folder)
        if place < len(events):
            disk.note(place, events[place])
    return findings


def look(files: dict[str, bytearray], acknowledged: set[int], findings: Findings, folder: Path) -> None:
    """Open what the power cut left as the bot would, and count what is wrong."""
    findings.cuts += 1
    for stale in folder.iterdir():
        stale.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    try:
        sound, update_ids = survey(folder / "learners.db")
    except (apsw.Error, UnicodeDecodeError):
        sound, update_ids = False, []
    findings.corrupt += not sound
    findings.lost += not acknowledged.issubset(update_ids)
    findings.twice += len(update_ids) != len(set(update_ids))


def survey(database: Path) -> tuple[bool, list[int]]:
    connection = apsw.Connection(str(database))
    try:
        if not connection.table_exists(None, "attempt"):
            return connection.pragma("quick_check") == "ok", []
        rows: list[Any] = connection.execute("SELECT update_id FROM attempt").fetchall()
        return connection.pragma("quick_check") == "ok", [row[0] for row in rows]
    finally:
        connection.close()
