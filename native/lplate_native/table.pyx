# cython: language_level=3
"""The parts of the table that are not on the path of a look-up: memory, growth, removal."""

from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset


cdef uint32_t slots_for(uint32_t room, uint32_t spread) noexcept nogil:
    """Return the least power of two, at least 8, with *spread* slots for every two of *room* entries but one.

    Leaving out one spares a cache of 2**n pairs, which has room for one more, from twice the slots.
    """
    cdef uint64_t slots = 8
    while slots * 2 + spread < <uint64_t>room * spread:
        slots *= 2
    return <uint32_t>slots


cdef size_t words_size(uint32_t room, uint32_t wide) noexcept nogil:
    """Return the bytes of *room* entries and the spare one."""
    return (<size_t>room + 1) * sizeof(uint64_t) << wide


cdef int table_init(Table *table, uint32_t room, uint32_t wide, uint32_t spread) except -1:
    """Make an empty table for *room* entries, at most MAX_ROOM; *table* must be zero or freed.

    Behind the last entry lies a spare one, never linked, for the owner's use.
    """
    cdef uint32_t slots = slots_for(room, spread)
    table.slots = <uint32_t *>malloc(<size_t>slots * sizeof(uint32_t))
    table.words = <uint64_t *>malloc(words_size(room, wide))
    if table.slots == NULL or table.words == NULL:
        table_free(table)
        raise MemoryError(f"no memory for a table of {room} entries")
    table.mask = slots - 1
    table.room = room
    table.wide = wide
    table.spread = spread
    table.count = 0
    table_relink(table)
    return 0


cdef void table_free(Table *table) noexcept nogil:
    """Return the memory; *table* is zero afterwards."""
    free(table.slots)
    free(table.words)
    memset(table, 0, sizeof(Table))


cdef int table_resize(Table *table, uint32_t room) except -1:
    """Give room for *room* entries, at least *count* of which the first *count* are linked.

    On MemoryError nothing has changed.
    """
    cdef uint32_t slots
    cdef uint32_t *fresh = table.slots
    cdef uint64_t *words
    if room > MAX_ROOM:
        raise MemoryError(f"a table holds at most {MAX_ROOM} entries")
    slots = slots_for(room, table.spread)
    if slots != table.mask + 1:
        fresh = <uint32_t *>malloc(<size_t>slots * sizeof(uint32_t))
    words = NULL if fresh == NULL else <uint64_t *>realloc(table.words, words_size(room, table.wide))
    if words == NULL:
        if fresh != table.slots:
            free(fresh)
        raise MemoryError(f"no memory for a table of {room} entries")
    table.words = words
    table.room = room
    if fresh != table.slots:
        free(table.slots)
        table.slots = fresh
        table.mask = slots - 1
        table_relink(table)
    return 0


cdef void table_relink(Table *table) noexcept nogil:
    """Rebuild the slots from the first *count* entries."""
    cdef uint32_t entry
    memset(table.slots, 0xFF, (<size_t>table.mask + 1) * sizeof(uint32_t))
    for entry in range(table.count):
        table_link(table, entry)


cdef uint32_t slot_of(const Table *table, uint32_t entry) noexcept nogil:
    """Return the slot of a linked *entry*; the low bits of EMPTY are no entry's number."""
    cdef uint32_t slot = <uint32_t>scattered(table_entry(table, entry)[0]) & table.mask
    while table.slots[slot] & table.mask != entry:
        slot = (slot + 1) & table.mask
    return slot


cdef uint32_t steps_at(const Table *table, uint32_t slot) noexcept nogil:
    """Return the distance from home of what *slot* holds."""
    cdef uint32_t held = table.slots[slot]
    cdef uint64_t word
    if held < LAST_STEP:
        return held // STEP
    word = table_entry(table, held & table.mask)[0]
    return (slot - <uint32_t>scattered(word)) & table.mask


cdef void table_unlink(Table *table, uint32_t entry) noexcept nogil:
    """Make a linked *entry* unfindable; its words stay.

    Source: Knuth, TAOCP volume 3, section 6.4, Algorithm R: what is behind the hole moves into it unless its
    home is behind the hole too.
    """
    cdef uint32_t hole = slot_of(table, entry)
    cdef uint32_t slot = (hole + 1) & table.mask
    cdef uint32_t steps, distance
    while table.slots[slot] != EMPTY:
        steps = steps_at(table, slot)
        distance = (slot - hole) & table.mask
        if steps >= distance:
            table.slots[hole] = (table.slots[slot] & (STEP - 1)) | min(steps - distance, <uint32_t>15) * STEP
            hole = slot
        slot = (slot + 1) & table.mask
    table.slots[hole] = EMPTY


cdef void table_drop(Table *table, uint32_t entry) noexcept nogil:
    """Remove *entry* from the first *count*, all of them linked, by moving the last into its place."""
    cdef uint32_t last = table.count - 1
    cdef uint32_t slot
    table_unlink(table, entry)
    if entry != last:
        slot = slot_of(table, last)
        table.slots[slot] = (table.slots[slot] & ~table.mask) | entry
        memcpy(table_entry(table, entry), table_entry(table, last), sizeof(uint64_t) << table.wide)
    table.count = last


cdef size_t table_bytes(const Table *table) noexcept nogil:
    """Return the memory of slots and entries, in bytes."""
    if table.slots == NULL:
        return 0
    return (<size_t>table.mask + 1) * sizeof(uint32_t) + words_size(table.room, table.wide)
