# cython: language_level=3
"""Remember what was seen: the last update ids, digests of questions, the questions a learner has answered."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy

from lplate_native.bitmap cimport bit_clear, bit_set, bit_test, count_bits, count_span, lowest_bit, words_for
from lplate_native.integers cimport bound_of, int64_of, ordinal_of, refuse_type, room_of
from lplate_native.table cimport (
    ABSENT,
    DENSE,
    MAX_ROOM,
    Probe,
    Table,
    table_bytes,
    table_drop,
    table_entry,
    table_find,
    table_first,
    table_free,
    table_grown,
    table_init,
    table_next,
    table_place,
    table_place_after_unlink,
    table_resize,
    table_unlink,
)

cdef extern from "Python.h":
    bint PY_LITTLE_ENDIAN


@cython.final
cdef class SeenWindow:
    """Remember the last *capacity* keys, 64-bit signed ints, forgetting the oldest first.

    Adding a remembered key does not renew it. All operations are O(1); memory is fixed, 14 to 20 bytes
    times *capacity*, which is from 1 to 2**27.
    """

    cdef Table _table
    cdef uint32_t _next    # the entry to fill next, which is the oldest once all are filled: they are a ring

    def __cinit__(self, capacity) -> None:
        table_init(&self._table, room_of(capacity, 1, MAX_ROOM, "capacity"), 0, DENSE)

    def __dealloc__(self):
        table_free(&self._table)

    def add(self, key, /) -> bool:
        """Return True if *key* was not remembered, and remember it."""
        cdef Probe probe
        cdef uint32_t entry = self._next
        if table_first(&self._table, &probe, <uint64_t>int64_of(key)) != ABSENT:
            return False
        if self._table.count < self._table.room:
            self._table.count += 1
        else:
            table_unlink(&self._table, entry)
        table_entry(&self._table, entry)[0] = probe.word
        table_place_after_unlink(&self._table, &probe, entry)
        self._next = entry + 1 if entry + 1 < self._table.room else 0
        return True

    def __contains__(self, key) -> bool:
        return table_find(&self._table, <uint64_t>int64_of(key)) != ABSENT

    def __len__(self) -> int:
        return self._table.count

    @property
    def capacity(self) -> int:
        """How many keys are remembered at most."""
        return self._table.room

    def __repr__(self) -> str:
        return f"SeenWindow(capacity={self._table.room}, size={self._table.count})"

    def __sizeof__(self) -> int:
        return sizeof(SeenWindow) + table_bytes(&self._table)


cdef inline int read_digest(object digest, uint64_t *pair) except -1:
    """Write the two words of a 16-byte digest to *pair*, or raise TypeError or ValueError."""
    if not PyBytes_CheckExact(digest) or PyBytes_GET_SIZE(digest) != 16:
        refuse_digest(digest)
    memcpy(pair, PyBytes_AS_STRING(digest), 16)
    return 0


cdef int refuse_digest(object digest) except -1:
    if not PyBytes_CheckExact(digest):
        refuse_type(digest, "bytes")
    raise ValueError(f"a digest has 16 bytes, not {PyBytes_GET_SIZE(digest)}")


@cython.final
cdef class DigestSet:
    """Hold a set of 16-byte digests, such as MD5, as bytes.

    All operations are O(1), adding amortised; memory is 22 to 44 bytes per digest. *capacity_hint* digests
    fit before the set first grows.
    """

    cdef Table _table

    def __cinit__(self, capacity_hint=0) -> None:
        table_init(&self._table, room_of(capacity_hint, 0, MAX_ROOM, "capacity_hint") or 5, 1, DENSE)

    def __dealloc__(self):
        table_free(&self._table)

    cdef inline uint32_t _find(self, Probe *probe, const uint64_t *pair) noexcept nogil:
        cdef uint32_t entry = table_first(&self._table, probe, pair[0])
        while entry != ABSENT and table_entry(&self._table, entry)[1] != pair[1]:
            entry = table_next(&self._table, probe)
        return entry

    def add(self, digest, /) -> bool:
        """Return True if *digest* was not in the set, and add it."""
        cdef uint64_t[2] pair
        read_digest(digest, pair)
        cdef Probe probe
        if self._table.count == self._table.room:
            table_resize(&self._table, table_grown(&self._table))
        if self._find(&probe, pair) != ABSENT:
            return False
        memcpy(table_entry(&self._table, self._table.count), pair, 16)
        table_place(&self._table, &probe, self._table.count)
        self._table.count += 1
        return True

    def discard(self, digest, /) -> bool:
        """Return True if *digest* was in the set, and remove it."""
        cdef uint64_t[2] pair
        read_digest(digest, pair)
        cdef Probe probe
        cdef uint32_t entry = self._find(&probe, pair)
        if entry == ABSENT:
            return False
        table_drop(&self._table, entry)
        return True

    def __contains__(self, digest) -> bool:
        cdef uint64_t[2] pair
        read_digest(digest, pair)
        cdef Probe probe
        return self._find(&probe, pair) != ABSENT

    def __len__(self) -> int:
        return self._table.count

    def __repr__(self) -> str:
        return f"DigestSet(size={self._table.count})"

    def __sizeof__(self) -> int:
        return sizeof(DigestSet) + table_bytes(&self._table)


cdef inline uint32_t bytes_for(uint32_t size) noexcept nogil:
    return <uint32_t>((<uint64_t>size + 7) >> 3)


cdef const uint8_t *octets_of(object data, uint32_t size) except NULL:
    """Return the bytes of a map of *size* questions; TypeError or ValueError if *data* is no such map."""
    cdef uint32_t length = bytes_for(size)
    if not PyBytes_CheckExact(data):
        refuse_type(data, "bytes")
    if PyBytes_GET_SIZE(data) != length:
        raise ValueError(f"a map of {size} questions has {length} bytes, not {len(data)}")
    cdef const uint8_t *octets = <const uint8_t *>PyBytes_AS_STRING(data)
    if size & 7 and octets[length - 1] >> (size & 7):
        raise ValueError(f"a map of {size} questions marks one behind the last")
    return octets


def is_marked(data, size, ordinal) -> bool:
    """Return True if *ordinal* is in the map *data*, bytes that SeenMap.to_bytes() wrote; O(1).

    Raises:
        ValueError: if *data* does not belong to *size*.
        IndexError: if *ordinal* is not from 0 to *size* - 1.
    """
    cdef uint32_t room = room_of(size, 0, MAX_ROOM, "size")
    cdef const uint8_t *octets = octets_of(data, room)
    cdef uint32_t bit = ordinal_of(ordinal, room, "ordinal")
    return octets[bit >> 3] >> (bit & 7) & 1 != 0


def marked(data, size, ordinals) -> bytes:
    """Return the map *data*, bytes that SeenMap.to_bytes() wrote, with *ordinals* added.

    Raises:
        ValueError: if *data* does not belong to *size*.
        IndexError: if one of *ordinals* is not from 0 to *size* - 1.
    """
    cdef uint32_t room = room_of(size, 0, MAX_ROOM, "size")
    cdef const uint8_t *before = octets_of(data, room)
    cdef bytes made = PyBytes_FromStringAndSize(NULL, bytes_for(room))  # not of the data: a short one is shared
    cdef uint8_t *octets = <uint8_t *>PyBytes_AS_STRING(made)
    cdef uint32_t bit
    memcpy(octets, before, bytes_for(room))
    for ordinal in ordinals:
        bit = ordinal_of(ordinal, room, "ordinal")
        octets[bit >> 3] |= <uint8_t>(1 << (bit & 7))
    return made


@cython.final
cdef class SeenMap:
    """Hold a set of question ordinals, 0 to *size* - 1, one bit each.

    Every operation refuses an ordinal outside that range with IndexError. len() is O(1).
    """

    def __cinit__(self, size) -> None:
        self.size = room_of(size, 0, MAX_ROOM, "size")
        self.words = <uint64_t *>calloc(words_for(self.size) + 1, sizeof(uint64_t))
        if self.words == NULL:
            raise MemoryError(f"no memory for a map of {size} questions")

    def __dealloc__(self):
        free(self.words)

    @classmethod
    def from_bytes(cls, data, size) -> SeenMap:
        """Return the map that to_bytes() wrote; ValueError if *data* does not belong to *size*."""
        cdef SeenMap new = SeenMap(size)
        cdef const uint8_t *octets = octets_of(data, new.size)
        cdef uint32_t i
        if PY_LITTLE_ENDIAN:
            memcpy(new.words, octets, bytes_for(new.size))
        else:
            for i in range(bytes_for(new.size)):
                new.words[i >> 3] |= <uint64_t>octets[i] << (8 * (i & 7))
        new.count_set = count_bits(new.words, words_for(new.size))
        return new

    def to_bytes(self) -> bytes:
        """Return the map as (size + 7) // 8 bytes; ordinal *i* is bit i % 8 of byte i // 8."""
        cdef uint32_t length = bytes_for(self.size)
        cdef bytes data = PyBytes_FromStringAndSize(NULL, length)
        cdef uint8_t *octets = <uint8_t *>PyBytes_AS_STRING(data)
        cdef uint32_t i
        for i in range(length):
            octets[i] = <uint8_t>(self.words[i >> 3] >> (8 * (i & 7)))
        return data

    def add(self, ordinal, /) -> bool:
        """Return True if *ordinal* was not in the map, and add it."""
        cdef uint32_t bit = ordinal_of(ordinal, self.size, "ordinal")
        if bit_test(self.words, bit):
            return False
        bit_set(self.words, bit)
        self.count_set += 1
        return True

    def discard(self, ordinal, /) -> bool:
        """Return True if *ordinal* was in the map, and remove it."""
        cdef uint32_t bit = ordinal_of(ordinal, self.size, "ordinal")
        if not bit_test(self.words, bit):
            return False
        bit_clear(self.words, bit)
        self.count_set -= 1
        return True

    def count(self, start, stop) -> int:
        """Return how many ordinals from *start* to *stop* - 1 are in the map."""
        return count_span(self.words, bound_of(start, self.size), bound_of(stop, self.size))

    def copy(self) -> SeenMap:
        """Return a map of its own with the same ordinals."""
        cdef SeenMap new = SeenMap(self.size)
        memcpy(new.words, self.words, words_for(self.size) * sizeof(uint64_t))
        new.count_set = self.count_set
        return new

    def __contains__(self, ordinal) -> bool:
        return bit_test(self.words, ordinal_of(ordinal, self.size, "ordinal"))

    def __len__(self) -> int:
        return self.count_set

    def __eq__(self, other) -> bool:
        if not isinstance(other, SeenMap):
            return NotImplemented
        cdef SeenMap map = other
        if self.size != map.size or self.count_set != map.count_set:
            return False
        return memcmp(self.words, map.words, words_for(self.size) * sizeof(uint64_t)) == 0

    def __iter__(self):
        cdef list ordinals = []
        cdef uint32_t word
        cdef uint64_t rest
        for word in range(words_for(self.size)):
            rest = self.words[word]
            while rest:
                ordinals.append((word << 6) + lowest_bit(rest))
                rest &= rest - 1
        return iter(ordinals)

    def __repr__(self) -> str:
        return f"SeenMap(size={self.size}, seen={self.count_set})"

    def __sizeof__(self) -> int:
        return sizeof(SeenMap) + (words_for(self.size) + 1) * sizeof(uint64_t)
