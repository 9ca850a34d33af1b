# cython: language_level=3
"""Digest texts so that those which differ only in form, case or spacing digest alike.

The definition, in Python: MD5 of the UTF-8 ("surrogatepass") of " ".join(NFKC(text).casefold().split()). NFKC,
casefold and split are those of Unicode 14.0, whatever the running Python knows, so that a stored digest stays
true. A character that Unicode 14.0 has not assigned stays as it is and parts what stands on its two sides.

The bytes that a character becomes if what follows does not matter are kept in pages of 256, each made when one
of its characters is first met: a language takes 10 kB, all of them half a megabyte. They go to MD5 at once.
Other characters are taken in clusters, each up to the next character at which a text may be cut.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DATA, PyUnicode_GET_LENGTH, PyUnicode_KIND
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from lplate_native.characters cimport NORMAL, SPACE, STARTS, Trait, form_of, trait_of
from lplate_native.characters cimport UNICODE_VERSION as FROZEN_VERSION
from lplate_native.cluster cimport Cluster, cluster_close, cluster_free, cluster_init
from lplate_native.composition cimport add_character, put_cluster
from lplate_native.folding cimport may_part, put_folded
from lplate_native.integers cimport refuse_type, word_of
from lplate_native.md5 cimport Md5, md5_finish, md5_init, md5_room
from lplate_native.texts cimport exact_text

UNICODE_VERSION = FROZEN_VERSION.decode("ascii")

cdef enum:
    PAGES = 0x100       # of 256 characters: the Basic Multilingual Plane
    ALONE = 32          # beside STARTS and SPACE: the bytes hold if what follows STARTS

ctypedef fused Char:
    uint8_t
    uint16_t
    uint32_t


cdef struct Folded:
    uint8_t[5] octets
    uint8_t[2] lengths          # of *octets*; the second, if they come behind a space, is 0 for a space
    uint8_t flags


cdef Folded *pages[PAGES]       # kept for the life of the process
cdef Folded unknown             # what the others have: no flag


cdef int64_t put_composed(Md5 *md5, int64_t waiting, const Char *chars, Py_ssize_t count) except -1:
    """Digest the first *count* of *chars*, decomposed, sorted and composed."""
    cdef Cluster cluster
    cdef Py_ssize_t i
    cluster_init(&cluster)
    try:
        for i in range(count):
            waiting = add_character(md5, waiting, &cluster, chars[i])
        cluster_close(&cluster)
        return put_cluster(md5, <uint32_t>waiting, &cluster)
    finally:
        cluster_free(&cluster)


cdef uint32_t put_normal(Md5 *md5, uint32_t waiting, const Char *chars, Py_ssize_t count) noexcept nogil:
    """Digest the first *count* of *chars*, which are in their normal form."""
    cdef Py_ssize_t i
    for i in range(count):
        waiting = put_folded(md5, waiting, chars[i])
    return waiting


cdef Py_ssize_t cluster_length(const Char *chars, bint *is_normal) noexcept nogil:
    """Return how many characters there are up to the next cut, and tell if they are in their normal form."""
    cdef const Trait *trait = trait_of(chars[0])
    cdef uint8_t combining_class = 0
    cdef Py_ssize_t i = 0
    is_normal[0] = True
    while i == 0 or not trait.flags & STARTS:
        if not trait.flags & NORMAL or trait.combining_class < combining_class:
            is_normal[0] = False
        combining_class = trait.combining_class
        i += 1
        trait = trait_of(chars[i])
    return i


cdef bint is_alone(uint32_t code) noexcept nogil:
    """Return True if what a character becomes does not depend on what follows if that STARTS."""
    cdef const uint16_t *form = form_of(code)
    if trait_of(code).flags & (NORMAL | SPACE):
        return True
    if form[0] == 0:
        return False
    while form[0]:      # halves of characters beyond the pages are ideographs and pass, as they should
        if trait_of(form[0]).flags & (NORMAL | STARTS | SPACE) != NORMAL | STARTS:
            return False
        form += 1
    return True


cdef int fold(uint32_t code, Folded *folded) except -1:
    """Find out what a character becomes."""
    cdef Md5 md5
    cdef uint32_t length
    folded.flags = trait_of(code).flags & (STARTS | SPACE)
    md5_init(&md5)
    length = <uint32_t>put_composed(&md5, 0, &code, 1)
    if folded.flags & SPACE:
        md5.pending[0], length = c" ", 1
    if length <= sizeof(folded.octets) and is_alone(code):
        memcpy(folded.octets, md5.pending, length)
        folded.lengths[0] = folded.lengths[1] = <uint8_t>length
        folded.flags |= ALONE
    if folded.flags & SPACE:
        folded.lengths[1] = 0
    return 0


cdef int make_page(uint32_t code) except -1:
    """Make the page of a character if it should have one and has none; return True if so."""
    cdef uint32_t i
    cdef Folded *page
    if code >= 256 * PAGES or pages[code >> 8] != NULL:
        return False
    page = <Folded *>calloc(256, sizeof(Folded))
    if page == NULL:
        raise MemoryError("no memory for a page of characters")
    try:
        for i in range(256):
            fold((code & ~<uint32_t>255) + i, &page[i])
    except BaseException:
        free(page)
        raise
    pages[code >> 8] = page
    return True


cdef inline const Folded *folded_of(uint32_t code) noexcept nogil:
    if code >= 256 * PAGES or pages[code >> 8] == NULL:
        return &unknown
    return &pages[code >> 8][code & 255]


cdef int64_t put_cluster_of(Md5 *md5, uint32_t waiting, const Char *chars, Py_ssize_t *length) except -1:
    """Digest *chars* up to the next cut, and tell how many they are."""
    cdef bint is_normal
    length[0] = cluster_length(chars, &is_normal)
    if is_normal:
        return put_normal(md5, waiting, chars, length[0])
    return put_composed(md5, waiting, chars, length[0])


cdef int digest_chars(const Char *chars, Py_ssize_t count, uint8_t *digest) except -1:
    """Write the digest of a text; the 0 behind its end is one more place to cut."""
    cdef Md5 md5
    cdef const Folded *folded
    cdef const Folded *next_folded = folded_of(chars[0])
    cdef uint32_t waiting = 0
    cdef uint32_t was_space = 1
    cdef Py_ssize_t i = 0
    cdef Py_ssize_t length
    md5_init(&md5)
    while i < count:
        folded, next_folded = next_folded, folded_of(chars[i + 1])
        length = 1
        if folded.flags & ALONE and next_folded.flags & STARTS:
            waiting = md5_room(&md5, waiting)
            memcpy(md5.pending + waiting, folded, 8)        # the octets; the rest does not count
            waiting += folded.lengths[was_space]
            was_space = folded.flags & SPACE
        else:
            if make_page(chars[i]) or make_page(chars[i + 1]):
                length = 0
            else:
                waiting = <uint32_t>put_cluster_of(&md5, waiting, chars + i, &length)
                was_space = not may_part(&md5, waiting)
            next_folded = folded_of(chars[i + length])
        i += length
    if waiting and was_space:
        waiting -= 1
    md5_finish(&md5, waiting, digest)
    return 0


cdef int write_digest(object text, uint8_t *digest) except -1:
    """Write the digest of a plain str."""
    cdef int kind = PyUnicode_KIND(text)
    cdef Py_ssize_t count = PyUnicode_GET_LENGTH(text)
    cdef const void *chars = PyUnicode_DATA(text)
    if kind == 1:
        return digest_chars(<const uint8_t *>chars, count, digest)
    if kind == 2:
        return digest_chars(<const uint16_t *>chars, count, digest)
    return digest_chars(<const uint32_t *>chars, count, digest)


def normalised_md5(text) -> bytes:
    """Return the 16-byte MD5 of *text*, its form (NFKC), case and spacing made uniform.

    Form, case and white space are those of Unicode version UNICODE_VERSION on every Python.
    """
    cdef bytes digest
    if not PyUnicode_Check(text):
        refuse_type(text, "str")
    digest = PyBytes_FromStringAndSize(NULL, 16)
    write_digest(exact_text(text), <uint8_t *>PyBytes_AS_STRING(digest))
    return digest


def normalised_md5_many(texts) -> list:
    """Return normalised_md5() of each text."""
    return [normalised_md5(text) for text in texts]


def mix64(key) -> int:
    """Return *key*, from -2**63 to 2**64 - 1, with its bits mixed, from 0 to 2**64 - 1.

    Keys that differ modulo 2**64 have different results.
    """
    return mixed(word_of(key))
