# cython: language_level=3
"""Choose questions at random from a bitmap.

What a seed chooses is a promise: tests pin it, as stored seeds must give the same paper after an upgrade.
"""

cimport cython
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

from lplate_native.bitmap cimport bit_test, count_span, from_bit, popcount, select_in, to_bit, words_for
from lplate_native.hashing cimport mixed
from lplate_native.table cimport ABSENT

cdef enum:
    TRIES = 32          # at nine of ten seen, 3 % of the picks fail so often
    LONG_SPAN = 1024    # ordinals from which on counting costs more than trying
    LOCAL_WORDS = 64    # pools of up to 4096 questions live on the stack


cdef struct Span:
    # Ordinals from *start* to *stop* - 1.
    uint32_t start
    uint32_t stop


cdef struct Pool:
    # The questions to pick from, as a bitmap.
    uint64_t *words
    uint32_t length     # words
    uint32_t base       # ordinal of the first bit, a multiple of 64
    uint64_t[LOCAL_WORDS] local


cdef inline int pool_init(Pool *pool, Span span) except -1:
    """Make *pool* reach over *span* and perhaps its neighbours; its bits are random."""
    cdef uint32_t first = span.start >> 6 if span.start < span.stop else words_for(span.stop)
    pool.base = first << 6
    pool.length = words_for(span.stop) - first
    pool.words = pool.local
    if pool.length > LOCAL_WORDS:
        pool.words = <uint64_t *>malloc(pool.length * sizeof(uint64_t))
    if pool.words == NULL:
        raise MemoryError(f"no memory to pick from {span.stop - span.start} questions")
    return 0


cdef inline void pool_free(Pool *pool) noexcept nogil:
    if pool.words != pool.local:
        free(pool.words)


cdef inline void pool_fill(Pool *pool, Span span) noexcept nogil:
    """Make *pool*, initialised with *span*, hold just that."""
    if pool.length:
        memset(pool.words, 0xFF, pool.length * sizeof(uint64_t))
        pool.words[0] &= from_bit(span.start)
        pool.words[pool.length - 1] &= to_bit(span.stop - 1)


cdef inline void pool_remove_seen(Pool *pool, const uint64_t *seen) noexcept nogil:
    cdef uint32_t i
    for i in range(pool.length):
        pool.words[i] &= ~seen[(pool.base >> 6) + i]


cdef inline uint64_t next_word(uint64_t *state) noexcept nogil:
    """Return the next of a sequence of random words.

    Source: SplitMix64 (Steele, Lea, Flood 2014).
    """
    state[0] += <uint64_t>0x9E3779B97F4A7C15
    return mixed(state[0])


@cython.cdivision(True)
cdef inline uint32_t below(uint64_t *state, uint32_t bound) noexcept nogil:
    """Return a random number from 0 to *bound* - 1, all equally likely; *bound* is positive.

    Source: Lemire, Fast random integer generation in an interval, 2019.
    """
    cdef uint64_t product = (next_word(state) >> 32) * bound
    cdef uint32_t threshold
    if <uint32_t>product < bound:
        threshold = (0 - bound) % bound
        while <uint32_t>product < threshold:
            product = (next_word(state) >> 32) * bound
    return <uint32_t>(product >> 32)


cdef inline uint32_t try_bit(const Pool *pool, uint64_t *state) noexcept nogil:
    """Return the position of a set bit found by a few blind tries, each fair, or ABSENT."""
    cdef uint32_t bit
    for _ in range(TRIES if pool.length * 64 >= LONG_SPAN else 0):
        bit = below(state, pool.length * 64)
        if bit_test(pool.words, bit):
            return bit
    return ABSENT


cdef inline uint32_t pick_clear(const uint64_t *words, Span span, uint64_t *state) noexcept nogil:
    """Return the position of a clear bit of *span*, all equally likely, or ABSENT if all are set."""
    cdef uint32_t left = span.stop - span.start - count_span(words, span.start, span.stop)
    cdef uint32_t rank, here
    cdef uint32_t word = span.start >> 6
    cdef uint64_t clear
    if not left:
        return ABSENT
    rank = below(state, left)
    clear = ~words[word] & from_bit(span.start)
    here = popcount(clear)
    while rank >= here:    # bits behind the span are never reached: their rank is too high
        rank -= here
        word += 1
        clear = ~words[word]
        here = popcount(clear)
    return (word << 6) + select_in(clear, rank)
