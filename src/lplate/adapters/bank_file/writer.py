"""Write a compiled bank: to a file beside it, then into its place in one step."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Final

import apsw
import msgspec

from lplate.adapters.bank_file import schema
from lplate.adapters.bank_file.reader import read_drawings, read_meta
from lplate.errors import BankError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lplate.domain.question import BankInfo, Question, Texts

_ADD_META: Final = "INSERT INTO meta(key, value) VALUES(?, ?)"
_ADD_QUESTION: Final = "INSERT INTO questions(ordinal, id, body) VALUES(?, ?, ?)"
_ADD_WITHDRAWN: Final = "INSERT INTO withdrawn(id, body) VALUES(?, ?)"
_ADD_FURTHER_TOPIC: Final = "INSERT INTO further_topics(topic, ordinal) VALUES(?, ?)"
_ADD_MEDIA: Final = "INSERT INTO media(digest, origin, body) VALUES(?, ?, ?)"
_ADD_WORDS: Final = "INSERT INTO search(rowid, id, text, options, explanation) VALUES(?, ?, ?, ?, ?)"
_OPTIMIZE_WORDS: Final = "INSERT INTO search(search) VALUES('optimize')"


class BankFileWriter:
    """Keep the compiled bank at *path*; readers of an earlier one go on undisturbed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_fresh(self, source: str, today: date) -> bool:
        """Return True if the file was compiled from *source* in this format and is still right *today*."""
        try:
            meta = read_meta(self._path)
            changes_on = date.fromisoformat(meta.get(schema.CHANGES_ON, date.max.isoformat()))
        except (BankError, ValueError):
            return False
        return meta.get(schema.SOURCE) == source and today < changes_on

    def drawings(self) -> Mapping[str, bytes]:
        """Return the rendered drawings in the file by origin; none if it cannot be read."""
        try:
            return read_drawings(self._path)
        except BankError:
            return {}

    def write(
        self,
        info: BankInfo,
        questions: Sequence[Question],
        *,
        withdrawn: Sequence[Question],
        pictures: Mapping[str, tuple[str, bytes]],
        source: str,
        changes_on: date | None,
    ) -> None:
        """Replace the file, all or nothing; it is on the disk on return.

        Raises:
            StoreError: if the folder does not take it.
        """
        meta = {schema.INFO: msgspec.json.encode(info).decode(), schema.SOURCE: source}
        if changes_on is not None:
            meta[schema.CHANGES_ON] = changes_on.isoformat()
        numbers = {topic.id: number for number, topic in enumerate(info.topics)}
        with _replacing(self._path) as connection:
            connection.executemany(_ADD_META, sorted(meta.items()))
            connection.executemany(_ADD_QUESTION, ((i, q.id, _body(q)) for i, q in enumerate(questions)))
            connection.executemany(_ADD_WITHDRAWN, ((q.id, _body(q)) for q in withdrawn))
            connection.executemany(_ADD_FURTHER_TOPIC, _further_topics(questions, numbers))
            connection.executemany(_ADD_MEDIA, ((key, *pictures[key]) for key in sorted(pictures)))
            connection.executemany(_ADD_WORDS, (_words(i, q) for i, q in enumerate(questions)))
            connection.execute(_OPTIMIZE_WORDS)


def _body(question: Question) -> bytes:
    return msgspec.json.encode(question)


def _further_topics(questions: Sequence[Question], numbers: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for ordinal, question in enumerate(questions):
        for topic in question.topics[1:]:
            yield numbers[topic], ordinal


def _words(ordinal: int, question: Question) -> tuple[int, str, str, str, str]:
    options = _joined(option.text for option in question.options)
    return ordinal, question.id, _joined([question.text]), options, _joined([question.explanation])


def _joined(texts: Iterable[Texts]) -> str:
    return "\n".join(text for by_language in texts for text in by_language.values())


@contextmanager
def _replacing(path: Path) -> Iterator[apsw.Connection]:
    """Give an empty database that takes the place of *path* if the block ends well."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with closing(apsw.Connection(str(new))) as connection:
            _prepare(connection)
            with connection:
                yield connection
        _sync(new)
        new.replace(path)
        _sync(path.parent)
    except (apsw.Error, OSError) as error:
        raise StoreError(
            f"{path}: the compiled bank cannot be written ({error}); free space or mend rights"
        ) from error
    finally:
        with suppress(OSError):  # what matters was said
            new.unlink(missing_ok=True)


def _prepare(connection: apsw.Connection) -> None:
    connection.pragma("journal_mode", "OFF")  # nobody sees the file before it is whole
    connection.pragma("synchronous", "OFF")  # one fsync at the end will do
    connection.pragma("application_id", schema.APPLICATION_ID)
    connection.pragma("user_version", schema.FORMAT)
    connection.execute(schema.SCHEMA)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
