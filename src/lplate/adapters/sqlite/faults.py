"""Tell a failing medium from a faulty row, and say what a person can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import apsw

from lplate.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

_SENTENCES: Final[dict[type[apsw.Error], str]] = {
    apsw.FullError: "the disk is full; free some space and writing goes on by itself, nothing saved was lost",
    apsw.IOError: "the disk cannot be read or written; check it and its file system",
    apsw.ReadOnlyError: "the file or its folder cannot be written to; mend the permissions",
    apsw.CantOpenError: "the file cannot be opened or made; check that its folder can be written to",
    apsw.PermissionsError: "the file may not be used; mend the permissions",
    apsw.AuthError: "the file may not be used; mend the permissions",
    apsw.BusyError: "another program holds the file; close it and try again",
    apsw.LockedError: "another statement holds the table; try again",
    apsw.ProtocolError: "another program keeps the file busy; close it and try again",
    apsw.NoLFSError: "the file is larger than this system can handle",
    apsw.CorruptError: "the file is damaged; stop, and go back to the newest backup: lplate restore FILE",
    apsw.NotADBError: "the file is no SQLite database, or damaged; go back to a backup: lplate restore FILE",
    apsw.ConnectionClosedError: "the store is closed",
    apsw.InterruptError: "reading took too long and was stopped; try again",
}
MEDIUM: Final = tuple(_SENTENCES)
"""What SQLite raises when the medium fails; all other errors are the row's own."""


def store_error(path: Path, fault: apsw.Error) -> StoreError:
    """Return the fault as an error whose words name the file and the remedy."""
    sentence = next(words for kind, words in _SENTENCES.items() if isinstance(fault, kind))
    return StoreError(f"{path}: {sentence} ({fault})")
