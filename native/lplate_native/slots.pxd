# cython: language_level=3
"""Reach the slots of a class's instances without looking them up by name."""

from cpython.object cimport PyObject

cdef extern from *:
    """
    #include <stddef.h>
    #include "structmember.h"

    /* Where a slot lies in the instances of its class, in bytes; -1 for what is no slot. */
    static inline Py_ssize_t offset_of_slot(PyObject *descriptor) {
        PyMemberDef *member;
        if (!Py_IS_TYPE(descriptor, &PyMemberDescr_Type)) return -1;
        member = ((PyMemberDescrObject *)descriptor)->d_member;
        return member->type == T_OBJECT_EX ? member->offset : -1;
    }

    /* Let a slot hold item, which may be NULL. */
    static inline void set_slot(PyObject *value, Py_ssize_t offset, PyObject *item) {
        PyObject **slot = (PyObject **)((char *)value + offset);
        PyObject *before = *slot;
        Py_XINCREF(item);
        *slot = item;
        Py_XDECREF(before);
    }

    /* What a slot holds, NULL if nothing. */
    static inline PyObject *slot_item(PyObject *value, Py_ssize_t offset) {
        return *(PyObject **)((char *)value + offset);
    }
    """
    Py_ssize_t offset_of_slot(object descriptor)
    void set_slot(PyObject *value, Py_ssize_t offset, PyObject *item)
    PyObject *slot_item(PyObject *value, Py_ssize_t offset)
