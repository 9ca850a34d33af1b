# cython: language_level=3
"""Decompose characters, and digest the clusters that they compose to once the next one begins."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from lplate_native.characters cimport form_of, trait_of
from lplate_native.cluster cimport (
    LEADING,
    NO_STARTER,
    SYLLABLE,
    TRAILING,
    TRAILINGS,
    VOWEL,
    VOWELS,
    Cluster,
    cluster_close,
    cluster_joins,
    cluster_mark,
    cluster_start,
    is_syllable,
)
from lplate_native.folding cimport put_folded
from lplate_native.md5 cimport Md5


cdef inline uint32_t put_cluster(Md5 *md5, uint32_t waiting, const Cluster *cluster) noexcept nogil:
    cdef Py_ssize_t i
    if cluster.starter != NO_STARTER:
        waiting = put_folded(md5, waiting, cluster.starter)
    for i in range(cluster.count):
        waiting = put_folded(md5, waiting, cluster.marks[i].code)
    return waiting


cdef inline int64_t add_part(Md5 *md5, uint32_t waiting, Cluster *cluster, uint32_t code) except -1:
    """Add a character that nothing decomposes any more."""
    cdef uint8_t combining_class = trait_of(code).combining_class
    if combining_class:
        cluster_mark(cluster, code, combining_class)
        return waiting
    if cluster.count:
        cluster_close(cluster)
    if not cluster_joins(cluster, code):
        waiting = put_cluster(md5, waiting, cluster)
        cluster_start(cluster, code)
    return waiting


cdef inline int64_t add_syllable(Md5 *md5, int64_t waiting, Cluster *cluster, uint32_t number) except -1:
    """Add the two or three jamo of a Hangul syllable."""
    cdef uint32_t trailing = number % TRAILINGS
    waiting = add_part(md5, <uint32_t>waiting, cluster, LEADING + number // TRAILINGS // VOWELS)
    waiting = add_part(md5, <uint32_t>waiting, cluster, VOWEL + number // TRAILINGS % VOWELS)
    return add_part(md5, <uint32_t>waiting, cluster, TRAILING + trailing) if trailing else waiting


cdef inline int64_t add_character(Md5 *md5, int64_t waiting, Cluster *cluster, uint32_t code) except -1:
    """Add a character, decomposed."""
    cdef const uint16_t *form = form_of(code)
    if is_syllable(code):
        return add_syllable(md5, waiting, cluster, code - SYLLABLE)
    if form[0] == 0:
        return add_part(md5, <uint32_t>waiting, cluster, code)
    while form[0]:
        code = form[0]
        form += 1
        if code & 0xFC00 == 0xD800:
            code = 0x10000 + ((code & 0x3FF) << 10 | (form[0] & 0x3FF))
            form += 1
        waiting = add_part(md5, <uint32_t>waiting, cluster, code)
    return waiting
