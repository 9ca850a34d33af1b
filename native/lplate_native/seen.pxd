# cython: language_level=3
from libc.stdint cimport uint32_t, uint64_t


cdef class SeenMap:
    cdef uint64_t *words        # bits from *size* on are always zero
    cdef readonly uint32_t size
    cdef uint32_t count_set
