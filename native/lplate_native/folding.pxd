# cython: language_level=3
"""Fold the case of characters of a normal form, and digest them as UTF-8 with single spaces."""

from libc.stdint cimport uint8_t, uint32_t

from lplate_native.characters cimport LONG, LONG_FOLDS, SPACE, Fold, Trait, trait_of
from lplate_native.md5 cimport Md5, md5_room


cdef inline uint32_t encode(uint32_t code, uint8_t *octets) noexcept nogil:
    """Write the UTF-8 of a character, or, of a surrogate, what UTF-8 would be; return its length."""
    if code < 0x80:
        octets[0] = <uint8_t>code
        return 1
    if code < 0x800:
        octets[0] = <uint8_t>(0xC0 | code >> 6)
        octets[1] = <uint8_t>(0x80 | (code & 0x3F))
        return 2
    if code < 0x10000:
        octets[0] = <uint8_t>(0xE0 | code >> 12)
        octets[1] = <uint8_t>(0x80 | (code >> 6 & 0x3F))
        octets[2] = <uint8_t>(0x80 | (code & 0x3F))
        return 3
    octets[0] = <uint8_t>(0xF0 | code >> 18)
    octets[1] = <uint8_t>(0x80 | (code >> 12 & 0x3F))
    octets[2] = <uint8_t>(0x80 | (code >> 6 & 0x3F))
    octets[3] = <uint8_t>(0x80 | (code & 0x3F))
    return 4


cdef inline uint32_t put(Md5 *md5, uint32_t waiting, uint32_t code) noexcept nogil:
    """Digest a folded character, after the block that may be full; return how many bytes wait now."""
    waiting = md5_room(md5, waiting)
    return waiting + encode(code, md5.pending + waiting)


cdef inline bint may_part(const Md5 *md5, uint32_t waiting) noexcept nogil:
    """Return True behind a word. As full blocks are digested late, its last byte waits."""
    return waiting and md5.pending[waiting - 1] != c" "


cdef inline uint32_t put_folded(Md5 *md5, uint32_t waiting, uint32_t code) noexcept nogil:
    """Digest what a character of the normal form folds to."""
    cdef const Trait *trait = trait_of(code)
    cdef const Fold *fold
    if trait.flags & SPACE:
        return put(md5, waiting, c" ") if may_part(md5, waiting) else waiting
    if not trait.flags & LONG:
        return put(md5, waiting, code + trait.shift)
    fold = &LONG_FOLDS[code + trait.shift]
    waiting = put(md5, put(md5, waiting, fold.codes[0]), fold.codes[1])
    return put(md5, waiting, fold.codes[2]) if fold.codes[2] else waiting
