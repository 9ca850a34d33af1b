# cython: language_level=3, binding=True
"""Make frozen dataclasses with slots, and changed copies of them, by writing straight into the slots.

The standard library sets every field of a frozen dataclass through a look-up by name, and replace() reads each
field the same way before; here where a field lies in the object is looked up once for each class.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject, PyTypeObject

from lplate_native.slots cimport offset_of_slot, set_slot, slot_item

from dataclasses import MISSING, fields

cdef extern from *:
    """
    static PyObject **items_of(PyObject *arguments) {
        return ((PyTupleObject *)arguments)->ob_item;
    }

    /* Let target, fresh and empty, hold what source holds. */
    static void copy_slots(PyObject *target, PyObject *source, const Py_ssize_t *offsets, Py_ssize_t size) {
        Py_ssize_t place;
        for (place = 0; place < size; place++) {
            PyObject *item = slot_item(source, offsets[place]);
            Py_XINCREF(item);
            *(PyObject **)((char *)target + offsets[place]) = item;
        }
    }

    /* Have calls of the class come here, and not go by way of a tuple and a dict to __new__ and __init__. */
    static void set_maker(PyObject *kind, PyObject *(*make)(PyObject *, PyObject **, size_t, PyObject *)) {
        ((PyTypeObject *)kind)->tp_vectorcall = (vectorcallfunc)make;
    }

    /* Cython would pack the changes of each call into a dict first. */
    static PyMethodDef copied_definition = {"copied", NULL, METH_FASTCALL | METH_KEYWORDS, NULL};

    static PyObject *function_of(
        PyMethodDef *definition, PyObject *(*call)(PyObject *, PyObject **, Py_ssize_t, PyObject *),
        const char *doc, PyObject *module
    ) {
        definition->ml_meth = (PyCFunction)(void (*)(void))call;
        definition->ml_doc = doc;
        return PyCFunction_NewEx(definition, NULL, module);
    }

    /* Have the classes of a metaclass look up their attributes as other classes do. */
    static void set_lookup(PyObject *metaclass) {
        ((PyTypeObject *)metaclass)->tp_getattro = PyType_Type.tp_getattro;
    }
    """
    void set_lookup(object metaclass)
    ctypedef struct PyMethodDef:
        pass
    PyMethodDef copied_definition
    ctypedef object (*Function)(PyObject *module, PyObject **arguments, Py_ssize_t given, PyObject *names)
    object function_of(PyMethodDef *definition, Function call, const char *doc, object module)
    void copy_slots(object target, PyObject *source, const Py_ssize_t *offsets, Py_ssize_t size)
    PyObject **items_of(object arguments)
    ctypedef object (*Maker)(object kind, PyObject **arguments, size_t flags, PyObject *names)
    void set_maker(object kind, Maker make)


cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *kind, Py_ssize_t items)
    PyObject *PyDict_GetItemWithError(object mapping, object key) except? NULL
    PyObject *PyTuple_GET_ITEM(PyObject *items, Py_ssize_t index)
    Py_ssize_t PyTuple_GET_SIZE(PyObject *items)
    PyObject *PyList_GET_ITEM(PyObject *items, Py_ssize_t index)
    Py_ssize_t PyVectorcall_NARGS(size_t flags)


@cython.final
cdef class _Layout:
    """Know where the fields of one class lie: 8 bytes a field and the names."""

    cdef tuple names
    cdef list defaults    # MISSING where there is none; None if the class cannot be filled by us
    cdef Py_ssize_t *offsets
    cdef Py_ssize_t size
    cdef Py_ssize_t required    # the first so many have no default

    def __cinit__(self, kind):
        self.names = tuple([field.name for field in fields(kind)])
        self.size = len(self.names)
        self.offsets = <Py_ssize_t *>PyMem_Malloc(max(self.size, 1) * sizeof(Py_ssize_t))
        if self.offsets == NULL:
            raise MemoryError
        for place, name in enumerate(self.names):
            self.offsets[place] = offset_of_slot(kind.__dict__.get(name))
            if self.offsets[place] < 0:
                raise TypeError(f"{kind.__qualname__}.{name} is no slot of its own class: use slots=True")

    def __dealloc__(self):
        PyMem_Free(self.offsets)

    cdef Py_ssize_t place(self, PyObject *name, Py_ssize_t likely) except -2:
        """Return the place of a field, -1 if there is none of that name; *likely* is looked at first."""
        cdef PyObject *names = <PyObject *>self.names
        cdef Py_ssize_t place
        if likely < self.size and PyTuple_GET_ITEM(names, likely) == name:
            return likely
        for place in range(self.size):  # names are interned, nearly always
            if PyTuple_GET_ITEM(names, place) == name:
                return place
        for place in range(self.size):
            if self.names[place] == <object>name:
                return place
        return -1


cdef dict _layouts = {}


cdef _Layout _layout_of(object kind):
    cdef PyObject *found = PyDict_GetItemWithError(_layouts, kind)
    if found != NULL:
        return <_Layout>found
    layout = _Layout(kind)
    _layouts[kind] = layout
    return layout


cdef object _copied(PyObject *module, PyObject **arguments, Py_ssize_t given, PyObject *names):
    """Return a changed copy: what a call of copied() does."""
    if given != 1:
        raise TypeError(f"copied() takes one value and changes by name, not {given} values")
    cdef object kind = type(<object>arguments[0])
    cdef _Layout layout = _layout_of(kind)
    cdef object made = PyType_GenericAlloc(<PyTypeObject *>kind, 0)
    cdef Py_ssize_t position, place = -1
    copy_slots(made, arguments[0], layout.offsets, layout.size)
    if names != NULL:
        for position in range(PyTuple_GET_SIZE(names)):
            place = layout.place(PyTuple_GET_ITEM(names, position), place + 1)
            if place < 0:
                name = <object>PyTuple_GET_ITEM(names, position)
                raise TypeError(f"{kind.__qualname__} got an unexpected keyword argument {name!r}")
            set_slot(<PyObject *>made, layout.offsets[place], arguments[1 + position])
    return made


cdef bytes _COPIED = b"""copied(value, /, **changes)
--

Return a copy of *value*, a dataclass with slots, with *changes* made; O(number of fields).

The same as dataclasses.replace(), but for fields with ``init=False`` (copied here) and ``__post_init__`` (not
called).

Raises:
    TypeError: *value* is no dataclass with slots, or has no field of that name.
"""
copied = function_of(&copied_definition, _copied, _COPIED, __name__)


cdef int _set_given(object value, _Layout layout, PyObject **arguments, Py_ssize_t given) except -1:
    """Set the first fields to what was given by position, the others to their defaults."""
    cdef PyObject *defaults = <PyObject *>layout.defaults
    cdef Py_ssize_t place
    if given > layout.size:
        raise TypeError(
            f"{_init(value)} takes from {layout.required + 1} to {layout.size + 1} positional arguments"
            f" but {given + 1} were given"
        )
    for place in range(layout.size):
        set_slot(
            <PyObject *>value,
            layout.offsets[place],
            arguments[place] if place < given else PyList_GET_ITEM(defaults, place),
        )
    return 0


cdef int _set_named(
    object value, _Layout layout, Py_ssize_t given, Py_ssize_t likely, PyObject *name, PyObject *item
) except -1:
    """Set the field *name*, not one of the first *given*, to *item*; it is *likely* the one at that place."""
    cdef Py_ssize_t place = layout.place(name, likely)
    if place < given:
        fault = "multiple values for argument" if place >= 0 else "an unexpected keyword argument"
        raise TypeError(f"{_init(value)} got {fault} {<object>name!r}")
    set_slot(<PyObject *>value, layout.offsets[place], item)
    return 0


cdef int _refuse_missing(object value, _Layout layout) except -1:
    cdef Py_ssize_t place
    missing = [
        name for place, name in enumerate(layout.names)
        if slot_item(<PyObject *>value, layout.offsets[place]) == <PyObject *>MISSING
    ]
    if missing:
        raise TypeError(f"{_init(value)} is missing {len(missing)} required arguments: {', '.join(missing)}")
    return 0


cdef str _init(object value):
    return f"{type(value).__qualname__}.__init__()"


cdef object _made(object kind, PyObject **arguments, size_t flags, PyObject *names):
    """Return a new value: what a call of its class does."""
    cdef _Layout layout = _layout_of(kind)
    cdef object value = PyType_GenericAlloc(<PyTypeObject *>kind, 0)
    cdef Py_ssize_t given = PyVectorcall_NARGS(flags), position
    _set_given(value, layout, arguments, given)
    if names != NULL:
        for position in range(PyTuple_GET_SIZE(names)):
            _set_named(
                value, layout, given, given + position, PyTuple_GET_ITEM(names, position), arguments[given + position]
            )
    if given < layout.required:
        _refuse_missing(value, layout)
    return value


def fill(value, /, *arguments, **named):
    """Set the fields of *value*, whose class went through prepare(), as its own ``__init__`` would.

    This is for who calls ``__init__``; a call of the class goes another, shorter way.

    Raises:
        TypeError: a field is missing, unknown, or given twice.
    """
    cdef object kind = type(value)
    cdef _Layout layout = _layout_of(kind)
    cdef Py_ssize_t given = len(arguments)
    _set_given(value, layout, items_of(arguments), given)
    for name, item in named.items():
        _set_named(value, layout, given, given, <PyObject *>name, <PyObject *>item)
    if given < layout.required:
        _refuse_missing(value, layout)


def prepare(kind, /):
    """Have ``fill`` serve as ``__init__`` of *kind*, a dataclass with slots and constant defaults.

    Raises:
        TypeError: *kind* is something else; the message names the field.
    """
    cdef _Layout layout = _Layout(kind)
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__qualname__} has a __post_init__, which would not be called")
    for field in fields(kind):
        if field.default_factory is not MISSING or not field.init or field.kw_only:
            raise TypeError(f"{kind.__qualname__}.{field.name} is more than a field with a constant default")
    layout.defaults = [field.default for field in fields(kind)]
    layout.required = layout.defaults.count(MISSING)
    _layouts[kind] = layout
    kind.__init__ = fill
    set_maker(kind, _made)


def forgo_getattr(metaclass, /):
    """Have the classes of *metaclass* find attributes as other classes do, without its ``__getattr__``.

    Python looks up the members of classes whose metaclass has one in a roundabout way, though it is not called.

    Raises:
        TypeError: *metaclass* is no metaclass, or has a ``__getattribute__`` of its own.
    """
    if not (isinstance(metaclass, type) and issubclass(metaclass, type)):
        raise TypeError(f"{metaclass!r} is no metaclass")
    if metaclass.__getattribute__ is not type.__getattribute__:
        raise TypeError(f"{metaclass.__qualname__} has a __getattribute__, which would not be called")
    set_lookup(metaclass)
