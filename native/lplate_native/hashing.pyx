# cython: language_level=3
"""Digest texts so that those which differ only in form, case or spacing digest alike.

The definition, in Python: MD5 of the UTF-8 ("surrogatepass") of " ".join(NFKC(text).casefold().split()), with
NFKC, casefold and split as the running Python does them.

Most characters can be looked up one by one: NFKC neither changes their neighbours nor is changed by them,
as both they and what they turn into are starters that combine with nothing in front of them. A table, made
a page of 256 characters at a time when one is first met, holds the UTF-8 of what such a character becomes.
A text with any other character goes through Python as a whole. All pages together would take 9 MB; a
language takes 10 kB.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.unicode cimport (
    PyUnicode_Check,
    PyUnicode_DATA,
    PyUnicode_GET_LENGTH,
    PyUnicode_KIND,
    PyUnicode_READ,
)
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

import unicodedata

from lplate_native.integers cimport refuse_type, word_of
from lplate_native.md5 cimport Md5, md5_feed, md5_finish, md5_init, md5_put
from lplate_native.texts cimport exact_text

cdef enum:
    PAGES = 0x1100   # of 256 characters
    SPACE = 8        # in place of a length: white space
    STRANGE = 9      # in place of a length: not to be looked up alone
    DONE = -1        # in place of a character


cdef struct Folded:
    uint8_t[7] octets
    uint8_t length     # of *octets*, or SPACE or STRANGE


cdef Folded *pages[PAGES]    # kept for the life of the process


cdef bint is_plain(uint32_t code) noexcept:
    """Return True outside the blocks that have starters which combine with what is in front of them."""
    if code < 0x900 or 0xE00 <= code < 0x1000:        # not the scripts of India and Sri Lanka
        return True
    if 0x10A0 <= code < 0x1100 or 0x1200 <= code < 0x1B00:    # not Myanmar, not Hangul Jamo
        return True
    return 0x1C00 <= code < 0x10000 or 0x1F000 <= code < 0x30000    # not Balinese


cdef int fold(uint32_t code, Folded *folded) except -1:
    """Look up one character in Python."""
    cdef str form = unicodedata.normalize("NFKC", chr(code))
    cdef bytes octets
    folded.length = STRANGE
    for char in form:
        if not is_plain(ord(char)) or unicodedata.combining(char):
            return 0
    if form.isspace():
        folded.length = SPACE
        return 0
    octets = form.casefold().encode("utf-8", "surrogatepass")
    if len(octets) <= 7 and len(form.split()) == 1 and form.strip() == form:
        memcpy(folded.octets, <const char *>octets, len(octets))
        folded.length = <uint8_t>len(octets)
    return 0


cdef int make_page(uint32_t number) except -1:
    cdef uint32_t i
    cdef Folded *page = <Folded *>calloc(256, sizeof(Folded))
    if page == NULL:
        raise MemoryError("no memory for a page of characters")
    try:
        for i in range(256):
            fold(number * 256 + i, &page[i])
    except BaseException:
        free(page)
        raise
    if pages[number] != NULL:    # another thread was faster
        free(page)
        return 0
    pages[number] = page
    return 0


cdef int64_t digest_by_table(int kind, void *chars, Py_ssize_t count, uint8_t *digest) noexcept:
    """Write the digest and return DONE, or return the first character that is not in the table."""
    cdef Md5 md5
    cdef const Folded *folded
    cdef uint32_t code
    cdef uint32_t waiting = 0
    cdef bint gap = False
    cdef Py_ssize_t i
    md5_init(&md5)
    for i in range(count):
        code = PyUnicode_READ(kind, chars, i)
        if pages[code >> 8] == NULL:
            return code
        folded = &pages[code >> 8][code & 255]
        if folded.length <= 7:
            if gap and md5.length + waiting:
                waiting = md5_put(&md5, waiting, <const uint8_t *>b" \0\0\0\0\0\0", 1)
            gap = False
            waiting = md5_put(&md5, waiting, folded.octets, folded.length)
        elif folded.length == SPACE:
            gap = True
        else:
            return code
    md5_finish(&md5, waiting, digest)
    return DONE


cdef int digest_by_python(str text, uint8_t *digest) except -1:
    cdef str normal = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    cdef bytes octets = normal.encode("utf-8", "surrogatepass")
    cdef Md5 md5
    md5_init(&md5)
    md5_finish(&md5, md5_feed(&md5, <const uint8_t *>PyBytes_AS_STRING(octets), len(octets)), digest)
    return 0


cdef int write_digest(object text, uint8_t *digest) except -1:
    """Write the digest of a plain str, making the pages of the table that it needs."""
    cdef int64_t code
    while True:
        code = digest_by_table(PyUnicode_KIND(text), PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text), digest)
        if code == DONE:
            return 0
        if pages[code >> 8] != NULL:
            return digest_by_python(text, digest)
        make_page(<uint32_t>(code >> 8))


def normalised_md5(text) -> bytes:
    """Return the 16-byte MD5 of *text*, its form (NFKC), case and spacing made uniform."""
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
