"""Serve a compiled bank: mapped into memory, questions decoded when they are asked for."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final, Self, cast
from urllib.parse import quote

import apsw
import msgspec

from lplate.adapters.bank_file import schema
from lplate.domain.question import BankInfo, Question
from lplate.domain.shuffling import mixed
from lplate.errors import BankError, Issue
from lplate_native import LruCache, QuestionIndex, SeenMap
from lplate_native.seen import is_marked, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lplate_native import LruStats

DEFAULT_CACHE_SIZE: Final = 128
"""Questions kept decoded; a bank of 1,200 asked at random wants them all."""
_LARGEST_MAP: Final = 1 << 32
"""Bytes of the file that may be mapped; what lies beyond is read the ordinary way."""
_REMEDY: Final = "compile the bank again"

_META: Final = "SELECT key, value FROM meta"
_IDS: Final = "SELECT id, ordinal FROM questions ORDER BY id"
_FURTHER_TOPICS: Final = "SELECT topic, ordinal FROM further_topics ORDER BY topic, ordinal"
_QUESTION: Final = "SELECT body FROM questions WHERE ordinal = ?"
_WITHDRAWN: Final = "SELECT body FROM withdrawn WHERE id = ?"
_DRAWINGS: Final = "SELECT origin, body FROM media WHERE origin <> digest"
_MEDIA: Final = "SELECT body FROM media WHERE digest = ?"


class BankFile:
    """Serve the questions of one compiled bank; to be used from one thread."""

    def __init__(self, path: Path, connection: apsw.Connection, cache_size: int) -> None:
        """Read what is kept in memory: the description, all ids, the topics."""
        self.info = msgspec.json.decode(dict(connection.execute(_META))[schema.INFO], type=BankInfo)
        self._path = path
        self._connection = connection
        self._topics = {topic.id: number for number, topic in enumerate(self.info.topics)}
        self._further = _further_topics(connection)
        starts = [topic.first for topic in self.info.topics]
        self._index = QuestionIndex(_ids(connection, self.info.size), starts, self._further)
        self._size = self.info.size
        self._none_seen = SeenMap(self._size).to_bytes()
        self._questions: LruCache[str, Question] = LruCache(cache_size)
        self._decode: Callable[[bytes], Question] = msgspec.json.Decoder(Question).decode

    @classmethod
    def open(cls, path: Path, *, cache_size: int = DEFAULT_CACHE_SIZE) -> Self:
        """Open the compiled bank at *path* and keep up to *cache_size* questions decoded.

        Raises:
            BankError: if the file is missing, foreign, damaged or of another format.
        """
        connection = connect(path)
        try:
            with explained(path):
                return cls(path, connection, cache_size)
        except BaseException:
            connection.close()
            raise

    @property
    def lru(self) -> LruCache[str, Question]:
        """Return the questions kept decoded, for whoever watches over memory."""
        return self._questions

    def question(self, question_id: str) -> Question | None:
        """Return a question, withdrawn ones too, None if the bank has none of that id.

        Raises:
            BankError: if the file turns out to be damaged.
        """
        return self._questions.get(question_id) or self._decoded(question_id)

    def cache(self) -> LruStats:
        """Return what the memory of decoded questions counted."""
        return self._questions.stats()

    def media(self, digest: str) -> bytes:
        """Return a picture's bytes.

        Raises:
            KeyError: if the bank has no picture of that digest.
            BankError: if the file turns out to be damaged.
        """
        data = self._one(_MEDIA, digest)
        if data is None:
            raise KeyError(digest)
        return data

    def in_topics(self, question_id: str, topics: Sequence[str]) -> bool:
        """Return True if the question is practised and belongs to one of *topics*; no topics mean all."""
        ordinal = self._index.get(question_id)
        if ordinal is None:
            return False
        return not topics or any(self._has(number, ordinal) for number in self._numbers(topics))

    def unseen(self, seen: bytes, topics: Sequence[str], avoid: Sequence[str], seed: int) -> str | None:
        """Return one question of *topics* absent from the map *seen* and from *avoid*, None if there is none.

        All have equal chances; *seed* (64 bits) decides. Topics that the bank does not have hold nothing.

        Raises:
            ValueError: if *seen* is not a map of this bank.
            OverflowError: if *seed* has more than 64 bits.
        """
        index = self._index
        numbers = self._numbers(topics) if topics else None
        seen_map = SeenMap.from_bytes(seen or self._none_seen, self._size)
        ordinal = index.pick_unseen(seen_map, seed, numbers)
        if ordinal is None:
            return None
        question_id = index.id_at(ordinal)
        if question_id not in avoid:  # nearly always, and it spares to look up ten ordinals
            return question_id
        # By another seed: by this one the neighbours of what is avoided would be picked more often.
        ordinal = index.pick_unseen(seen_map, mixed(seed, 1), numbers, index.ordinals(avoid))
        return None if ordinal is None else index.id_at(ordinal)

    def has_seen(self, seen: bytes, question_id: str) -> bool:
        """Return False if *seen* says that this question was never answered; True for withdrawn ones too.

        Raises:
            ValueError: if *seen* is not a map of this bank.
        """
        ordinal = self._index.get(question_id)
        return ordinal is None or (bool(seen) and is_marked(seen, self._size, ordinal))

    def mark_seen(self, seen: bytes, question_ids: Sequence[str]) -> bytes:
        """Return *seen* (empty at first) with the questions added, passing over those not practised.

        Raises:
            ValueError: if *seen* is not a map of this bank.
        """
        return marked(seen or self._none_seen, self._size, self._index.ordinals(question_ids))

    def close(self) -> None:
        """Let go of the file; nothing can be asked afterwards."""
        self._connection.close()

    def _decoded(self, question_id: str) -> Question | None:
        body = self._body(question_id)
        if body is None:
            return None
        with explained(self._path):
            question = self._decode(body)
        self._questions.put(question_id, question)
        return question

    def _numbers(self, topics: Sequence[str]) -> list[int]:
        return [self._topics[topic] for topic in topics if topic in self._topics]

    def _has(self, topic: int, ordinal: int) -> bool:
        first, end = self._index.topic_range(topic)
        return first <= ordinal < end or ordinal in self._further.get(topic, ())

    def _body(self, question_id: str) -> bytes | None:
        ordinal = self._index.get(question_id)
        return self._one(_WITHDRAWN, question_id) if ordinal is None else self._one(_QUESTION, ordinal)

    def _one(self, query: str, key: str | int) -> bytes | None:
        with explained(self._path):
            return cast("bytes | None", self._connection.execute(query, (key,)).get)


def _ids(connection: apsw.Connection, size: int) -> list[str]:
    """Return all ids by ordinal; by the index over ids, which spares walking over the bodies."""
    ids = [""] * size
    for question_id, ordinal in connection.execute(_IDS):
        ids[ordinal] = question_id
    return ids


def _further_topics(connection: apsw.Connection) -> Mapping[int, set[int]]:
    further: dict[int, set[int]] = {}
    for topic, ordinal in connection.execute(_FURTHER_TOPICS):
        further.setdefault(topic, set()).add(ordinal)
    return further


def read_meta(path: Path) -> dict[str, str]:
    """Return what a compiled bank says of itself; BankError as in BankFile.open()."""
    with closing(connect(path)) as connection, explained(path):
        return dict(connection.execute(_META))


def read_drawings(path: Path) -> dict[str, bytes]:
    """Return a compiled bank's rendered drawings by origin; BankError as in BankFile.open()."""
    with closing(connect(path)) as connection, explained(path):
        return dict(connection.execute(_DRAWINGS))


def connect(path: Path) -> apsw.Connection:
    """Return a connection to the compiled bank at *path*, which must not change while it is open.

    Raises:
        BankError: if the file is missing, foreign, damaged or of another format.
    """
    if not path.is_file():
        raise _refusal(path, "there is no compiled bank here; compile it first")
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    with explained(path):
        connection = apsw.Connection(f"file:{quote(str(path.absolute()))}?immutable=1", flags=flags)
        try:
            _check(connection, path)
            connection.pragma("mmap_size", _LARGEST_MAP)
        except BaseException:
            connection.close()
            raise
    return connection


def _check(connection: apsw.Connection, path: Path) -> None:
    if connection.pragma("application_id") != schema.APPLICATION_ID:
        raise _refusal(path, f"this is not a compiled bank of lplate; remove it, then {_REMEDY}")
    found = connection.pragma("user_version")
    if found != schema.FORMAT:
        raise _refusal(path, f"the file has format {found}, this version reads {schema.FORMAT}; {_REMEDY}")
    # A mapped file that is shorter than its header says would kill the process by SIGBUS.
    if connection.pragma("page_count") * connection.pragma("page_size") != path.stat().st_size:
        raise _refusal(path, f"the file is cut off; {_REMEDY}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn whatever SQLite, decoders and containers say of a damaged file into a BankError."""
    try:
        yield
    except (apsw.Error, msgspec.MsgspecError, OSError, LookupError, TypeError, ValueError) as error:
        raise _refusal(path, f"the file cannot be read: {error}; {_REMEDY}") from error


def _refusal(path: Path, text: str) -> BankError:
    return BankError(path, [Issue(path.name, 0, text)])
