import dataclasses
import gc
import sys
import weakref
from dataclasses import dataclass, field
from typing import Any

import pytest

from lplate_native.values import copied, fill, forgo_getattr, prepare


@dataclass(frozen=True, slots=True)
class Point:
    """Two numbers and a name."""

    x: Any
    y: Any
    name: Any = "origin"


prepare(Point)


class Thing:
    """An object one can watch go."""


def test_prepared_class_is_called_like_any_other() -> None:
    """By position, by name, with defaults, and by __init__ on a value that is there already."""
    assert dataclasses.astuple(Point(1, 2)) == (1, 2, "origin")
    assert dataclasses.astuple(Point(1, name="a", y=3)) == (1, 3, "a")
    assert Point(*(1, 2), **{"na" + "me": "b"}) == Point(1, 2, "b")
    value = Point(1, 2)
    value.__init__(3, y=4)  # type: ignore[misc] # what pickling and copying by hand do
    assert value == Point(3, 4)
    fill(value, 5, 6, "c")
    assert value == Point(5, 6, "c")


@pytest.mark.parametrize(
    ("arguments", "named", "words"),
    [
        ((), {}, "missing 2 required arguments: x, y"),
        ((1,), {"name": "a"}, "missing 1 required arguments: y"),
        ((1, 2, 3, 4), {}, "takes from 3 to 4 positional arguments but 5 were given"),
        ((1,), {"x": 2, "y": 3}, "multiple values for argument 'x'"),
        ((1, 2), {"z": 3}, "unexpected keyword argument 'z'"),
    ],
)
def test_wrong_arguments_are_refused(arguments: tuple[int, ...], named: dict[str, Any], words: str) -> None:
    """The error names the class and the field, as that of a Python function would."""
    with pytest.raises(TypeError, match=rf"Point\.__init__\(\) .*{words}"):
        Point(*arguments, **named)


def test_copy_of_what_is_no_value_is_refused() -> None:
    """Only dataclasses with slots of their own can be copied; nothing else is touched."""

    @dataclass
    class Loose:
        x: int = 1

    class Derived(Point):
        pass

    with pytest.raises(TypeError, match=r"Loose\.x is no slot"):
        copied(Loose())
    with pytest.raises(TypeError, match=r"Derived\.x is no slot"):
        copied(Derived(1, 2))
    for stranger in (1, "words", object(), None):
        with pytest.raises(TypeError):
            copied(stranger)


def test_class_that_is_more_than_its_fields_is_refused() -> None:
    """What fill() would pass over is refused: defaults made anew, fields by name only, __post_init__."""

    @dataclass(slots=True)
    class Fresh:
        items: list[int] = field(default_factory=list)

    @dataclass(slots=True)
    class Named:
        x: int = field(kw_only=True)

    @dataclass(slots=True)
    class Checked:
        x: int

        def __post_init__(self) -> None:
            """Check."""

    for kind in (Fresh, Named, Checked):
        with pytest.raises(TypeError, match=kind.__qualname__.replace(".", r"\.")):
            prepare(kind)


def test_values_own_what_they_hold() -> None:
    """Each value holds one reference to each of its fields, and lets go of it when it goes."""
    thing = Thing()
    watch = weakref.ref(thing)
    before = sys.getrefcount(thing)
    values = [Point(thing, y=thing) for _ in range(100)]
    values += [copied(value, name=thing) for value in values]
    assert sys.getrefcount(thing) == before + 500
    with pytest.raises(TypeError):
        Point(thing, thing, nam=thing)  # type: ignore[call-arg] # the point of the test
    with pytest.raises(TypeError):
        copied(values[0], x=1, nam=thing)
    assert sys.getrefcount(thing) == before + 500
    values.clear()
    assert sys.getrefcount(thing) == before
    del thing
    assert watch() is None


def test_cycle_through_a_value_is_collected() -> None:
    """The collector sees into values as into any other object."""
    thing = Thing()
    thing.value = copied(Point(1, 2), x=thing)  # type: ignore[attr-defined] # the knot
    watch = weakref.ref(thing)
    del thing
    gc.collect()
    assert watch() is None


def test_half_made_value_is_copied_as_it_is() -> None:
    """A slot that holds nothing holds nothing in the copy, too."""
    value = Point.__new__(Point)
    copy = copied(value, x=1)
    assert copy.x == 1
    with pytest.raises(AttributeError):
        copy.y  # noqa: B018 - the look itself is the point


def test_misspelt_field_of_a_copy_names_the_class() -> None:
    """The error says which class has no such field."""
    with pytest.raises(TypeError, match="Point got an unexpected keyword argument 'z'"):
        copied(Point(1, 2), z=3)


def test_metaclass_forgoes_its_getattr() -> None:
    """Its classes find what they have as before, and nothing else; their instances are not concerned."""

    class Meta(type):
        def __getattr__(cls, name: str) -> str:
            return name

    class Thing(metaclass=Meta):
        own = 1

        def __getattr__(self, name: str) -> str:
            return name

    assert (Thing.own, Thing.other) == (1, "other")
    forgo_getattr(Meta)
    assert (Thing.own, Thing.__name__, Thing().other) == (1, "Thing", "other")
    with pytest.raises(AttributeError, match="'Thing' has no attribute 'other'"):
        _ = Thing.other


def test_only_a_metaclass_that_looks_up_as_type_does_can_forgo() -> None:
    """Anything else is refused, and stays as it is."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> object:
            return name

    with pytest.raises(TypeError, match="Meta has a __getattribute__"):
        forgo_getattr(Meta)
    for stranger in (1, object, Point(1, 2)):
        with pytest.raises(TypeError, match="is no metaclass"):
            forgo_getattr(stranger)  # type: ignore[arg-type] # what the types forbid
