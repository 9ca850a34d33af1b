# cython: language_level=3
"""Fill bytes that stay the same with values that change."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_CheckExact, PyTuple_GET_SIZE
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from lplate_native.integers cimport int64_of, refuse_type

cdef extern from "Python.h":
    PyObject *PyTuple_GET_ITEM(object items, Py_ssize_t index)

cdef enum:
    TEXT = -1


cdef struct Part:
    Py_ssize_t slot         # TEXT for one that stays the same
    const char *text        # belongs to the template's tuple
    Py_ssize_t length


cdef inline Py_ssize_t number_length(int64_t number) noexcept nogil:
    """Return how many characters write a number."""
    cdef uint64_t rest = 0 - <uint64_t>number if number < 0 else <uint64_t>number
    cdef Py_ssize_t length = 2 if number < 0 else 1
    while rest >= 10:
        rest //= 10
        length += 1
    return length


cdef inline void write_number(int64_t number, char *to, Py_ssize_t length) noexcept nogil:
    """Write a number of that length."""
    cdef uint64_t rest = 0 - <uint64_t>number if number < 0 else <uint64_t>number
    cdef Py_ssize_t place = length
    if number < 0:
        to[0] = c"-"
    while place:
        place -= 1
        to[place] = <char>(c"0" + rest % 10)
        rest //= 10
        if not rest:
            return


@cython.final
@cython.no_gc    # it holds bytes and small ints only
cdef class Template:
    """Hold bytes with numbered slots: *parts* are the bytes, and ints that number a slot from 0.

    ``Template([b"a:", 0, b":", 1]).fill((3, b"x"))`` is ``b"a:3:x"``. A slot may stand at several places.
    """

    cdef tuple _parts
    cdef Part *_table
    cdef Py_ssize_t _size
    cdef Py_ssize_t _slots      # how many values are needed
    cdef Py_ssize_t _length     # of all that stays the same

    def __cinit__(self, parts) -> None:
        cdef Py_ssize_t place
        cdef int64_t slot
        self._parts = tuple(parts)
        self._size = len(self._parts)
        self._table = <Part *>PyMem_Malloc(max(self._size, 1) * sizeof(Part))
        if self._table == NULL:
            raise MemoryError
        for place in range(self._size):
            part = self._parts[place]
            if PyBytes_CheckExact(part):
                self._table[place] = Part(TEXT, PyBytes_AS_STRING(part), PyBytes_GET_SIZE(part))
                self._length += PyBytes_GET_SIZE(part)
                continue
            slot = int64_of(part)
            if slot < 0 or slot >= 1 << 16:
                raise ValueError(f"slots are numbered from 0 to 65535, not {slot}")
            self._table[place] = Part(<Py_ssize_t>slot, NULL, 0)
            self._slots = max(self._slots, <Py_ssize_t>slot + 1)

    def __dealloc__(self):
        PyMem_Free(self._table)

    def fill(self, values, /) -> bytes:
        """Return the bytes with *values*, a tuple of bytes and 64-bit ints, in their slots; O(length).

        What has no slot is passed over.

        Raises:
            TypeError: there are too few values, or one is neither bytes nor int.
            OverflowError: an int has more than 64 bits.
        """
        cdef bytes made
        if not PyTuple_CheckExact(values):
            refuse_type(values, "a tuple")
        if PyTuple_GET_SIZE(values) < self._slots:
            raise TypeError(f"expected {self._slots} values, got {PyTuple_GET_SIZE(values)}")
        made = PyBytes_FromStringAndSize(NULL, self._length_with(values))
        self._write(values, PyBytes_AS_STRING(made))
        return made

    cdef Py_ssize_t _length_with(self, object values) except -1:
        """Return how long the template is with *values*, all of which are found fit for their slots."""
        cdef Py_ssize_t length = self._length
        cdef Py_ssize_t place
        cdef PyObject *value
        for place in range(self._size):
            if self._table[place].slot == TEXT:
                continue
            value = PyTuple_GET_ITEM(values, self._table[place].slot)
            if PyBytes_CheckExact(<object>value):
                length += PyBytes_GET_SIZE(<object>value)
            else:
                length += number_length(int64_of(<object>value))
        return length

    cdef int _write(self, object values, char *to) except -1:
        """Write the template with *values*, for which there is room; runs no Python code."""
        cdef Py_ssize_t place, length
        cdef Part part
        cdef PyObject *value
        cdef int64_t number
        for place in range(self._size):
            part = self._table[place]
            if part.slot == TEXT:
                memcpy(to, part.text, part.length)
                to += part.length
                continue
            value = PyTuple_GET_ITEM(values, part.slot)
            if PyBytes_CheckExact(<object>value):
                length = PyBytes_GET_SIZE(<object>value)
                memcpy(to, PyBytes_AS_STRING(<object>value), length)
            else:
                number = int64_of(<object>value)
                length = number_length(number)
                write_number(number, to, length)
            to += length
        return 0
