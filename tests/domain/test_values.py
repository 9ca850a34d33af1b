import dataclasses
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplate.domain.learner import Learner
from lplate.domain.session import Address, Owed, OwedKind, Session
from lplate.domain.values import replace

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
