import dataclasses
import inspect
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplate.domain.learner import Learner
from lplate.domain.session import Address, Owed, OwedKind, Session
from lplate.domain.values import Word, quick, replace

VALUES: list[Any] = [Learner(1, 2, 3, 4), Session(), Address(1, 2), Owed(OwedKind.CARD)]


@pytest.mark.parametrize("value", VALUES)
@given(data=st.data())
def test_a_changed_copy_is_what_the_standard_library_makes(value: Any, data: st.DataObject) -> None:
    """Whatever fields change, the copy equals dataclasses.replace()'s, is of the same class and as frozen."""
    names = [field.name for field in dataclasses.fields(value)]
    changes = {name: object() for name in data.draw(st.sets(st.sampled_from(names)))}
    before = dataclasses.astuple(value)
    copy = replace(value, **changes)
    assert copy == dataclasses.replace(value, **changes)
    assert type(copy) is type(value)
    assert dataclasses.astuple(value) == before
    with pytest.raises(FrozenInstanceError):
        setattr(copy, names[0], None)


def test_a_field_that_does_not_exist_is_refused() -> None:
    """A misspelt name is an error, not a new attribute."""
    with pytest.raises(TypeError, match="unexpected keyword argument 'ste'"):
        replace(Session(), ste=2)  # type: ignore[call-arg] # the point of the test


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    """A value as the standard library makes it."""

    name: str
    size: int = 3
    parts: tuple[int, ...] = ()


@quick
@dataclasses.dataclass(frozen=True, slots=True)
class Quick:
    """The same, made quickly."""

    name: str
    size: int = 3
    parts: tuple[int, ...] = ()


@pytest.mark.parametrize("arguments", [("a",), ("a", 1), ("a", 1, (2,))])
def test_a_quick_value_is_like_any_other(arguments: tuple[Any, ...]) -> None:
    """Fields, defaults, equality, hash, words, copies and pickles are those of the standard library."""
    plain, made = Plain(*arguments), Quick(*arguments)
    assert dataclasses.astuple(made) == dataclasses.astuple(plain)
    assert repr(made) == repr(plain).replace("Plain", "Quick")
    assert made == Quick(**dataclasses.asdict(plain))
    assert hash(made) == hash(plain)
    assert pickle.loads(pickle.dumps(made)) == made
    assert dataclasses.replace(made, size=9) == replace(made, size=9)
    assert str(inspect.signature(Quick)) == str(inspect.signature(Plain))
    with pytest.raises(FrozenInstanceError):
        made.size = 1  # type: ignore[misc] # the point of the test


@pytest.mark.parametrize("arguments", [(), ("a", 1, (), 4)])
def test_a_quick_value_refuses_wrong_arguments(arguments: tuple[Any, ...]) -> None:
    """Too few and too many are errors that name the class."""
    with pytest.raises(TypeError, match=r"Quick\.__init__\(\)"):
        Quick(*arguments)


class Signal(Word):
    """A few words."""

    STOP = "stop"
    GO = "go"


def test_a_word_is_an_enumeration_like_any_other() -> None:
    """By name, by value, in order, as a string and as a key; what is no member is an error."""
    assert [Signal.STOP, Signal("go")] == list(Signal) == [Signal["STOP"], "go"]
    assert {Signal.GO: 1}["go"] == 1  # type: ignore[index] # a word is its string
    assert f"{Signal.GO}" == "go"
    with pytest.raises(AttributeError, match="'Signal' has no attribute 'LEFT'"):
        _ = Signal.LEFT  # type: ignore[attr-defined] # the point of the test
    with pytest.raises(ValueError, match="'left' is not a valid Signal"):
        Signal("left")
