# cython: language_level=3
"""Read HTTP/1.1 messages that came whole and are plain; all others are for a parser.

Plain is what leaves no two readers a choice: lines end with CR LF; names are letters, digits and hyphens, with
the colon right behind; values are printable ASCII and tabs, with no space at their end; one Content-Length, digits
without a leading zero, counts exactly the bytes behind the head; nothing else frames the body or ends the
connection. What is not plain may be right all the same: None says no more than that somebody else must look.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcmp

from lplate_native.integers cimport int64_of, refuse_type

cdef enum:
    MOST_DIGITS = 12    # of a length: a terabyte
    NO_CONTENT = 204
    NOT_MODIFIED = 304


cdef struct Span:
    const uint8_t *first
    Py_ssize_t length


cdef struct Head:
    int64_t announced    # how long the body is to be, -1 until a header says it
    Span wanted          # the value of the header that is asked for; no length if it did not come
    Span body


cdef inline Span span_of(object data) noexcept:
    """Return where the bytes of *data* lie; the one behind the last is 0 and belongs to no token."""
    cdef Span span
    span.first = <const uint8_t *>PyBytes_AS_STRING(data)
    span.length = PyBytes_GET_SIZE(data)
    return span


cdef inline bytes bytes_of(Span span):
    return PyBytes_FromStringAndSize(<const char *>span.first, span.length)


cdef inline bint is_digit(uint8_t octet) noexcept nogil:
    return c"0" <= octet <= c"9"


cdef inline bint is_of_name(uint8_t octet) noexcept nogil:
    return c"a" <= octet | 0x20 <= c"z" or is_digit(octet) or octet == c"-"


cdef inline bint is_of_value(uint8_t octet) noexcept nogil:
    return c" " <= octet <= c"~" or octet == c"\t"


cdef inline bint is_same(Span span, Span other) noexcept nogil:
    return span.length == other.length and memcmp(span.first, other.first, span.length) == 0


cdef inline bint is_word(Span span, const char *word, Py_ssize_t length) noexcept nogil:
    """Return True if *span* is *word*, which is in small letters, in letters of any size."""
    cdef Py_ssize_t i
    if span.length != length:
        return False
    for i in range(length):
        if span.first[i] | 0x20 != word[i]:
            return False
    return True


cdef inline int64_t length_in(Span value) noexcept nogil:
    """Return the number that *value* is, -1 unless it can be read in one way only."""
    cdef int64_t number = 0
    cdef Py_ssize_t i
    if value.length == 0 or value.length > MOST_DIGITS or (value.first[0] == c"0" and value.length > 1):
        return -1
    for i in range(value.length):
        if not is_digit(value.first[i]):
            return -1
        number = 10 * number + value.first[i] - c"0"
    return number


cdef inline const uint8_t *line_end(const uint8_t *octet) noexcept nogil:
    """Return where the line that *octet* is in ends, NULL if what is left of it is no value."""
    while is_of_value(octet[0]):
        octet += 1
    return octet if octet[0] == c"\r" and octet[1] == c"\n" else NULL


cdef inline const uint8_t *read_header(const uint8_t *octet, Span *name, Span *value) noexcept nogil:
    """Return where the next line begins, NULL if *octet* begins no plain header."""
    cdef const uint8_t *end
    name.first = octet
    while is_of_name(octet[0]):
        octet += 1
    name.length = octet - name.first
    if name.length == 0 or octet[0] != c":":
        return NULL
    octet += 2 if octet[1] == c" " else 1
    end = line_end(octet)
    if end == NULL:
        return NULL
    value.first, value.length = octet, end - octet
    if value.length and (octet[0] <= c" " or end[-1] <= c" "):
        return NULL
    return end + 2


cdef inline bint is_odd(Span name, Span value) noexcept nogil:
    """Return True if a header says anything but that the connection goes on."""
    if is_word(name, "connection", 10):
        return not is_word(value, "keep-alive", 10)
    return (
        is_word(name, "transfer-encoding", 17)
        or is_word(name, "upgrade", 7)
        or is_word(name, "expect", 6)
        or is_word(name, "proxy-connection", 16)
    )


cdef inline bint note_header(Head *head, Span name, Span value, Span wanted) noexcept nogil:
    """Return True if a header is plain beside those that came before it."""
    if is_word(name, "content-length", 14):
        if head.announced >= 0:
            return False
        head.announced = length_in(value)
        return head.announced >= 0
    if is_word(name, <const char *>wanted.first, wanted.length):
        if head.wanted.length or not value.length:
            return False
        head.wanted = value
        return True
    return not is_odd(name, value)


cdef bint read_head(Head *head, Span message, const uint8_t *octet, Span wanted) noexcept nogil:
    """Return True if the headers from *octet* on are plain and announce just what follows them in *message*.

    *wanted* is a name in small letters, or nothing.
    """
    cdef Span name, value
    head.announced = -1
    head.wanted.length = 0
    while octet != NULL and octet[0] != c"\r":
        octet = read_header(octet, &name, &value)
        if octet != NULL and not note_header(head, name, value, wanted):
            return False
    if octet == NULL or octet[1] != c"\n":
        return False
    head.body.first = octet + 2
    head.body.length = message.length - (head.body.first - message.first)
    return head.announced == head.body.length


cdef inline bytes plain_bytes(object data):
    """Return *data*, or raise TypeError if it is not bytes."""
    if not PyBytes_CheckExact(data):
        refuse_type(data, "bytes")
    return data


@cython.final
cdef class PlainPost:
    """Read plain POSTs to *target* that bear *header* once.

    A head longer than *head_bytes* and a body longer than *body_bytes* are not plain, nor is any request if
    *target* is not visible ASCII without a query. *header* is a name as it stands in requests, its case apart.
    """

    cdef bytes _line
    cdef bytes _header
    cdef int64_t _head_bytes
    cdef int64_t _body_bytes

    def __cinit__(self, target, header, head_bytes, body_bytes) -> None:
        self._line = b"POST " + plain_bytes(target) + b" HTTP/1.1\r\n"
        self._header = plain_bytes(header).lower()
        self._head_bytes = int64_of(head_bytes) if is_target(span_of(target)) else -1
        self._body_bytes = int64_of(body_bytes)

    def read(self, data, /) -> tuple[bytes, bytes] | None:
        """Return the value of the header and the body, None if *data* is not plain and whole; O(length of the head)."""
        cdef Span message = span_of(plain_bytes(data))
        cdef Span line = span_of(self._line)
        cdef Head head
        if message.length < line.length or memcmp(message.first, line.first, line.length) != 0:
            return None
        if not read_head(&head, message, message.first + line.length, span_of(self._header)):
            return None
        if not head.wanted.length or head.body.length > self._body_bytes:
            return None
        if message.length - head.body.length > self._head_bytes:
            return None
        return bytes_of(head.wanted), bytes_of(head.body)

    def __repr__(self) -> str:
        return f"PlainPost({self._line[5:-11]!r}, {self._header!r})"


cdef bint is_target(Span target) noexcept nogil:
    """Return True if a request line can hold *target* and it is the same to all who read it."""
    cdef Py_ssize_t i
    for i in range(target.length):
        if not c"!" <= target.first[i] <= c"~" or target.first[i] == c"?":
            return False
    return target.length > 0


cdef inline int status_in(const uint8_t *octet) noexcept nogil:
    """Return the status that three digits and a space are, 0 if they are none that a body may follow."""
    cdef int status
    if not (c"2" <= octet[0] <= c"5" and is_digit(octet[1]) and is_digit(octet[2]) and octet[3] == c" "):
        return 0
    status = 100 * (octet[0] - c"0") + 10 * (octet[1] - c"0") + octet[2] - c"0"
    return 0 if status == NO_CONTENT or status == NOT_MODIFIED else status


def read_plain_response(data, /) -> tuple[int, bytes] | None:
    """Return status and body, None if *data* is not one plain and whole response to a POST or GET.

    A response after which the connection ends is not plain. O(length of the head).
    """
    cdef Span message = span_of(plain_bytes(data))
    cdef Span nothing = span_of(b"")
    cdef const uint8_t *end
    cdef Head head
    cdef int status
    if message.length < 13 or memcmp(message.first, b"HTTP/1.1 ", 9) != 0:
        return None
    status = status_in(message.first + 9)
    end = line_end(message.first + 13) if status else NULL
    if end == NULL or not read_head(&head, message, end + 2, nothing):
        return None
    return status, bytes_of(head.body)
