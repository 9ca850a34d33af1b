"""Bytes of files by their digest: the recently used in memory, all of them on disk once memory is full."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from pathlib import Path


class Contents:
    """Keep contents in memory up to *memory_bytes*, the rest in a folder.

    With *folder* each content is also written there at once and so outlives the process. Without it a
    temporary folder takes what memory cannot hold; close() removes it.
    """

    def __init__(self, memory_bytes: int, folder: Path | None = None) -> None:
        self._memory_bytes = memory_bytes
        self._used = 0
        self._recent: OrderedDict[str, bytes] = OrderedDict()
        self._durable = folder is not None
        self._folder = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def add(self, digest: str, content: bytes) -> None:
        """Keep *content*; adding it again changes nothing."""
        if digest in self._recent:
            return
        if self._durable:
            self._write(digest, content)
        self._remember(digest, content)

    def get(self, digest: str) -> bytes:
        """Return the content.

        Raises:
            FileNotFoundError: it was never added.
        """
        content = self._recent.get(digest)
        if content is not None:
            self._recent.move_to_end(digest)
            return content
        content = self._path(digest).read_bytes()
        self._remember(digest, content)
        return content

    def close(self) -> None:
        """Remove what was only kept for the life of the process."""
        self._recent.clear()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _remember(self, digest: str, content: bytes) -> None:
        self._recent[digest] = content
        self._used += len(content)
        while self._used > self._memory_bytes and len(self._recent) > 1:
            oldest, evicted = self._recent.popitem(last=False)
            self._used -= len(evicted)
            if not self._durable:
                self._write(oldest, evicted)

    def _write(self, digest: str, content: bytes) -> None:
        path = self._path(digest)
        if not path.exists():
            partial = path.with_suffix(".part")
            partial.write_bytes(content)
            partial.rename(path)

    def _path(self, digest: str) -> Path:
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="lplate-playground-")
            self._folder = Path(self._temporary.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / digest
