# cython: language_level=3
"""A bounded mapping that forgets what was used least recently."""

cimport cython
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from cpython.unicode cimport PyUnicode_Check, PyUnicode_CheckExact
from libc.stdint cimport int64_t, uint32_t, uint64_t

from collections.abc import Mapping
from sys import getsizeof
from types import GenericAlias

from lplate_native.integers cimport int64_of, refuse_type, room_of
from lplate_native.lists cimport check_item, exchange_item, items_of
from lplate_native.ring cimport (
    Ring,
    ring_add,
    ring_init,
    ring_node,
    ring_oldest,
    ring_remove,
    ring_replace,
    ring_touch,
    ring_unused,
)
from lplate_native.stats import LruStats
from lplate_native.table cimport (
    ABSENT,
    FAILED,
    MAX_ROOM,
    Probe,
    table_bytes,
    table_find,
    table_first,
    table_free,
    table_glance,
    table_next,
)
from lplate_native.texts cimport exact_text, same_text, text_word

cdef object MISSING = object()


@cython.final
@cython.no_gc_clear    # cycles pass through the list of values, or what on_evict was given later
cdef class LruCache:
    """Map int and str keys to at most *capacity* values, forgetting the least recently used.

    get(), subscription, setdefault(), put() and update() make a key the most recent; peek(), `in`, iteration
    and comparison, which is by pairs as for every mapping, do not. A copy is dict(cache.items()): dict(cache)
    would look up every key. All operations on one key are O(1). Ints are 64-bit signed; a str subclass counts
    as its text. *capacity* is from 1 to 2**27; memory is allocated at once, 32 to 40 bytes for each pair (up
    to 56 where capacity is at most 512), 8 more from the first str key on.

    *on_evict(key, value)* is called for a pair that capacity pushes out, as by put() or resize(), after the
    change is complete, so it may use the cache; what it raises goes to `sys.unraisablehook`.
    """

    cdef Ring _ring
    cdef list _values           # by entry number; a list, so that the garbage collector sees through it
    cdef list _keys             # str keys by entry number, None for int keys; None until the first str key
    cdef object _on_evict
    cdef uint32_t _text_keys    # how many of the keys are str
    cdef uint64_t _hits
    cdef uint64_t _misses
    cdef uint64_t _evictions

    def __cinit__(self, capacity, on_evict=None) -> None:
        cdef uint32_t room = room_of(capacity, 1, MAX_ROOM, "capacity")
        if on_evict is not None and not callable(on_evict):
            refuse_type(on_evict, "a callable on_evict")
        self._values = [None] * room
        self._on_evict = on_evict
        ring_init(&self._ring, room)

    def __dealloc__(self):
        table_free(&self._ring.table)

    @classmethod
    def __class_getitem__(cls, item) -> GenericAlias:
        return GenericAlias(cls, item)

    # Keys. Where a search takes a *probe*, it is at the end of the run if the result is ABSENT.

    cdef uint32_t _find(self, object key) except? FAILED:
        """Return the entry of *key* or ABSENT."""
        cdef Probe probe
        cdef uint32_t entry
        if not PyUnicode_Check(key):
            return self._find_number(<uint64_t>int64_of(key), &probe)
        if self._keys is None:
            return ABSENT
        key = exact_text(key)
        entry = table_glance(&self._ring.table, text_word(key))
        return entry if entry != ABSENT and self._has_text(entry, key) else self._find_text(key, &probe)

    cdef uint32_t _find_number(self, uint64_t word, Probe *probe) except? FAILED:
        cdef uint32_t entry = table_first(&self._ring.table, probe, word)
        while self._text_keys and entry != ABSENT and self._text_at(entry) != <PyObject *>None:
            entry = table_next(&self._ring.table, probe)
        return entry

    cdef uint32_t _find_text(self, object text, Probe *probe) except? FAILED:
        cdef uint32_t entry = table_first(&self._ring.table, probe, text_word(text))
        while entry != ABSENT and not self._has_text(entry, text):
            entry = table_next(&self._ring.table, probe)
        return entry

    cdef inline bint _has_text(self, uint32_t entry, object text) except -1:
        cdef PyObject *held = self._text_at(entry)
        return held != <PyObject *>None and same_text(<object>held, text)

    cdef inline PyObject *_text_at(self, uint32_t entry) except NULL:
        """Return the str key of *entry*, or None; there must have been a str key."""
        check_item(<PyObject *>self._keys, entry)
        return items_of(<PyObject *>self._keys)[entry]

    cdef object _key_at(self, uint32_t entry):
        if self._text_keys and self._text_at(entry) != <PyObject *>None:
            return <object>self._text_at(entry)
        return <int64_t>ring_node(&self._ring, entry).word

    cdef int _set_text(self, uint32_t entry, PyObject *text) except -1:
        """Store a str key, or None for an int; the word in the table is the caller's to write."""
        check_item(<PyObject *>self._keys, entry)
        cdef PyObject *former = exchange_item(<PyObject *>self._keys, entry, text)
        self._text_keys += (text != <PyObject *>None) - (former != <PyObject *>None)
        Py_DECREF(<object>former)    # runs no Python code
        return 0

    cdef int _make_keys(self) except -1:
        """Give place for str keys; making a list may run the collector, which may call put() or resize()."""
        cdef list keys
        while self._keys is None:
            keys = [None] * self._ring.table.room
            if self._keys is None and <size_t>len(keys) == self._ring.table.room:
                self._keys = keys
        return 0

    # Entries. A value that may lose its last reference is returned: no Python code runs on half a change.

    cdef inline object _value_at(self, uint32_t entry):
        check_item(<PyObject *>self._values, entry)
        return <object>items_of(<PyObject *>self._values)[entry]

    cdef object _remove(self, uint32_t entry):
        """Remove a pair; return its value."""
        cdef object former = self._value_at(entry)
        if self._text_keys:
            self._set_text(entry, <PyObject *>None)
        Py_DECREF(<object>exchange_item(<PyObject *>self._values, entry, <PyObject *>None))    # *former*
        ring_remove(&self._ring, entry)
        return former

    cdef void _report(self, object key, object value) noexcept:
        """Call *on_evict*; `noexcept` sends what it raises to sys.unraisablehook."""
        self._on_evict(key, value)

    # The mapping.

    cdef inline object _look_up(self, object key, object default):
        cdef uint32_t entry
        if PyLong_CheckExact(key) and self._text_keys == 0:
            entry = table_find(&self._ring.table, <uint64_t><int64_t>key)
        else:
            entry = self._find(key)
        if entry == ABSENT:
            self._misses += 1
            return default
        self._hits += 1
        ring_touch(&self._ring, entry)
        return self._value_at(entry)

    def get(self, key, default=None):
        """Return the value of *key*, now the most recent, or *default*; counts a hit or a miss."""
        return self._look_up(key, default)

    def __getitem__(self, key):
        cdef object found = self._look_up(key, MISSING)
        if found is MISSING:
            raise KeyError(key)
        return found

    def peek(self, key, default=None):
        """Return the value of *key* or *default*, leaving order and counts alone."""
        cdef uint32_t entry = self._find(key)
        return default if entry == ABSENT else self._value_at(entry)

    def put(self, key, value) -> None:
        """Map *key*, now the most recent, to *value*; the least recent pair goes if there is no room."""
        self._put(key, value)

    def __setitem__(self, key, value) -> None:
        self._put(key, value)

    cdef int _put(self, object key, object value) except -1:
        cdef Probe probe
        cdef Probe other    # its address is given away; one in registers saves many instructions
        cdef uint32_t entry
        cdef PyObject *text = NULL
        if PyLong_CheckExact(key) and self._text_keys == 0:
            entry = table_first(&self._ring.table, &probe, <uint64_t><int64_t>key)
        elif PyUnicode_CheckExact(key):
            text = <PyObject *>key
            if self._keys is None:
                self._make_keys()
            entry = self._find_text(key, &other)
            probe = other
        elif PyUnicode_Check(key):
            return self._put(exact_text(key), value)
        else:
            text = NULL if self._text_keys == 0 else <PyObject *>None
            entry = self._find_number(<uint64_t>int64_of(key), &other)
            probe = other
        if entry != ABSENT:
            check_item(<PyObject *>self._values, entry)
            ring_touch(&self._ring, entry)
        elif self._ring.size < self._ring.table.room:
            return add_pair(self, &probe, text, <PyObject *>value)
        elif self._on_evict is not None:
            return self._put_and_report(key, value)
        else:
            entry = ring_oldest(&self._ring)
            replace_oldest(self, entry, &probe, text)
        # Last, as it may run Python code.
        Py_DECREF(<object>exchange_item(<PyObject *>self._values, entry, <PyObject *>value))
        return 0

    cdef int _put_and_report(self, object key, object value) except -1:
        """Do as put() does for a key that is not there in a full cache, and call on_evict."""
        cdef uint32_t oldest = ring_oldest(&self._ring)
        cdef object evicted = self._key_at(oldest)
        cdef object former = self._remove(oldest)
        self._evictions += 1
        self._put(key, value)
        self._report(evicted, former)
        return 0

    def setdefault(self, key, default=None):
        """Return what get() finds, or else put *default* and return that; counts a hit or a miss."""
        cdef object found = self._look_up(key, MISSING)
        if found is not MISSING:
            return found
        self._put(key, default)
        return default

    def update(self, other=(), /, **more) -> None:
        """Put the pairs of *other*, a cache, mapping or iterable of pairs, then those of *more*."""
        if isinstance(other, LruCache):
            other = reversed(other.items())    # so that the order of use is the same
        elif hasattr(other, "keys"):
            other = [(key, other[key]) for key in other.keys()]
        for key, value in (*other, *more.items()):
            self._put(key, value)

    def __delitem__(self, key) -> None:
        self.pop(key)

    def pop(self, key, default=MISSING):
        """Remove *key* and return its value; if there is none, *default*, or KeyError without one."""
        cdef uint32_t entry = self._find(key)
        if entry != ABSENT:
            return self._remove(entry)
        if default is MISSING:
            raise KeyError(key)
        return default

    def popitem(self) -> tuple:
        """Remove the least recent pair, without on_evict, and return it; KeyError if there is none."""
        if self._ring.size == 0:
            raise KeyError("the cache is empty")
        cdef object key = self._key_at(ring_oldest(&self._ring))
        return key, self._remove(ring_oldest(&self._ring))

    def clear(self) -> None:
        """Remove all pairs, without on_evict; counts stay."""
        cdef LruCache former = LruCache(self.capacity)
        while former.capacity != self.capacity:    # making it ran the collector, and that resize()
            former = LruCache(self.capacity)
        self._swap(former)

    def resize(self, capacity) -> None:
        """Hold at most *capacity* pairs from now on; the least recent that are too many go. O(capacity)."""
        cdef LruCache other = LruCache(capacity)
        cdef uint32_t surplus, entry, i
        if self._keys is not None:
            other._make_keys()
        surplus = self._ring.size - min(self._ring.size, other._ring.table.room)
        entry = self._ring.newest
        for i in range(self._ring.size):
            entry = ring_node(&self._ring, entry).newer
            if i >= surplus:
                other._put(self._key_at(entry), self._value_at(entry))
        self._swap(other)
        self._evictions += surplus
        if self._on_evict is not None:
            other._report_oldest(self, surplus)

    cdef void _swap(self, LruCache other) noexcept:
        """Exchange the pairs, and the room for them, with *other*."""
        self._ring, other._ring = other._ring, self._ring
        self._values, other._values = other._values, self._values
        self._keys, other._keys = other._keys, self._keys
        self._text_keys, other._text_keys = other._text_keys, self._text_keys

    cdef int _report_oldest(self, LruCache owner, uint32_t count) except -1:
        """Tell *owner*'s on_evict of the *count* oldest pairs."""
        cdef uint32_t entry = self._ring.newest
        for _ in range(count):
            entry = ring_node(&self._ring, entry).newer
            owner._report(self._key_at(entry), self._value_at(entry))
        return 0

    # Views are lists made at once: the cache may change while they are read.

    cdef int _list(self, list keys, list values) except -1:
        """Append all keys and values; appending runs no Python code, so the ring stands still."""
        cdef uint32_t entry = self._ring.newest
        for _ in range(self._ring.size):
            keys.append(self._key_at(entry))
            values.append(self._value_at(entry))
            entry = ring_node(&self._ring, entry).older
        return 0

    def keys(self) -> list:
        """Return the keys, most recent first."""
        return [key for key, _ in self.items()]

    def values(self) -> list:
        """Return the values, most recent first."""
        return [value for _, value in self.items()]

    def items(self) -> list:
        """Return the pairs of key and value, most recent first."""
        keys, values = [], []
        self._list(keys, values)
        return list(zip(keys, values))

    def __iter__(self):
        return iter(self.keys())

    def __reversed__(self):
        return reversed(self.keys())

    def __eq__(self, other) -> bool:
        if not isinstance(other, (LruCache, Mapping)):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    def stats(self) -> LruStats:
        """Return the counts since the cache was made, with its size and capacity."""
        return LruStats(self._hits, self._misses, self._evictions, self._ring.size, self._ring.table.room)

    @property
    def capacity(self) -> int:
        """How many pairs are held at most."""
        return self._ring.table.room

    def __contains__(self, key) -> bool:
        return self._find(key) != ABSENT

    def __len__(self) -> int:
        return self._ring.size

    def __repr__(self) -> str:
        return (
            f"LruCache(capacity={self._ring.table.room}, size={self._ring.size}, "
            f"hits={self._hits}, misses={self._misses}, evictions={self._evictions})"
        )

    def __sizeof__(self) -> int:
        lists = getsizeof(self._values) + (0 if self._keys is None else getsizeof(self._keys))
        return sizeof(LruCache) + table_bytes(&self._ring.table) + lists


# Beside the class, whose table of methods keeps compilers from inlining large ones. *probe* has just searched
# for a new key to ABSENT; *text* is that key, None for an int, NULL for an int where no key is a str.

cdef inline int add_pair(LruCache self, const Probe *probe, PyObject *text, PyObject *value) except -1:
    """Make a new pair the newest."""
    cdef uint32_t entry = ring_unused(&self._ring)
    check_item(<PyObject *>self._values, entry)
    if text != NULL:
        self._set_text(entry, text)
    Py_DECREF(<object>exchange_item(<PyObject *>self._values, entry, value))    # None
    ring_add(&self._ring, probe)
    return 0


cdef inline int replace_oldest(LruCache self, uint32_t oldest, const Probe *probe, PyObject *text) except -1:
    """Make the *oldest* pair the newest, with a new key; the value is the caller's to exchange."""
    check_item(<PyObject *>self._values, oldest)
    if text != NULL:
        self._set_text(oldest, text)
    ring_replace(&self._ring, oldest, probe)
    self._evictions += 1
    return 0
