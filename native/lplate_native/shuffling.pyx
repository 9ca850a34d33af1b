# cython: language_level=3
"""Reproducible chance from a seed, without any generator that holds state.

What a seed gives is a promise: stored sessions must look the same after an upgrade.
"""

cimport cython
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from lplate_native.hashing cimport mixed as mixed_word
from lplate_native.integers cimport room_of, word_of

cdef enum:
    LOCAL_SIZE = 64         # shorter orders live on the stack
    LARGEST = 0x7FFFFFFF


cdef inline uint64_t _step(uint64_t state, uint64_t part) noexcept nogil:
    return mixed_word(state + part + <uint64_t>0x9E3779B97F4A7C15)


def mixed(*parts) -> int:
    """Return a 64-bit seed in which each of *parts*, ints of 64 bits, and their order count.

    Source: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
    """
    cdef uint64_t state = 0
    for part in parts:
        state = _step(state, word_of(part))
    return state


@cython.cdivision(True)
cdef void _shuffle(uint32_t *order, uint32_t size, uint64_t seed) noexcept nogil:
    """Write 0 to *size* - 1 to *order* as the *seed* wants them."""
    cdef uint32_t last, other, place
    for place in range(size):
        order[place] = place
    for last in range(size - 1 if size else 0, 0, -1):
        if last % 8 == 0:
            seed = _step(_step(0, seed), last)
        other = <uint32_t>(seed % (last + 1))
        seed //= last + 1
        order[last], order[other] = order[other], order[last]


cdef tuple _tuple_of(const uint32_t *order, uint32_t size):
    cdef tuple made = PyTuple_New(size)
    cdef uint32_t place
    for place in range(size):
        number = order[place]
        Py_INCREF(number)
        PyTuple_SET_ITEM(made, place, number)
    return made


def shuffled(size, seed) -> tuple:
    """Return 0 to *size* - 1 in an order given by *seed*, 64 random bits (Fisher-Yates).

    The seed is used up digit by digit and mixed anew every eight. Takes time by *size*.
    """
    cdef uint32_t[LOCAL_SIZE] local
    cdef uint32_t length = room_of(size, 0, LARGEST, "size")
    cdef uint64_t state = word_of(seed)
    cdef uint32_t *order = local
    if length > LOCAL_SIZE:
        order = <uint32_t *>malloc(length * sizeof(uint32_t))
        if order == NULL:
            raise MemoryError(f"no memory to shuffle {length} places")
    try:
        _shuffle(order, length, state)
        return _tuple_of(order, length)
    finally:
        if order != local:
            free(order)
