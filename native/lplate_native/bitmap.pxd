# cython: language_level=3
"""Count, fill and select bits in an array of 64-bit words; bit *i* is bit i % 64 of word i // 64."""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

cdef extern from *:
    """
    #if defined(_MSC_VER) && !defined(__clang__)
    #include <intrin.h>
    static inline uint32_t lplate_lowest(uint64_t word)
    {
        unsigned long place;
    #if defined(_M_X64) || defined(_M_ARM64)
        _BitScanForward64(&place, word);
        return place;
    #else
        if (_BitScanForward(&place, (unsigned long)word))
            return place;
        _BitScanForward(&place, (unsigned long)(word >> 32));
        return place + 32;
    #endif
    }
    #define LPLATE_LOWEST(word) lplate_lowest(word)
    #else
    #define LPLATE_LOWEST(word) ((uint32_t)__builtin_ctzll(word))
    #endif
    """
    uint32_t lowest_bit "LPLATE_LOWEST"(uint64_t word) noexcept nogil


cdef inline uint32_t words_for(uint32_t bits) noexcept nogil:
    return <uint32_t>((<uint64_t>bits + 63) >> 6)


cdef inline bint bit_test(const uint64_t *words, uint32_t bit) noexcept nogil:
    return (words[bit >> 6] >> (bit & 63)) & 1


cdef inline void bit_set(uint64_t *words, uint32_t bit) noexcept nogil:
    words[bit >> 6] |= <uint64_t>1 << (bit & 63)


cdef inline void bit_clear(uint64_t *words, uint32_t bit) noexcept nogil:
    words[bit >> 6] &= ~(<uint64_t>1 << (bit & 63))


cdef inline uint32_t popcount(uint64_t word) noexcept nogil:
    """Return the number of set bits.

    Source: Hacker's Delight, section 5-1; plain arithmetic, so that one wheel runs on every processor.
    """
    word = word - ((word >> 1) & <uint64_t>0x5555555555555555)
    word = (word & <uint64_t>0x3333333333333333) + ((word >> 2) & <uint64_t>0x3333333333333333)
    word = (word + (word >> 4)) & <uint64_t>0x0F0F0F0F0F0F0F0F
    return <uint32_t>((word * <uint64_t>0x0101010101010101) >> 56)


cdef inline uint32_t count_bits(const uint64_t *words, uint32_t length) noexcept nogil:
    """Return the number of set bits in *length* words."""
    cdef uint32_t total = 0
    cdef uint32_t i
    for i in range(length):
        total += popcount(words[i])
    return total


cdef inline uint64_t from_bit(uint32_t bit) noexcept nogil:
    """Return a word with all bits from *bit* % 64 on."""
    return ~<uint64_t>0 << (bit & 63)


cdef inline uint64_t to_bit(uint32_t bit) noexcept nogil:
    """Return a word with all bits up to *bit* % 64, that one included."""
    return ~<uint64_t>0 >> (63 - (bit & 63))


cdef inline uint32_t count_span(const uint64_t *words, uint32_t start, uint32_t stop) noexcept nogil:
    """Return the number of set bits in [*start*, *stop*)."""
    cdef uint32_t first = start >> 6
    cdef uint32_t last = (stop - 1) >> 6
    if start >= stop:
        return 0
    if first == last:
        return popcount(words[first] & from_bit(start) & to_bit(stop - 1))
    return (
        popcount(words[first] & from_bit(start))
        + count_bits(words + first + 1, last - first - 1)
        + popcount(words[last] & to_bit(stop - 1))
    )


cdef inline void fill_span(uint64_t *words, uint32_t start, uint32_t stop) noexcept nogil:
    """Set the bits in [*start*, *stop*)."""
    cdef uint32_t first = start >> 6
    cdef uint32_t last = (stop - 1) >> 6
    if start >= stop:
        return
    if first == last:
        words[first] |= from_bit(start) & to_bit(stop - 1)
        return
    words[first] |= from_bit(start)
    memset(words + first + 1, 0xFF, (last - first - 1) * sizeof(uint64_t))
    words[last] |= to_bit(stop - 1)


cdef inline uint32_t select_in(uint64_t word, uint32_t rank) noexcept nogil:
    """Return the position of the set bit of *word* before which *rank* others are set."""
    while rank:
        word &= word - 1
        rank -= 1
    return lowest_bit(word)


cdef inline uint32_t select_bit(const uint64_t *words, uint32_t rank) noexcept nogil:
    """Return the position of the set bit before which *rank* others are set; there must be such a bit."""
    cdef uint32_t word = 0
    cdef uint32_t here = popcount(words[0])
    while rank >= here:
        rank -= here
        word += 1
        here = popcount(words[word])
    return (word << 6) + select_in(words[word], rank)
