# cython: language_level=3
"""Digest bytes with MD5 (RFC 1321) as they come, a few at a time.

How many bytes wait for their block is the caller's to hold, in a register: it changes with every few bytes.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy


cdef struct Md5:
    uint32_t[4] state
    uint64_t length      # bytes digested, those in *pending* left out
    uint8_t[72] pending  # bytes that wait, fewer than a block, and what eight more may spill over it


cdef void md5_init(Md5 *md5) noexcept nogil
cdef void md5_block(Md5 *md5) noexcept nogil
cdef void md5_finish(Md5 *md5, uint32_t waiting, uint8_t *digest) noexcept nogil


cdef inline uint32_t md5_room(Md5 *md5, uint32_t waiting) noexcept nogil:
    """Digest the block that waits if it is full: eight more bytes have room; return how many wait now."""
    if waiting >= 64:
        md5_block(md5)
        waiting -= 64
        memcpy(md5.pending, md5.pending + 64, 8)
    return waiting
