# cython: language_level=3
"""Find entries of a dense array by a 64-bit word: the one hash table of this package.

Entries lie in one array, *words*, each one or two words long; the first word of an entry is what it is
found by. *slots* says where: an entry's slot is its home, which its hash chooses, or the first free one
behind. A slot has 32 bits:

    step (4) | tag (28 - k) | entry number (k), for 2**k slots

The step is the distance from home, 15 standing for all that are greater; the tag is a piece of the hash. They
tell most strangers apart, and let a run be repaired, without a look at the entries.

Deleting moves the rest of the run back instead of leaving a mark, so a table never silts up. There are always
more slots than entries, so every search ends at an EMPTY one.
"""

from libc.stdint cimport uint32_t, uint64_t

from lplate_native.hashing cimport scattered

cdef extern from *:
    """
    #define LPLATE_NOTHING UINT32_MAX          /* no entry's number, see MAX_ROOM, and no entry's slot */
    #define LPLATE_FAILED (UINT32_MAX - 1)
    #define LPLATE_MAX_ROOM (UINT32_C(1) << 27)
    #define LPLATE_STEP (UINT32_C(1) << 28)
    #define LPLATE_LAST_STEP (UINT32_C(15) << 28)
    """
    const uint32_t ABSENT "LPLATE_NOTHING"
    const uint32_t EMPTY "LPLATE_NOTHING"
    const uint32_t FAILED "LPLATE_FAILED"        # for look-ups that may raise
    const uint32_t MAX_ROOM "LPLATE_MAX_ROOM"
    const uint32_t STEP "LPLATE_STEP"
    const uint32_t LAST_STEP "LPLATE_LAST_STEP"


cdef enum:
    DENSE = 3     # 6 to 12 bytes of slots per entry
    SPARSE = 4    # 8 to 16 bytes, for fewer steps


cdef struct Table:
    uint32_t *slots
    uint64_t *words
    uint32_t mask    # number of slots, a power of two, less one
    uint32_t room    # entries the array can hold
    uint32_t count   # entries in use, if the owner fills the array from the front
    uint32_t wide    # 0: entries of one word, 1: of two
    uint32_t spread  # slots per two entries, at least: DENSE or SPARSE


cdef struct Probe:
    # A search: where it is, and what the slot of an entry looks like there.
    uint64_t word
    uint32_t slot
    uint32_t pattern    # step and tag


cdef int table_init(Table *table, uint32_t room, uint32_t wide, uint32_t spread) except -1
cdef void table_free(Table *table) noexcept nogil
cdef int table_resize(Table *table, uint32_t room) except -1
cdef void table_relink(Table *table) noexcept nogil
cdef void table_unlink(Table *table, uint32_t entry) noexcept nogil
cdef void table_drop(Table *table, uint32_t entry) noexcept nogil
cdef size_t table_bytes(const Table *table) noexcept nogil


cdef inline uint64_t *table_entry(const Table *table, uint32_t entry) noexcept nogil:
    return table.words + (<size_t>entry << table.wide)


cdef inline uint32_t table_grown(const Table *table) noexcept nogil:
    """Return the room to grow to: half as much again."""
    return table.room + table.room // 2 + 1


cdef inline void probe_start(const Table *table, Probe *probe, uint64_t word) noexcept nogil:
    cdef uint64_t hashed = scattered(word)
    probe.word = word
    probe.slot = <uint32_t>hashed & table.mask
    probe.pattern = <uint32_t>(hashed >> 32) & ~table.mask & (STEP - 1)


cdef inline void probe_step(const Table *table, Probe *probe) noexcept nogil:
    probe.slot = (probe.slot + 1) & table.mask
    if probe.pattern < LAST_STEP:
        probe.pattern += STEP


cdef inline uint32_t table_next(const Table *table, Probe *probe) noexcept nogil:
    """Return the next entry found by the probe's word, the probe moving behind it, or ABSENT at the end."""
    cdef uint32_t held, entry
    while True:
        held = table.slots[probe.slot]
        if held == EMPTY:
            return ABSENT
        if held & ~table.mask == probe.pattern:
            entry = held & table.mask
            if table_entry(table, entry)[0] == probe.word:
                probe_step(table, probe)
                return entry
        probe_step(table, probe)


cdef inline uint32_t table_first(const Table *table, Probe *probe, uint64_t word) noexcept nogil:
    """Return the first entry found by *word*, or ABSENT; table_next() goes on with *probe*."""
    probe_start(table, probe, word)
    return table_next(table, probe)


cdef inline uint32_t table_find(const Table *table, uint64_t word) noexcept nogil:
    """Return the entry found by *word*, or ABSENT, where words are unique."""
    cdef Probe probe
    return table_first(table, &probe, word)


cdef inline void table_place(Table *table, const Probe *probe, uint32_t entry) noexcept nogil:
    """Link *entry*, whose word *probe* has searched to ABSENT since the table last changed."""
    table.slots[probe.slot] = probe.pattern | entry


cdef inline void table_link(Table *table, uint32_t entry) noexcept nogil:
    """Make *entry* findable by its first word; fewer than *room* entries may be linked before."""
    cdef Probe probe
    probe_start(table, &probe, table_entry(table, entry)[0])
    while table.slots[probe.slot] != EMPTY:
        probe_step(table, &probe)
    table_place(table, &probe, entry)
