# cython: language_level=3, binding=True
"""Write values down: dataclasses with slots as JSON, whole numbers as bytes.

A general encoder asks each object for its fields by name; here where the fields of a class lie, and what comes
before each in the text, is found out once.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_Check
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_Check, PyUnicode_DATA, PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from lplate_native.integers cimport int64_of
from lplate_native.slots cimport offset_of_slot, slot_item

from dataclasses import fields

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 highest)
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL

cdef extern from *:
    """
    #define ONES UINT64_C(0x0101010101010101)
    #define HIGH_BITS (ONES << 7)

    static inline int must_escape(char byte) {
        return (unsigned char)byte < ' ' || byte == '"' || byte == 0x5C;
    }

    /* Set the high bit of some byte if one of the eight must be escaped; other bits mean nothing. */
    static inline uint64_t signs_to_escape(uint64_t eight) {
        uint64_t quotes = eight ^ ONES * '"', backslashes = eight ^ ONES * 0x5C;
        return ((eight - ONES * ' ') & ~eight) | ((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes);
    }

    /* Compilers make one store of it. */
    static inline void put_word(unsigned char *place, uint64_t word) {
        place[0] = (unsigned char)word;         place[1] = (unsigned char)(word >> 8);
        place[2] = (unsigned char)(word >> 16); place[3] = (unsigned char)(word >> 24);
        place[4] = (unsigned char)(word >> 32); place[5] = (unsigned char)(word >> 40);
        place[6] = (unsigned char)(word >> 48); place[7] = (unsigned char)(word >> 56);
    }
    """
    const uint64_t HIGH_BITS
    bint must_escape(char byte) noexcept
    uint64_t signs_to_escape(uint64_t eight) noexcept
    void put_word(unsigned char *place, uint64_t word) noexcept

cdef enum:
    FIRST_ROOM = 1024      # bytes; a learner's state needs half as many
    LONGEST_INT64 = 20     # digits
    MOST_LEVELS = 200      # each takes some of the stack


cdef struct Text:
    char *start       # first, until it is outgrown
    Py_ssize_t size
    Py_ssize_t room
    bint is_ascii
    int level
    char first[FIRST_ROOM]


cdef int make_room(Text *text, Py_ssize_t more) except -1:
    """See to it that *more* bytes can be put."""
    if text.room - text.size >= more:
        return 0
    cdef Py_ssize_t room = 2 * text.room + more
    cdef char *start = <char *>PyMem_Realloc(NULL if text.start == text.first else text.start, room)
    if start == NULL:
        raise MemoryError
    if text.start == text.first:
        memcpy(start, text.first, text.size)
    text.start = start
    text.room = room
    return 0


cdef inline int put(Text *text, const char *bytes, Py_ssize_t size) except -1:
    make_room(text, size)
    memcpy(text.start + text.size, bytes, size)
    text.size += size
    return 0


cdef inline int put_byte(Text *text, char byte) except -1:
    make_room(text, 1)
    text.start[text.size] = byte
    text.size += 1
    return 0


cdef inline bint is_plain(const char *bytes, Py_ssize_t size) noexcept:
    """Return True if no byte needs a backslash; looks at eight at once."""
    cdef uint64_t eight, found = 0
    cdef Py_ssize_t place
    if size < 8:
        for place in range(size):
            found |= must_escape(bytes[place])
        return not found
    for place in range(0, size - 8, 8):
        memcpy(&eight, bytes + place, 8)
        found |= signs_to_escape(eight)
    memcpy(&eight, bytes + size - 8, 8)  # some of them for the second time
    return not (found | signs_to_escape(eight)) & HIGH_BITS


cdef int put_escaped(Text *text, unsigned char byte) except -1:
    cdef const char *digits = "0123456789abcdef"
    if not must_escape(byte):
        put_byte(text, byte)
    elif byte == c'"' or byte == c'\\':
        put_byte(text, c'\\')
        put_byte(text, byte)
    elif byte == c'\n':
        put(text, "\\n", 2)
    elif byte == c'\r':
        put(text, "\\r", 2)
    elif byte == c'\t':
        put(text, "\\t", 2)
    elif byte == 8:
        put(text, "\\b", 2)
    elif byte == 12:
        put(text, "\\f", 2)
    else:
        put(text, "\\u00", 4)
        put_byte(text, digits[byte >> 4])
        put_byte(text, digits[byte & 15])
    return 0


cdef int put_string(Text *text, object string) except -1:
    cdef Py_ssize_t size = 0, place
    cdef const char *bytes
    if PyUnicode_IS_COMPACT_ASCII(string):
        bytes = <const char *>PyUnicode_DATA(string)
        size = PyUnicode_GET_LENGTH(string)
    else:
        bytes = PyUnicode_AsUTF8AndSize(string, &size)
        text.is_ascii = False
    make_room(text, size + 2)
    text.start[text.size] = c'"'
    text.size += 1
    if is_plain(bytes, size):
        memcpy(text.start + text.size, bytes, size)
        text.size += size
    else:
        for place in range(size):
            put_escaped(text, bytes[place])
    return put_byte(text, c'"')


cdef int put_integer(Text *text, object number) except -1:
    cdef int overflow = 0
    cdef int64_t signed = PyLong_AsLongLongAndOverflow(number, &overflow)
    if overflow:
        digits = int.__repr__(number).encode()
        return put(text, PyBytes_AS_STRING(digits), PyBytes_GET_SIZE(digits))
    cdef uint64_t left = -<uint64_t>signed if signed < 0 else <uint64_t>signed
    cdef char reversed[LONGEST_INT64]
    cdef int count = 0
    while True:
        reversed[count] = c'0' + <char>(left % 10)
        count += 1
        left //= 10
        if left == 0:
            break
    make_room(text, count + 1)
    if signed < 0:
        put_byte(text, c'-')
    while count:
        count -= 1
        text.start[text.size] = reversed[count]
        text.size += 1
    return 0


cdef struct Field:
    Py_ssize_t offset
    PyObject *default     # MISSING if there is none
    const char *label     # ,"name":
    Py_ssize_t label_size


@cython.final
cdef class _Form:
    """Know where fields of one class lie, what their defaults are and what is written before each."""

    cdef tuple names
    cdef list kept    # what the fields point to
    cdef Field *fields
    cdef Py_ssize_t size

    def __cinit__(self, kind, names):
        of_kind = {field.name: field for field in fields(kind)}
        self.names = tuple(of_kind if names is None else names)
        self.kept = []
        self.size = len(self.names)
        self.fields = <Field *>PyMem_Malloc(max(self.size, 1) * sizeof(Field))
        if self.fields == NULL:
            raise MemoryError
        for place, name in enumerate(self.names):
            field = of_kind[name]
            offset = offset_of_slot(kind.__dict__.get(field.name))
            if offset < 0:
                raise TypeError(f"{kind.__qualname__}.{field.name} is no slot of its own class: use slots=True")
            label = b',"%b":' % field.name.encode()
            self.kept += [field.default, label]
            self.fields[place] = Field(
                offset, <PyObject *>field.default, PyBytes_AS_STRING(label), PyBytes_GET_SIZE(label)
            )

    def __dealloc__(self):
        PyMem_Free(self.fields)


cdef dict _forms = {}


cdef _Form form_of(object kind):
    cdef PyObject *found = PyDict_GetItemWithError(_forms, kind)
    if found != NULL:
        return <_Form>found
    if not hasattr(kind, "__dataclass_fields__"):
        raise TypeError(f"{kind.__qualname__} cannot be written as JSON here")
    form = _Form(kind, None)
    _forms[kind] = form
    return form


cdef int put_fields(Text *text, object value, _Form form) except -1:
    cdef Field *field
    cdef PyObject *item
    cdef Py_ssize_t place, skipped = 1  # the comma before the first
    put_byte(text, c'{')
    for place in range(form.size):
        field = &form.fields[place]
        item = slot_item(<PyObject *>value, field.offset)
        if item == field.default:
            continue
        if item == NULL:
            raise AttributeError(f"{type(value).__qualname__}.{form.names[place]} is not set")
        put(text, field.label + skipped, field.label_size - skipped)
        put_value(text, <object>item)
        skipped = 0
    return put_byte(text, c'}')


cdef int put_items(Text *text, object items) except -1:
    cdef bint is_first = True
    put_byte(text, c'[')
    for item in items:
        if not is_first:
            put_byte(text, c',')
        is_first = False
        put_value(text, item)
    return put_byte(text, c']')


cdef int put_value(Text *text, object value) except -1:
    if PyUnicode_Check(value):
        return put_string(text, value)
    if value is None:
        return put(text, "null", 4)
    if value is True:
        return put(text, "true", 4)
    if value is False:
        return put(text, "false", 5)
    if PyLong_Check(value):
        return put_integer(text, value)
    if text.level == MOST_LEVELS:
        raise RecursionError(f"more than {MOST_LEVELS} levels to be written as JSON")
    text.level += 1
    if type(value) is tuple:
        put_items(text, value)
    else:
        put_fields(text, value, form_of(type(value)))
    text.level -= 1
    return 0


cdef object text_of(object value, _Form form):
    """Return *value* as JSON, only what *form* knows of it if that is given."""
    cdef Text text
    text.start = text.first
    text.size = 0
    text.room = FIRST_ROOM
    text.is_ascii = True
    text.level = 0
    try:
        if form is None:
            put_value(&text, value)
        else:
            put_fields(&text, value, form)
        return string_of(&text)
    finally:
        if text.start != text.first:
            PyMem_Free(text.start)


cdef object string_of(Text *text):
    if not text.is_ascii:
        return PyUnicode_DecodeUTF8(text.start, text.size, NULL)
    cdef object made = PyUnicode_New(text.size, 127)
    memcpy(PyUnicode_DATA(made), text.start, text.size)
    return made


def json_text(value, /):
    """Return *value* as JSON without spaces; fields that hold their default itself are left out.

    It may consist of dataclasses with slots, tuples, texts, whole numbers, truth values and None. Members of
    an enumeration of texts or numbers are written as what they are, texts beyond ASCII as themselves.

    Raises:
        TypeError: something else is in it.
        UnicodeEncodeError: a text holds half a surrogate pair.
        RecursionError: it has more than 200 levels.
    """
    return text_of(value, None)


@cython.final
cdef class JsonPart:
    """Write some fields of a class as JSON, as json_text() would if it had no others.

    Raises:
        TypeError: *kind* is no dataclass with slots.
        KeyError: it has no field of one of *names*.
    """

    cdef object kind
    cdef _Form form

    def __cinit__(self, kind, names):
        self.kind = kind
        self.form = _Form(kind, names)

    def text(self, value, /):
        """Return the fields of *value*, of the class itself, in the order of their names.

        Raises:
            TypeError: it is of another class; and as json_text().
        """
        if type(value) is not self.kind:
            raise TypeError(f"expected {self.kind.__qualname__}, got {type(value).__qualname__}")
        return text_of(value, self.form)


def int64_bytes(numbers, /):
    """Return a tuple of whole numbers as bytes: 8 each, signed, little-endian.

    Raises:
        TypeError: *numbers* is no tuple, or one of them is no int.
        OverflowError: one does not fit into 64 bits.
    """
    cdef tuple items = numbers
    if items is None:
        raise TypeError("expected tuple, got NoneType")
    cdef object made = PyBytes_FromStringAndSize(NULL, 8 * len(items))
    cdef unsigned char *place = <unsigned char *>PyBytes_AS_STRING(made)
    for number in items:
        put_word(place, <uint64_t>int64_of(number))
        place += 8
    return made
