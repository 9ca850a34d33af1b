# cython: language_level=3
"""Read and write items of a list that only its owner and the garbage collector can reach."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport uint32_t

cdef extern from *:
    """
    #define LPLATE_ITEMS(list) (((PyListObject *)(list))->ob_item)
    """
    PyObject **items_of "LPLATE_ITEMS"(PyObject *items) noexcept
    Py_ssize_t length_of "Py_SIZE"(PyObject *items) noexcept


cdef inline int check_item(PyObject *items, uint32_t position) except -1:
    """Raise IndexError if the garbage collector has cleared a list that was made with that position."""
    if position >= <size_t>length_of(items):
        raise IndexError("the garbage collector has cleared what this container holds")
    return 0


cdef inline PyObject *exchange_item(PyObject *items, uint32_t position, PyObject *item) noexcept:
    """Store *item* and return the former one, a reference that is the caller's to drop; see check_item()."""
    cdef PyObject *former = items_of(items)[position]
    Py_INCREF(<object>item)
    items_of(items)[position] = item
    return former
