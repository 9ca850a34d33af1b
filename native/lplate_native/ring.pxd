# cython: language_level=3
"""Keep the entries of a table in order of use."""

from libc.stdint cimport uint32_t, uint64_t

from lplate_native.table cimport (
    ABSENT,
    ROOMY,
    SPARSE,
    Probe,
    Table,
    table_init,
    table_place,
    table_place_after_unlink,
    table_unlink,
)

cdef enum:
    FEW = 512    # entries of which nobody counts the bytes


cdef struct Node:
    # An entry of a table of two words.
    uint64_t word      # what the table finds it by
    uint32_t newer     # of the newest: the oldest, so that both ends meet
    uint32_t older     # of an entry that was freed: the one freed before, or ABSENT


cdef struct Ring:
    Table table
    uint32_t size
    uint32_t newest    # ABSENT if the ring is empty
    uint32_t fresh     # entries from here on were never used
    uint32_t freed     # the entry freed last, or ABSENT


cdef inline int ring_init(Ring *ring, uint32_t room) except -1:
    """Make an empty ring for *room* entries; *ring* must be zero."""
    ring.newest = ring.freed = ABSENT
    return table_init(&ring.table, room, 1, ROOMY if room <= FEW else SPARSE)


cdef inline Node *ring_node(const Ring *ring, uint32_t entry) noexcept nogil:
    return &(<Node *>ring.table.words)[entry]


cdef inline uint32_t ring_oldest(const Ring *ring) noexcept nogil:
    """Return the oldest entry of a ring that is not empty."""
    return ring_node(ring, ring.newest).newer


cdef inline uint32_t ring_unused(const Ring *ring) noexcept nogil:
    """Return the entry that ring_add() takes; the ring must not be full."""
    return ring.fresh if ring.freed == ABSENT else ring.freed


cdef inline void ring_add(Ring *ring, const Probe *probe) noexcept nogil:
    """Make the unused entry, with the word that *probe* has searched to ABSENT, the newest."""
    cdef uint32_t entry = ring_unused(ring)
    cdef uint32_t second = entry if ring.size == 0 else ring.newest
    cdef uint32_t oldest = entry if ring.size == 0 else ring_oldest(ring)
    cdef Node *node = ring_node(ring, entry)
    if ring.freed == ABSENT:
        ring.fresh += 1
    else:
        ring.freed = node.older
    node.word, node.newer, node.older = probe.word, oldest, second
    ring_node(ring, second).newer = entry
    ring_node(ring, oldest).older = entry
    ring.newest = entry
    ring.size += 1
    table_place(&ring.table, probe, entry)


cdef inline void ring_remove(Ring *ring, uint32_t entry) noexcept nogil:
    """Take *entry* out and free it."""
    cdef Node *node = ring_node(ring, entry)
    table_unlink(&ring.table, entry)
    ring_node(ring, node.newer).older = node.older
    ring_node(ring, node.older).newer = node.newer
    if ring.newest == entry:
        ring.newest = ABSENT if ring.size == 1 else node.older
    node.older = ring.freed
    ring.freed = entry
    ring.size -= 1


cdef inline void ring_replace(Ring *ring, uint32_t oldest, const Probe *probe) noexcept nogil:
    """Make the *oldest* entry, with the word that *probe* has searched to ABSENT, the newest."""
    table_unlink(&ring.table, oldest)
    ring_node(ring, oldest).word = probe.word
    table_place_after_unlink(&ring.table, probe, oldest)
    ring.newest = oldest    # its neighbours stay


cdef inline void ring_touch(Ring *ring, uint32_t entry) noexcept nogil:
    """Make *entry*, which is in the ring, the newest."""
    cdef uint32_t second = ring.newest
    cdef Node *node = ring_node(ring, entry)
    cdef uint32_t oldest
    if entry == second:
        return
    ring_node(ring, node.newer).older = node.older
    ring_node(ring, node.older).newer = node.newer
    oldest = ring_node(ring, second).newer    # no more *entry*, if it was that
    node.newer = oldest
    node.older = second
    ring_node(ring, second).newer = entry
    ring_node(ring, oldest).older = entry
    ring.newest = entry
