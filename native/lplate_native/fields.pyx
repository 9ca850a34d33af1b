# cython: language_level=3
"""Read short texts made of a word and whole numbers."""

cimport cython
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM

cdef enum:
    MOST_NUMBERS = 8
    MOST_DIGITS = 18    # fit a long long, whatever they are


@cython.boundscheck(False)    # every place read lies below the length
@cython.wraparound(False)
cdef Py_ssize_t _read_numbers(
    str text, Py_ssize_t place, Py_UCS4 separator, long long *numbers
) except -2:
    """Set the numbers from *place* on; return how many there are, also beyond MOST_NUMBERS, -1 if one is none."""
    cdef Py_ssize_t length = len(text), count = 0
    cdef long long number = 0
    cdef int digits = 0
    cdef Py_UCS4 letter
    while place <= length:
        letter = text[place] if place < length else separator
        if c'0' <= letter <= c'9' and digits < MOST_DIGITS:
            number = number * 10 + (<long long>letter - c'0')
            digits += 1
        elif letter != separator or digits == 0:
            return -1
        else:
            if count < MOST_NUMBERS:
                numbers[count] = number
            count += 1
            number = digits = 0
        place += 1
    return count


@cython.boundscheck(False)
@cython.wraparound(False)
def split_numbers(str text not None, str separator not None, Py_ssize_t least, Py_ssize_t most, /) -> tuple | None:
    """Return the word before the first *separator* and the *most* numbers that follow, 0 for those missing.

    Numbers are 1 to 18 ASCII digits. Those beyond *most* (0 to 8) are left out. None if there are fewer than
    *least* numbers, or something else stands where one belongs. O(length of *text*).

    Raises:
        ValueError: *separator* is not one character, a digit, or *most* is out of range.
    """
    cdef long long numbers[MOST_NUMBERS]
    cdef Py_ssize_t length = len(text), end = 0, count = 0, place
    cdef Py_UCS4 mark
    if len(separator) != 1 or separator.isdigit():
        raise ValueError(f"the separator must be one character and no digit, not {separator!r}")
    if not 0 <= most <= MOST_NUMBERS:
        raise ValueError(f"there can be 0 to {MOST_NUMBERS} numbers, not {most}")
    mark = separator[0]
    while end < length and text[end] != mark:
        end += 1
    if end < length:
        count = _read_numbers(text, end + 1, mark, numbers)
    if count < least or count < 0:
        return None
    cdef tuple made = PyTuple_New(most + 1)
    cdef object item = text[:end]
    Py_INCREF(item)    # the tuple takes a reference over
    PyTuple_SET_ITEM(made, 0, item)
    for place in range(most):
        item = numbers[place] if place < count else 0
        Py_INCREF(item)
        PyTuple_SET_ITEM(made, place + 1, item)
    return made
