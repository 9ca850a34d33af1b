"""What holds for all containers."""

from __future__ import annotations

import copy
import pickle
from typing import Any, get_args, get_origin

import pytest

import lplate_native
from lplate_native import (
    DigestSet,
    Histogram,
    LruCache,
    LruStats,
    QuestionIndex,
    SeenMap,
    SeenWindow,
    TokenBuckets,
)
from models import LOOKALIKES, table_hash

CONTAINERS = [
    DigestSet(),
    Histogram([1]),
    LruCache(1),
    QuestionIndex([1]),
    SeenMap(1),
    SeenWindow(1),
    TokenBuckets(1, 1),
]


@pytest.mark.parametrize("container", CONTAINERS, ids=repr)
def test_containers_refuse_pickling(container: Any) -> None:
    """A container cannot be pickled or copied by accident, which would lose what it holds."""
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="pickle"):
            attempt(container)


@pytest.mark.parametrize("container", CONTAINERS, ids=repr)
def test_containers_are_final(container: Any) -> None:
    """A container cannot be subclassed, nor can attributes be hung on it."""
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Child", (type(container),), {})
    with pytest.raises(AttributeError):
        container.colour = "red"


@pytest.mark.parametrize("container", CONTAINERS, ids=repr)
def test_containers_need_their_arguments(container: Any) -> None:
    """Making a container from nonsense raises TypeError, and nothing half made is left."""
    with pytest.raises(TypeError):
        type(container)("nonsense", object(), 3, 4, 5)
    with pytest.raises(TypeError):
        type(container)(1.5)


def test_generic_containers_take_parameters() -> None:
    """LruCache and QuestionIndex can be written with type parameters at run time."""
    assert (get_origin(LruCache[int, str]), get_args(LruCache[int, str])) == (LruCache, (int, str))
    assert get_args(QuestionIndex[str]) == (str,)


def test_lookalikes_look_alike() -> None:
    """The keys that the other tests take for hard to tell apart have one home and one tag in all tables."""
    for one, other in zip(LOOKALIKES[::2], LOOKALIKES[1::2], strict=True):
        assert (table_hash(one) ^ table_hash(other)) & 0x0FFFFFF8 == 0


def test_statistics_are_a_value() -> None:
    """LruStats compares by its fields and cannot be changed."""
    stats: Any = LruStats(hits=1, misses=2, evictions=3, size=4, capacity=5)
    assert stats == LruStats(1, 2, 3, 4, 5)
    with pytest.raises(AttributeError):
        stats.hits = 2


def test_all_names_are_there_and_explained() -> None:
    """Every public name exists and, the constant left out, has a docstring that begins with a sentence."""
    for name in set(lplate_native.__all__) - {"UNICODE_VERSION"}:
        documentation = getattr(lplate_native, name).__doc__
        assert documentation.split("\n")[0].endswith("."), name
