# cython: language_level=3
"""Read Python ints strictly: True and 1.7 are refused, nothing is truncated."""

from cpython.bool cimport PyBool_Check
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_Check, PyLong_CheckExact
from libc.stdint cimport int64_t, uint32_t, uint64_t


cdef inline int refuse_type(object value, str expected) except -1:
    """Raise TypeError naming the *expected* type and the one that came."""
    raise TypeError(f"expected {expected}, got {type(value).__name__}")


cdef inline int64_t int64_of(object value) except? -1:
    """Return *value* as a signed 64-bit integer, or raise TypeError or OverflowError."""
    if not PyLong_CheckExact(value) and (PyBool_Check(value) or not PyLong_Check(value)):
        refuse_type(value, "int")
    return <int64_t>value


cdef inline uint64_t word_of(object value) except? 1:
    """Return *value*, from -2**63 to 2**64 - 1, modulo 2**64, or raise TypeError or OverflowError."""
    if not PyLong_CheckExact(value) and (PyBool_Check(value) or not PyLong_Check(value)):
        refuse_type(value, "int")
    cdef int overflow = 0
    cdef int64_t signed = PyLong_AsLongLongAndOverflow(value, &overflow)
    return <uint64_t>signed if overflow == 0 else <uint64_t>value


cdef inline uint32_t ordinal_of(object value, uint32_t size, str what) except? 0xFFFFFFFE:
    """Return *value*, which must be from 0 to *size* - 1, or raise IndexError that says *what* it is."""
    cdef int64_t ordinal = int64_of(value)
    if ordinal < 0 or ordinal >= size:
        raise IndexError(f"{what} {ordinal} is not one of the {size} from 0")
    return <uint32_t>ordinal


cdef inline uint32_t bound_of(object value, uint32_t size) except? 0xFFFFFFFE:
    """Return *value*, which must be from 0 to *size* inclusive, or raise IndexError."""
    cdef int64_t bound = int64_of(value)
    if bound < 0 or bound > size:
        raise IndexError(f"bound {bound} is not from 0 to {size}")
    return <uint32_t>bound


cdef inline uint32_t room_of(object value, uint32_t least, uint32_t most, str what) except? 0xFFFFFFFE:
    """Return *value*, which must be from *least* to *most*, or raise ValueError that says *what* it is."""
    cdef int64_t room = int64_of(value)
    if room < least or room > most:
        raise ValueError(f"{what} must be from {least} to {most}, not {room}")
    return <uint32_t>room
