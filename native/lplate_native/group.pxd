# cython: language_level=3
"""Look at the eight slots of a group at once."""

from libc.stdint cimport uint32_t

cdef extern from *:
    """
    #include <string.h>
    #ifdef __SSE2__
    #include <emmintrin.h>
    #endif

    #define LPLATE_GROUP 8
    #define LPLATE_EMPTY UINT32_MAX

    typedef uint32_t lplate_half __attribute__((vector_size(16)));

    static inline lplate_half lplate_half_at(const uint32_t *slots)
    {
        lplate_half half;
        memcpy(&half, slots, sizeof(half));
        return half;
    }

    /* A bit for each of four slots: its highest. */
    static inline uint32_t lplate_signs(lplate_half half)
    {
    #if defined(__SSE2__) && !defined(LPLATE_WITHOUT_SSE2)
        return (uint32_t)_mm_movemask_ps((__m128)half);
    #else
        lplate_half signs = half >> 31 << (lplate_half){0, 1, 2, 3};
        return signs[0] | signs[1] | signs[2] | signs[3];
    #endif
    }

    static inline uint32_t lplate_empty(const uint32_t *slots)
    {
        return lplate_signs(lplate_half_at(slots)) | lplate_signs(lplate_half_at(slots + 4)) << 4;
    }

    static inline int lplate_is_full(const uint32_t *slots)
    {
        return lplate_signs(lplate_half_at(slots) | lplate_half_at(slots + 4)) == 0;
    }

    static inline uint32_t lplate_matches(const uint32_t *slots, uint32_t bits, uint32_t wanted)
    {
        lplate_half all = {bits, bits, bits, bits}, same = {wanted, wanted, wanted, wanted};
        lplate_half low = (lplate_half)((lplate_half_at(slots) & all) == same);
        lplate_half high = (lplate_half)((lplate_half_at(slots + 4) & all) == same);
        return lplate_signs(low) | lplate_signs(high) << 4;
    }

    #define LPLATE_FIRST(slots) ((uint32_t)__builtin_ctz(slots))
    """
    const uint32_t GROUP "LPLATE_GROUP"
    const uint32_t EMPTY "LPLATE_EMPTY"    # of all that a slot may be, the only one with the highest bit

    # Sets of slots have a bit for each of the GROUP.

    # Return which slots are EMPTY.
    uint32_t group_empty "lplate_empty"(const uint32_t *slots) noexcept nogil

    # Return true if none is.
    bint group_is_full "lplate_is_full"(const uint32_t *slots) noexcept nogil

    # Return which slots are *wanted* in *bits*.
    uint32_t group_matches "lplate_matches"(
        const uint32_t *slots, uint32_t bits, uint32_t wanted
    ) noexcept nogil

    # Return the number of the first slot of a set that has one.
    uint32_t first_of "LPLATE_FIRST"(uint32_t slots) noexcept nogil
