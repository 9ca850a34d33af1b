# cython: language_level=3
"""Look characters up in the frozen tables of Unicode, which native/unicode_tables.py writes.

A table of two stages maps each character to one of some two hundred traits; those that are not in it, or that
Unicode has not assigned, have trait 0: starters that stay as they are. The other tables are for the few
characters that must be decomposed, composed or folded into several.
"""

from libc.stdint cimport int32_t, uint8_t, uint16_t, uint32_t

cdef extern from *:
    """
    typedef struct { int32_t shift; uint8_t flags, combining_class; } lplate_trait;
    typedef struct { uint16_t codes[3]; } lplate_fold;
    typedef struct { uint32_t first, second, composite; } lplate_pair;

    #include "unicode_tables.h"
    #define LPLATE_COUNT(array) (sizeof(array) / sizeof((array)[0]))
    """
    ctypedef struct Trait "lplate_trait":
        int32_t shift               # from the code to that of the folded character; if LONG, to its fold
        uint8_t flags
        uint8_t combining_class

    ctypedef struct Fold "lplate_fold":
        uint16_t[3] codes           # of which the last may be 0

    ctypedef struct Pair "lplate_pair":
        uint32_t first
        uint32_t second
        uint32_t composite

    const Trait *TRAITS "lplate_traits"
    const uint8_t *TRAIT_INDEX "lplate_trait_index"
    const uint32_t TRAIT_INDEX_COUNT "LPLATE_COUNT(lplate_trait_index)"
    const uint8_t *TRAIT_BLOCKS "lplate_trait_blocks"
    const Fold *LONG_FOLDS "lplate_long_folds"
    const uint8_t *FORM_INDEX "lplate_form_index"
    const uint32_t FORM_INDEX_COUNT "LPLATE_COUNT(lplate_form_index)"
    const uint16_t *FORM_BLOCKS "lplate_form_blocks"
    const uint16_t *FORMS "lplate_forms"
    const uint16_t *PAIR_SLOTS "lplate_pair_slots"
    const Pair *PAIRS "lplate_pairs"
    const char *UNICODE_VERSION "LPLATE_UNICODE_VERSION"

cdef enum:
    SPACE = 1       # becomes white space; serves as an index too
    STARTS = 2      # neither joins nor is sorted before what precedes it: a text may be cut here
    NORMAL = 4      # stays as it is, whatever its neighbours, if the combining classes do not fall
    JOINS = 8       # may compose with what precedes it
    LONG = 16       # folds to two or three characters

cdef enum:
    HASHING = 0x9E3779B1    # of pairs, into 2048 slots


cdef inline const Trait *trait_of(uint32_t code) noexcept nogil:
    cdef uint32_t block = code >> 7
    if block >= TRAIT_INDEX_COUNT:
        block = TRAIT_INDEX_COUNT - 1
    return &TRAITS[TRAIT_BLOCKS[TRAIT_INDEX[block] << 7 | (code & 127)]]


cdef inline const uint16_t *form_of(uint32_t code) noexcept nogil:
    """Return the compatibility decomposition in UTF-16 with a 0 behind it, empty if there is none."""
    cdef uint32_t block = code >> 6
    if block >= FORM_INDEX_COUNT:
        block = FORM_INDEX_COUNT - 1
    return &FORMS[FORM_BLOCKS[FORM_INDEX[block] << 6 | (code & 63)]]


cdef inline uint32_t composite_of(uint32_t first, uint32_t second) noexcept nogil:
    """Return what two characters compose to, or 0; Hangul is left out."""
    cdef uint32_t slot = ((first * HASHING + second) * HASHING) >> 21
    cdef const Pair *pair
    while PAIR_SLOTS[slot]:
        pair = &PAIRS[PAIR_SLOTS[slot] - 1]
        if pair.first == first and pair.second == second:
            return pair.composite
        slot = (slot + 1) & 2047
    return 0
