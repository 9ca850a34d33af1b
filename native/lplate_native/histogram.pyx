# cython: language_level=3
"""Count measurements by size."""

cimport cython
from libc.math cimport INFINITY, isnan
from libc.stdint cimport uint64_t

cdef enum:
    MOST_BOUNDS = 32


@cython.final
cdef class Histogram:
    """Count values in buckets, each up to and with its upper bound; what exceeds the last goes into one more.

    *bounds* are 1 to 32 rising, finite floats. observe() compares with one bound after another, so those met
    most should come first; memory is fixed, about 550 bytes.
    """

    cdef double _bounds[MOST_BOUNDS]
    cdef uint64_t _counts[MOST_BOUNDS + 1]
    cdef double _sum
    cdef int _size

    def __cinit__(self, bounds) -> None:
        cdef double last = -INFINITY
        cdef double bound
        for each in bounds:
            bound = each
            if not last < bound < INFINITY:
                raise ValueError(f"bounds must rise and be finite, {each!r} does not follow")
            if self._size == MOST_BOUNDS:
                raise ValueError(f"there may be {MOST_BOUNDS} bounds at most")
            self._bounds[self._size] = last = bound
            self._size += 1
        if self._size == 0:
            raise ValueError("a histogram needs a bound")

    def observe(self, double value, /) -> None:
        """Count *value*; ValueError if it is no number."""
        cdef int place = 0
        if isnan(value):
            raise ValueError("nan is no measurement")
        while place < self._size and value > self._bounds[place]:
            place += 1
        self._counts[place] += 1
        self._sum += value

    @property
    def bounds(self) -> tuple:
        """The upper bounds."""
        return tuple([self._bounds[place] for place in range(self._size)])

    @property
    def counts(self) -> tuple:
        """How many values fell into each bucket, one more than there are bounds."""
        return tuple([self._counts[place] for place in range(self._size + 1)])

    @property
    def sum(self) -> float:
        """The sum of all values."""
        return self._sum

    def __len__(self) -> int:
        cdef uint64_t total = 0
        for place in range(self._size + 1):
            total += self._counts[place]
        return total

    def __repr__(self) -> str:
        return f"Histogram({len(self)} values in {self._size + 1} buckets)"

    def __sizeof__(self) -> int:
        return sizeof(Histogram)
