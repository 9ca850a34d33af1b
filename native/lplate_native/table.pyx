# cython: language_level=3
"""The parts of the table that are not on the path of a look-up: memory, growth, removal."""

from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset


cdef uint32_t slots_for(uint32_t room, uint32_t spread) noexcept nogil:
    """Return the least power of two, at least 8, with *spread* slots for every two of *room* entries."""
    cdef uint64_t slots = 8
    while slots * 2 < <uint64_t>room * spread:
        slots *= 2
    return <uint32_t>slots


cdef size_t words_size(uint32_t room, uint32_t wide) noexcept nogil:
    """Return the bytes of *room* entries, never 0, for which malloc() may return NULL."""
    return <size_t>max(room, <uint32_t>1) * sizeof(uint64_t) << wide


cdef int table_init(Table *table, uint32_t room, uint32_t wide, uint32_t spread) except -1:
    """Make an empty table for *room* entries, at most MAX_ROOM; *table* must be zero or freed."""
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
    cdef Table former = table[0]
    table.slots = fresh
    table.mask = slots - 1
    if table.mask > former.mask:
        move_slots(table, &former)
    elif table.mask < former.mask:
        table_relink(table)
    if fresh != former.slots:
        free(former.slots)
    return 0


cdef void table_relink(Table *table) noexcept nogil:
    """Rebuild the slots from the first *count* entries."""
    cdef uint32_t entry
    memset(table.slots, 0xFF, (<size_t>table.mask + 1) * sizeof(uint32_t))
    for entry in range(table.count):
        table_link(table, entry)


cdef inline uint32_t home_at(const Table *table, uint32_t slot) noexcept nogil:
    """Return the first slot of the home group of what *slot* holds."""
    cdef uint32_t held = table.slots[slot]
    if held < LAST_STEP:
        return home_of(table, slot - held // STEP * GROUP)
    return home_of(table, hashed_at(table, held & table.mask))


cdef void move_slots(Table *table, const Table *former) noexcept nogil:
    """Link what the fewer slots of *former* hold; in their order, so that memory is written about in order."""
    cdef uint32_t slot
    memset(table.slots, 0xFF, (<size_t>table.mask + 1) * sizeof(uint32_t))
    for slot in range(former.mask + 1):
        if former.slots[slot] != EMPTY:
            table_link_hashed(table, former.slots[slot] & former.mask, hashed_of(former, slot))


cdef inline uint32_t hashed_of(const Table *table, uint32_t slot) noexcept nogil:
    """Return the hash of what *slot* holds, of whose lowest bits, the lane, it is known where they led."""
    return home_at(table, slot) | table.slots[slot] & ~table.mask & (STEP - 1) | slot & (GROUP - 1)


cdef uint32_t table_close_gap(Table *table, uint32_t hole) noexcept nogil:
    """Bring back what had to pass the full group of *hole*; return where the hole is then.

    Source: Knuth, TAOCP volume 3, section 6.4, Algorithm R, with groups for cells: what lies behind the hole
    moves into it unless its home is behind the hole too.
    """
    cdef uint32_t hole_group = hole & ~(GROUP - 1)
    cdef uint32_t group = hole_group
    cdef uint32_t slot, steps, distance
    cdef bint is_last = False
    while not is_last:
        group = group_after(table, group)
        distance = ((group - hole_group) & table.mask) // GROUP
        is_last = not group_is_full(table.slots + group)
        for slot in range(group, group + GROUP):
            if table.slots[slot] == EMPTY:
                continue
            steps = ((group - home_at(table, slot)) & table.mask) // GROUP
            if steps >= distance:
                steps = min(steps - distance, LAST_STEP // STEP)
                table.slots[hole] = (table.slots[slot] & (STEP - 1)) | steps * STEP
                hole, hole_group = slot, group
                break
    return hole


cdef void table_drop(Table *table, uint32_t entry) noexcept nogil:
    """Remove *entry* from the first *count*, all of them linked, by moving the last into its place."""
    cdef uint32_t last = table.count - 1
    cdef uint32_t slot, found
    table_unlink(table, entry)
    if entry != last:
        slot = group_of(table, last, &found)
        slot += first_of(found)
        table.slots[slot] = (table.slots[slot] & ~table.mask) | entry
        memcpy(table_entry(table, entry), table_entry(table, last), sizeof(uint64_t) << table.wide)
    table.count = last


cdef size_t table_bytes(const Table *table) noexcept nogil:
    """Return the memory of slots and entries, in bytes."""
    if table.slots == NULL:
        return 0
    return (<size_t>table.mask + 1) * sizeof(uint32_t) + words_size(table.room, table.wide)
