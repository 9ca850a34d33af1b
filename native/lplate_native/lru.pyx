# cython: language_level=3
"""A bounded mapping that forgets what was used least recently."""

cimport cython
from cpython.list cimport PyList_GET_SIZE
from cpython.long cimport PyLong_CheckExact
from cpython.unicode cimport PyUnicode_Check
from libc.stdint cimport int64_t, uint32_t, uint64_t

from sys import getsizeof
from types import GenericAlias

from lplate_native.integers cimport int64_of, refuse_type, room_of
from lplate_native.stats import LruStats
from lplate_native.table cimport (
    ABSENT,
    FAILED,
    MAX_ROOM,
    SPARSE,
    Probe,
    Table,
    table_bytes,
    table_first,
    table_free,
    table_init,
    table_next,
    table_place,
    table_unlink,
)
from lplate_native.texts cimport exact_text, same_text, text_word

cdef object MISSING = object()

cdef struct Node:
    # An entry of the table: nodes form a ring in order of use, joined at a sentinel, the table's spare entry.
    uint64_t word     # the int key, or the hash of the str key
    uint32_t newer
    uint32_t older


@cython.final
cdef class LruCache:
    """Map int and str keys to at most *capacity* values, forgetting the least recently used.

    get(), subscription and put() make a key the most recent; peek(), `in` and iteration do not. All
    operations on one key are O(1). Ints are 64-bit signed; a str subclass counts as its text. *capacity* is
    from 1 to 2**27 - 1; memory is allocated at once, 32 to 40 bytes for each pair, 8 more from the first
    str key on.

    *on_evict(key, value)* is called for a pair that capacity pushes out, in put() or resize(), after the
    change is complete, so it may use the cache; what it raises goes to `sys.unraisablehook`.
    """

    cdef Table _table
    cdef list _values           # by entry number; a list, so that the garbage collector sees through it
    cdef list _keys             # str keys by entry number, None for int keys; None until the first str key
    cdef object _on_evict
    cdef uint32_t _capacity     # the table has room for one more: a pair is added before one is pushed out
    cdef uint32_t _size
    cdef uint32_t _text_keys    # how many of the keys are str
    cdef uint32_t _fresh        # entries from here on were never used
    cdef uint32_t _free         # chain of freed entries through *older*, ABSENT at its end
    cdef uint64_t _hits
    cdef uint64_t _misses
    cdef uint64_t _evictions

    def __cinit__(self, capacity, on_evict=None) -> None:
        cdef uint32_t sentinel
        self._capacity = room_of(capacity, 1, MAX_ROOM - 1, "capacity")
        if on_evict is not None and not callable(on_evict):
            refuse_type(on_evict, "a callable on_evict")
        self._values = [None] * (self._capacity + 1)
        self._on_evict = on_evict
        table_init(&self._table, self._capacity + 1, 1, SPARSE)
        sentinel = self._table.room
        self._node(sentinel).newer = self._node(sentinel).older = sentinel
        self._free = ABSENT

    def __dealloc__(self):
        table_free(&self._table)

    @classmethod
    def __class_getitem__(cls, item) -> GenericAlias:
        return GenericAlias(cls, item)

    # The ring. Newest is the sentinel's *older*, oldest its *newer*.

    cdef inline Node *_node(self, uint32_t entry) noexcept:
        return &(<Node *>self._table.words)[entry]

    cdef inline void _join_newest(self, uint32_t entry) noexcept:
        cdef uint32_t sentinel = self._table.room
        cdef uint32_t second = self._node(sentinel).older
        self._node(entry).newer = sentinel
        self._node(entry).older = second
        self._node(second).newer = entry
        self._node(sentinel).older = entry

    cdef inline void _leave(self, uint32_t entry) noexcept:
        cdef uint32_t newer = self._node(entry).newer
        cdef uint32_t older = self._node(entry).older
        self._node(newer).older = older
        self._node(older).newer = newer

    cdef inline void _touch(self, uint32_t entry) noexcept:
        if self._node(self._table.room).older != entry:
            self._leave(entry)
            self._join_newest(entry)

    # Keys.

    cdef inline uint32_t _find(self, object key, Probe *probe) except? FAILED:
        """Return the entry of *key* or ABSENT, where *probe* has then searched to the end of the run."""
        if PyLong_CheckExact(key) and self._text_keys == 0:
            return table_first(&self._table, probe, <uint64_t><int64_t>key)
        if PyUnicode_Check(key):
            return ABSENT if self._keys is None else self._find_text(exact_text(key), probe)
        return self._find_number(<uint64_t>int64_of(key), probe)

    cdef uint32_t _find_number(self, uint64_t word, Probe *probe) except? FAILED:
        cdef uint32_t entry = table_first(&self._table, probe, word)
        if self._text_keys == 0:
            return entry
        while entry != ABSENT and self._keys[entry] is not None:
            entry = table_next(&self._table, probe)
        return entry

    cdef uint32_t _find_text(self, object text, Probe *probe) except? FAILED:
        cdef object held
        cdef uint32_t entry = table_first(&self._table, probe, text_word(text))
        while entry != ABSENT:
            held = self._keys[entry]
            if held is not None and same_text(held, text):
                break
            entry = table_next(&self._table, probe)
        return entry

    cdef object _key_at(self, uint32_t entry):
        if self._text_keys and self._keys[entry] is not None:
            return self._keys[entry]
        return <int64_t>self._node(entry).word

    cdef int _make_keys(self) except -1:
        """Give place for str keys; making a list may run the collector, which may call put() or resize()."""
        cdef list keys
        while self._keys is None:
            keys = [None] * self._table.room
            if self._keys is None and PyList_GET_SIZE(keys) == self._table.room:
                self._keys = keys
        return 0

    # Entries. No Python code runs inside these: what loses its last reference is returned. If the garbage
    # collector has cleared the lists, indexing them raises; they are as long as the table has entries.

    cdef inline object _set_value(self, uint32_t entry, object value):
        """Store *value* and return the former one."""
        cdef object former = self._values[entry]
        self._values[entry] = value
        return former

    cdef inline int _add(self, const Probe *probe, object key, object value) except -1:
        """Make a new pair the newest; *probe* has just searched for *key*, a str or any int, to ABSENT."""
        cdef uint32_t entry = self._free if self._free != ABSENT else self._fresh
        self._values[entry] = value
        if PyUnicode_Check(key):
            self._keys[entry] = exact_text(key)
            self._text_keys += 1
        if self._free != ABSENT:
            self._free = self._node(entry).older
        else:
            self._fresh += 1
        self._node(entry).word = probe.word
        table_place(&self._table, probe, entry)
        self._join_newest(entry)
        self._size += 1
        return 0

    cdef inline object _remove(self, uint32_t entry):
        """Remove a pair; return its value."""
        cdef object former = self._set_value(entry, None)
        if self._text_keys and self._keys[entry] is not None:
            self._keys[entry] = None
            self._text_keys -= 1
        table_unlink(&self._table, entry)
        self._leave(entry)
        self._node(entry).older = self._free
        self._free = entry
        self._size -= 1
        return former

    cdef void _report(self, object key, object value) noexcept:
        """Call *on_evict*; `noexcept` sends what it raises to sys.unraisablehook."""
        self._on_evict(key, value)

    # The mapping.

    def get(self, key, default=None):
        """Return the value of *key*, now the most recent, or *default*; counts a hit or a miss."""
        cdef Probe probe
        cdef uint32_t entry = self._find(key, &probe)
        if entry == ABSENT:
            self._misses += 1
            return default
        self._hits += 1
        self._touch(entry)
        return self._values[entry]

    def __getitem__(self, key):
        cdef Probe probe
        cdef uint32_t entry = self._find(key, &probe)
        if entry == ABSENT:
            self._misses += 1
            raise KeyError(key)
        self._hits += 1
        self._touch(entry)
        return self._values[entry]

    def peek(self, key, default=None):
        """Return the value of *key* or *default*, leaving order and counts alone."""
        cdef Probe probe
        cdef uint32_t entry = self._find(key, &probe)
        return default if entry == ABSENT else self._values[entry]

    def put(self, key, value) -> None:
        """Map *key*, now the most recent, to *value*; the least recent pair goes if there is no room."""
        self._put(key, value)

    def __setitem__(self, key, value) -> None:
        self._put(key, value)

    cdef int _put(self, object key, object value) except -1:
        cdef Probe probe
        cdef uint32_t entry
        cdef object former
        if PyUnicode_Check(key) and self._keys is None:
            self._make_keys()
        entry = self._find(key, &probe)
        if entry != ABSENT:
            self._touch(entry)
            former = self._set_value(entry, value)
            return 0
        if self._size < self._capacity:
            self._add(&probe, key, value)
        else:
            self._add_evicting(&probe, key, value)
        return 0

    cdef inline int _add_evicting(self, const Probe *probe, object key, object value) except -1:
        cdef uint32_t oldest = self._node(self._table.room).newer
        cdef object evicted = None if self._on_evict is None else self._key_at(oldest)
        cdef object former
        self._add(probe, key, value)
        former = self._remove(oldest)
        self._evictions += 1
        if self._on_evict is not None:
            self._report(evicted, former)
        return 0

    def __delitem__(self, key) -> None:
        cdef Probe probe
        cdef uint32_t entry = self._find(key, &probe)
        if entry == ABSENT:
            raise KeyError(key)
        self._remove(entry)

    def pop(self, key, default=MISSING):
        """Remove *key* and return its value; if there is none, *default*, or KeyError without one."""
        cdef Probe probe
        cdef uint32_t entry = self._find(key, &probe)
        if entry != ABSENT:
            return self._remove(entry)
        if default is MISSING:
            raise KeyError(key)
        return default

    def clear(self) -> None:
        """Remove all pairs, without on_evict; counts stay."""
        cdef LruCache former = LruCache(self._capacity)
        while former._capacity != self._capacity:    # making it ran the collector, and that resize()
            former = LruCache(self._capacity)
        self._swap(former)

    def resize(self, capacity) -> None:
        """Hold at most *capacity* pairs from now on; the least recent that are too many go. O(capacity)."""
        cdef LruCache other = LruCache(capacity)
        cdef uint32_t surplus, entry, i
        if self._keys is not None:
            other._make_keys()
        surplus = self._size - min(self._size, other._capacity)
        entry = self._node(self._table.room).newer
        for i in range(self._size):
            if i >= surplus:
                other._put(self._key_at(entry), self._values[entry])
            entry = self._node(entry).newer
        self._swap(other)
        self._evictions += surplus
        if self._on_evict is not None:
            other._report_oldest(self, surplus)

    cdef void _swap(self, LruCache other) noexcept:
        """Exchange the pairs, and the room for them, with *other*."""
        self._table, other._table = other._table, self._table
        self._values, other._values = other._values, self._values
        self._keys, other._keys = other._keys, self._keys
        self._capacity, other._capacity = other._capacity, self._capacity
        self._size, other._size = other._size, self._size
        self._text_keys, other._text_keys = other._text_keys, self._text_keys
        self._fresh, other._fresh = other._fresh, self._fresh
        self._free, other._free = other._free, self._free

    cdef int _report_oldest(self, LruCache owner, uint32_t count) except -1:
        """Tell *owner*'s on_evict of the *count* oldest pairs."""
        cdef uint32_t entry = self._node(self._table.room).newer
        for _ in range(count):
            owner._report(self._key_at(entry), self._values[entry])
            entry = self._node(entry).newer
        return 0

    # Views are lists made at once: the cache may change while they are read.

    cdef int _list(self, list keys, list values) except -1:
        """Append all keys and values; appending runs no Python code, so the ring stands still."""
        cdef uint32_t entry = self._node(self._table.room).older
        while entry != self._table.room:
            keys.append(self._key_at(entry))
            values.append(self._values[entry])
            entry = self._node(entry).older
        return 0

    def keys(self) -> list:
        """Return the keys, most recent first."""
        keys, values = [], []
        self._list(keys, values)
        return keys

    def values(self) -> list:
        """Return the values, most recent first."""
        keys, values = [], []
        self._list(keys, values)
        return values

    def items(self) -> list:
        """Return the pairs of key and value, most recent first."""
        keys, values = [], []
        self._list(keys, values)
        return list(zip(keys, values))

    def __iter__(self):
        return iter(self.keys())

    def stats(self) -> LruStats:
        """Return the counts since the cache was made, with its size and capacity."""
        return LruStats(self._hits, self._misses, self._evictions, self._size, self._capacity)

    @property
    def capacity(self) -> int:
        """How many pairs are held at most."""
        return self._capacity

    def __contains__(self, key) -> bool:
        cdef Probe probe
        return self._find(key, &probe) != ABSENT

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return (
            f"LruCache(capacity={self._capacity}, size={self._size}, "
            f"hits={self._hits}, misses={self._misses}, evictions={self._evictions})"
        )

    def __sizeof__(self) -> int:
        cdef size_t lists = getsizeof(self._values)
        if self._keys is not None:
            lists += getsizeof(self._keys)
        return sizeof(LruCache) + table_bytes(&self._table) + lists
