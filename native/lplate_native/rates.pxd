# cython: language_level=3
"""Rates of token buckets as times."""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc, free

cdef enum:
    NS_PER_S = 1_000_000_000
    MOST_PER_S = 1_000_000      # a token of less than 1000 ns would lose more than 0.1 % to rounding

cdef extern from *:    # an enum may be no wider than an int
    """
    #define LPLATE_LONGEST_DEBT_NS ((int64_t)1 << 60)
    """
    const int64_t LONGEST_DEBT_NS "LPLATE_LONGEST_DEBT_NS"


cdef struct RateClass:
    double token_ns    # time one token needs to flow in
    double burst
    int64_t burst_ns   # time *burst* tokens need: the greatest debt


cdef inline RateClass rate_class_of(object rate_per_s, object burst) except *:
    """Return a rate as times, or raise ValueError if they would be too short or too long."""
    cdef RateClass made
    cdef double rate = rate_per_s
    made.burst = burst
    if not 0.0 < rate <= MOST_PER_S:
        raise ValueError(f"rate_per_s must be above 0 and at most {MOST_PER_S}, not {rate_per_s}")
    made.token_ns = NS_PER_S / rate
    if not 0.0 < made.burst * made.token_ns <= LONGEST_DEBT_NS:
        raise ValueError(f"burst must be above 0 and refill in 36 years, not {burst} at {rate_per_s}/s")
    made.burst_ns = <int64_t>(made.burst * made.token_ns)
    return made


cdef inline RateClass *rate_classes_of(list pairs) except NULL:
    """Return the rates of *pairs*, for the caller to free."""
    cdef inline RateClass *made = <RateClass *>calloc(len(pairs), sizeof(RateClass))
    cdef uint32_t i
    if made == NULL:
        raise MemoryError("no memory for token buckets")
    try:
        for i in range(len(pairs)):
            rate, most = pairs[i]
            made[i] = rate_class_of(rate, most)
    except BaseException:
        free(made)
        raise
    return made
