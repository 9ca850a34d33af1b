# cython: language_level=3
"""Find entries of a dense array by a 64-bit word: the one hash table of this package.

Entries lie in one array, *words*, each one or two words long; the first word of an entry is what it is
found by. *slots* says where. Slots come in groups, which are searched at once: an entry's slot is in its home
group, which its hash chooses, or in the first behind it that was not full. In there it is the one in the lane
that the hash chooses too, if that was EMPTY, so that one look finds most entries. A slot has 32 bits:

    0 | step (3) | tag (28 - k) | entry number (k), for 2**k slots

The step is the distance from home in groups, 7 standing for all that are greater; the tag is bits k to 27 of
the hash, whose bits below are the home. So most strangers are told apart, gaps closed and slots doubled
without a look at the entries.

Deleting from a full group brings back what had to pass it instead of leaving a mark, so a table never silts
up. There are always more slots than entries, so every search ends at a group with an EMPTY one.
"""

from libc.stdint cimport uint32_t, uint64_t

from lplate_native.group cimport EMPTY, GROUP, first_of, group_empty, group_is_full, group_matches
from lplate_native.hashing cimport scattered

cdef extern from *:
    """
    #define LPLATE_ABSENT UINT32_MAX          /* no entry's number, see MAX_ROOM */
    #define LPLATE_FAILED (UINT32_MAX - 1)
    #define LPLATE_MAX_ROOM (UINT32_C(1) << 27)
    #define LPLATE_STEP (UINT32_C(1) << 28)
    #define LPLATE_LAST_STEP (UINT32_C(7) << 28)
    """
    const uint32_t ABSENT "LPLATE_ABSENT"
    const uint32_t FAILED "LPLATE_FAILED"        # for look-ups that may raise
    const uint32_t MAX_ROOM "LPLATE_MAX_ROOM"
    const uint32_t STEP "LPLATE_STEP"
    const uint32_t LAST_STEP "LPLATE_LAST_STEP"


cdef enum:
    DENSE = 3     # 6 to 12 bytes of slots per entry
    SPARSE = 4    # 8 to 16 bytes, for fewer full groups
    ROOMY = 8     # 16 to 32 bytes, for hardly any


cdef struct Table:
    uint32_t *slots
    uint64_t *words
    uint32_t mask    # number of slots, a power of two, less one
    uint32_t room    # entries the array can hold
    uint32_t count   # entries in use, if the owner fills the array from the front
    uint32_t wide    # 0: entries of one word, 1: of two
    uint32_t spread  # slots per two entries, at least: DENSE, SPARSE or ROOMY


cdef struct Probe:
    # A search.
    uint64_t word
    uint32_t slot       # the first of the group where it is; once it has ended, an EMPTY one
    uint32_t lane       # which slot of a group is best
    uint32_t pattern    # step and tag that an entry has there
    uint32_t matches    # slots of the group that have them and are still to be looked at


cdef int table_init(Table *table, uint32_t room, uint32_t wide, uint32_t spread) except -1
cdef void table_free(Table *table) noexcept nogil
cdef int table_resize(Table *table, uint32_t room) except -1
cdef void table_relink(Table *table) noexcept nogil
cdef uint32_t table_close_gap(Table *table, uint32_t hole) noexcept nogil
cdef void table_drop(Table *table, uint32_t entry) noexcept nogil
cdef size_t table_bytes(const Table *table) noexcept nogil


cdef inline uint64_t *table_entry(const Table *table, uint32_t entry) noexcept nogil:
    return table.words + (<size_t>entry << table.wide)


cdef inline uint32_t table_grown(const Table *table) noexcept nogil:
    """Return the room to grow to: as many entries as twice the slots are for."""
    return <uint32_t>((<uint64_t>table.mask + 1) * 4 // table.spread)


cdef inline uint32_t hashed_at(const Table *table, uint32_t entry) noexcept nogil:
    """Return the hash of an entry's first word."""
    return <uint32_t>scattered(table_entry(table, entry)[0])


cdef inline uint32_t home_of(const Table *table, uint32_t hashed) noexcept nogil:
    """Return the first slot of the home group that a hash chooses."""
    return hashed & table.mask & ~(GROUP - 1)


cdef inline uint32_t group_after(const Table *table, uint32_t group) noexcept nogil:
    return (group + GROUP) & table.mask


cdef inline uint32_t tag_of(const Table *table, uint32_t hashed) noexcept nogil:
    return hashed & ~table.mask & (STEP - 1)


cdef inline void probe_start(const Table *table, Probe *probe, uint32_t hashed) noexcept nogil:
    probe.slot = home_of(table, hashed)
    probe.lane = hashed & (GROUP - 1)
    probe.pattern = tag_of(table, hashed)


cdef inline void probe_step(const Table *table, Probe *probe) noexcept nogil:
    probe.slot = group_after(table, probe.slot)
    if probe.pattern < LAST_STEP:
        probe.pattern += STEP


cdef inline void probe_end(Probe *probe, uint32_t empty) noexcept nogil:
    """Go to the best of some EMPTY slots, given as a set, of the probe's group."""
    probe.slot += probe.lane if empty >> probe.lane & 1 else first_of(empty)


cdef inline void probe_match(const Table *table, Probe *probe) noexcept nogil:
    probe.matches = group_matches(table.slots + probe.slot, ~table.mask, probe.pattern)


cdef inline uint32_t table_next(const Table *table, Probe *probe) noexcept nogil:
    """Return the next entry found by the probe's word, the probe moving behind it, or ABSENT at the end."""
    cdef uint32_t entry, empty
    while True:
        while probe.matches:
            entry = table.slots[probe.slot + first_of(probe.matches)] & table.mask
            probe.matches &= probe.matches - 1    # the first bit goes
            if table_entry(table, entry)[0] == probe.word:
                return entry
        empty = group_empty(table.slots + probe.slot)
        if empty:
            probe_end(probe, empty)
            return ABSENT
        probe_step(table, probe)
        probe_match(table, probe)


cdef inline uint32_t table_first(const Table *table, Probe *probe, uint64_t word) noexcept nogil:
    """Return the first entry found by *word*, or ABSENT; table_next() goes on with *probe*."""
    probe.word = word
    probe_start(table, probe, <uint32_t>scattered(word))
    probe_match(table, probe)
    return table_next(table, probe)


cdef inline uint32_t table_glance(const Table *table, uint64_t word) noexcept nogil:
    """Return the entry found by *word* if it is in the best of all slots, else ABSENT."""
    cdef uint32_t hashed = <uint32_t>scattered(word)
    cdef uint32_t held = table.slots[hashed & table.mask]
    if held & ~table.mask == tag_of(table, hashed) and table_entry(table, held & table.mask)[0] == word:
        return held & table.mask
    return ABSENT


cdef inline uint32_t table_find(const Table *table, uint64_t word) noexcept nogil:
    """Return the entry found by *word*, or ABSENT, where words are unique."""
    cdef Probe probe
    cdef uint32_t entry = table_glance(table, word)
    return table_first(table, &probe, word) if entry == ABSENT else entry


cdef inline void table_place(Table *table, const Probe *probe, uint32_t entry) noexcept nogil:
    """Link *entry*, whose word *probe* has searched to ABSENT since the table last changed."""
    table.slots[probe.slot] = probe.pattern | entry


cdef inline void table_link_hashed(Table *table, uint32_t entry, uint32_t hashed) noexcept nogil:
    cdef Probe probe
    cdef uint32_t empty
    if table.slots[hashed & table.mask] == EMPTY:
        table.slots[hashed & table.mask] = tag_of(table, hashed) | entry
        return
    probe_start(table, &probe, hashed)
    empty = group_empty(table.slots + probe.slot)
    while empty == 0:
        probe_step(table, &probe)
        empty = group_empty(table.slots + probe.slot)
    probe_end(&probe, empty)
    table_place(table, &probe, entry)


cdef inline void table_link(Table *table, uint32_t entry) noexcept nogil:
    """Make *entry* findable by its first word; fewer than *room* entries may be linked before."""
    table_link_hashed(table, entry, hashed_at(table, entry))


cdef inline uint32_t group_of(const Table *table, uint32_t entry, uint32_t *found) noexcept nogil:
    """Return the group of a linked *entry* and, as a set, its slot there."""
    cdef uint32_t group = home_of(table, hashed_at(table, entry))
    found[0] = group_matches(table.slots + group, table.mask, entry)    # not EMPTY: no entry has its low bits
    while found[0] == 0:
        group = group_after(table, group)
        found[0] = group_matches(table.slots + group, table.mask, entry)
    return group


cdef inline void table_unlink(Table *table, uint32_t entry) noexcept nogil:
    """Make a linked *entry* unfindable; its words stay."""
    cdef uint32_t found
    cdef uint32_t group = group_of(table, entry, &found)
    cdef uint32_t hole = group + first_of(found)
    if group_is_full(table.slots + group):
        hole = table_close_gap(table, hole)
    table.slots[hole] = EMPTY


cdef inline void table_place_after_unlink(Table *table, const Probe *probe, uint32_t entry) noexcept nogil:
    """Do as table_place() does, where all that may have changed since is that one entry was unlinked."""
    if probe.pattern < STEP:
        table_place(table, probe, entry)
    else:    # a group that was full may now be so no more
        table_link(table, entry)
