# cython: language_level=3
"""Drive a coroutine that need not wait, without an event loop and without an exception at its end."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

cdef extern from "Python.h":
    int PYGEN_RETURN
    int PyIter_Send(object iterator, object value, PyObject **result) except -1


def at_once(coroutine, /):
    """Return what *coroutine* returns, None if it has to wait for something; it is closed then.

    What it raises is raised. Where Python calls ``send()``, a coroutine ends by StopIteration, which costs
    more than most coroutines do; here its result is taken as it is.
    """
    cdef PyObject *sent = NULL
    cdef bint is_done = PyIter_Send(coroutine, None, &sent) == PYGEN_RETURN
    result = <object>sent
    Py_DECREF(result)    # the reference that came with it
    if is_done:
        return result
    coroutine.close()
    return None
