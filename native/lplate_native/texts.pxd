# cython: language_level=3
"""Hash and compare str keys by their text; no Python code runs in here."""

from cpython.object cimport PyObject_Hash
from cpython.unicode cimport (
    PyUnicode_CheckExact,
    PyUnicode_DATA,
    PyUnicode_FromObject,
    PyUnicode_GET_LENGTH,
    PyUnicode_KIND,
)
from libc.stdint cimport uint64_t
from libc.string cimport memcmp

cdef extern from *:
    """
    /* The hash that a str remembers, -1 if nobody has asked for it yet. */
    static inline Py_hash_t lplate_known_hash(PyObject *text)
    {
        return ((PyASCIIObject *)text)->hash;
    }
    """
    Py_hash_t known_hash "lplate_known_hash"(object text) noexcept


cdef inline object exact_text(object text):
    """Return a str, or what a str subclass holds, as a plain str."""
    return text if PyUnicode_CheckExact(text) else PyUnicode_FromObject(text)


cdef inline uint64_t text_word(object text) except? 1:
    """Return the hash of a plain str."""
    cdef Py_hash_t known = known_hash(text)
    return <uint64_t>(known if known != -1 else PyObject_Hash(text))


cdef inline bint same_text(object one, object other) noexcept:
    """Return True if two plain str are equal."""
    if one is other:
        return True
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(one)
    cdef int kind = PyUnicode_KIND(one)
    if PyUnicode_GET_LENGTH(other) != length or PyUnicode_KIND(other) != kind:
        return False
    return memcmp(PyUnicode_DATA(one), PyUnicode_DATA(other), length * kind) == 0
