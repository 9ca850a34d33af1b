# cython: language_level=3
"""Compose a starter with the marks behind it, one decomposed character after the other.

Source: The Unicode Standard, section 3.11 (canonical ordering and composition) and 3.12 (Hangul).
"""

from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from lplate_native.characters cimport JOINS, composite_of, trait_of

cdef enum:
    NO_STARTER = 0xFFFFFFFF
    LOCAL_MARKS = 32    # so many live on the stack and are sorted by insertion

cdef enum:              # Hangul
    LEADING = 0x1100
    VOWEL = 0x1161
    TRAILING = 0x11A7   # stands for none
    SYLLABLE = 0xAC00
    LEADINGS = 19
    VOWELS = 21
    TRAILINGS = 28
    SYLLABLES = 11172


cdef struct Mark:
    uint32_t code
    uint32_t combining_class


cdef struct Cluster:
    uint32_t starter
    Py_ssize_t count
    Py_ssize_t room
    Mark *marks
    Mark[LOCAL_MARKS] local


cdef inline void cluster_init(Cluster *cluster) noexcept nogil:
    cluster.starter = NO_STARTER
    cluster.count = 0
    cluster.room = LOCAL_MARKS
    cluster.marks = cluster.local


cdef inline void cluster_free(Cluster *cluster) noexcept nogil:
    if cluster.marks != cluster.local:
        free(cluster.marks)


cdef inline void cluster_start(Cluster *cluster, uint32_t starter) noexcept nogil:
    """Begin anew."""
    cluster.starter = starter
    cluster.count = 0


cdef inline int cluster_grow(Cluster *cluster) except -1:
    cdef Py_ssize_t room = 2 * cluster.room
    cdef bint is_local = cluster.marks == cluster.local
    cdef Mark *marks = <Mark *>realloc(NULL if is_local else cluster.marks, room * sizeof(Mark))
    if marks == NULL:
        raise MemoryError(f"no memory for {room} marks on one letter")
    if is_local:
        memcpy(marks, cluster.local, sizeof(cluster.local))
    cluster.marks, cluster.room = marks, room
    return 0


cdef inline int cluster_mark(Cluster *cluster, uint32_t code, uint8_t combining_class) except -1:
    """Add a mark."""
    if cluster.count == cluster.room:
        cluster_grow(cluster)
    cluster.marks[cluster.count].code = code
    cluster.marks[cluster.count].combining_class = combining_class
    cluster.count += 1
    return 0


cdef inline void sort_few(Mark *marks, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i, place
    cdef Mark mark
    for i in range(1, count):
        mark = marks[i]
        place = i
        while place and marks[place - 1].combining_class > mark.combining_class:
            marks[place] = marks[place - 1]
            place -= 1
        marks[place] = mark


cdef inline int sort_many(Mark *marks, Py_ssize_t count) except -1:
    """Sort in linear time, as an attacker may choose the marks."""
    cdef Py_ssize_t[257] places
    cdef Py_ssize_t i
    cdef Mark *unsorted = <Mark *>malloc(count * sizeof(Mark))
    if unsorted == NULL:
        raise MemoryError(f"no memory to sort {count} marks on one letter")
    memcpy(unsorted, marks, count * sizeof(Mark))
    memset(places, 0, sizeof(places))
    for i in range(count):
        places[unsorted[i].combining_class + 1] += 1
    for i in range(256):
        places[i + 1] += places[i]
    for i in range(count):
        marks[places[unsorted[i].combining_class]] = unsorted[i]
        places[unsorted[i].combining_class] += 1
    free(unsorted)
    return 0


cdef inline int cluster_close(Cluster *cluster) except -1:
    """Sort the marks, stably by class, and compose the starter with those that nothing blocks."""
    cdef Py_ssize_t i
    cdef Py_ssize_t kept = 0
    cdef uint32_t composite
    cdef Mark mark
    if cluster.count > LOCAL_MARKS:
        sort_many(cluster.marks, cluster.count)
    else:
        sort_few(cluster.marks, cluster.count)
    for i in range(cluster.count):
        mark = cluster.marks[i]
        composite = 0
        if kept == 0 or cluster.marks[kept - 1].combining_class < mark.combining_class:
            composite = composite_of(cluster.starter, mark.code)
        if composite:
            cluster.starter = composite
        else:
            cluster.marks[kept] = mark
            kept += 1
    cluster.count = kept
    return 0


cdef inline bint is_leading(uint32_t code) noexcept nogil:
    return LEADING <= code < LEADING + LEADINGS


cdef inline bint is_syllable(uint32_t code) noexcept nogil:
    return SYLLABLE <= code < SYLLABLE + SYLLABLES


cdef inline bint cluster_joins(Cluster *cluster, uint32_t code) noexcept nogil:
    """Compose the closed cluster with the starter *code* if they can be, and return True if so."""
    cdef uint32_t composite = 0
    if cluster.count or not trait_of(code).flags & JOINS:
        return False
    if is_leading(cluster.starter) and VOWEL <= code < VOWEL + VOWELS:
        composite = SYLLABLE + ((cluster.starter - LEADING) * VOWELS + code - VOWEL) * TRAILINGS
    elif is_syllable(cluster.starter) and TRAILING < code < TRAILING + TRAILINGS:
        if (cluster.starter - SYLLABLE) % TRAILINGS == 0:
            composite = cluster.starter + code - TRAILING
    else:
        composite = composite_of(cluster.starter, code)
    if composite:
        cluster.starter = composite
    return composite != 0
