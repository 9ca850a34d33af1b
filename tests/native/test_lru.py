"""LruCache against an OrderedDict."""

from __future__ import annotations

import enum
import sys
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lplate_native import LruCache, LruStats
from models import INT64_MAX, INT64_MIN, LOOKALIKES, LruModel, colliding_keys

TEXTS = ["", "a", "b", "a\0", "й", "\U0001f6a6", "\ud800", "question-1"]
KEYS: list[int | str] = [
    *colliding_keys(26),
    *LOOKALIKES,
    *[hash(text) for text in TEXTS],
    *[INT64_MIN, -1, 0, 1, INT64_MAX],
    *TEXTS,
]
keys = st.sampled_from(KEYS)
values = st.integers(0, 5)


class LruMachine(RuleBasedStateMachine):
    """Whatever is done, the cache holds, orders, counts and pushes out what the OrderedDict does."""

    @initialize(capacity=st.integers(1, 30))
    def start(self, capacity: int) -> None:
        self.evicted: list[tuple[int | str, int]] = []
        self.cache: LruCache[int | str, int] = LruCache(capacity, lambda *pair: self.evicted.append(pair))
        self.model = LruModel(capacity)

    @rule(key=keys, value=values)
    def put(self, key: int | str, value: int) -> None:
        self.cache.put(key, value)
        self.model.put(key, value)

    @rule(key=keys, value=values)
    def set_item(self, key: int | str, value: int) -> None:
        self.cache[key] = value
        self.model.put(key, value)

    @rule(key=keys)
    def get(self, key: int | str) -> None:
        assert self.cache.get(key, -1) == self.model.get(key, -1)

    @rule(key=keys)
    def get_item(self, key: int | str) -> None:
        expected = self.model.get(key)
        if expected is None:
            with pytest.raises(KeyError):
                self.cache[key]
        else:
            assert self.cache[key] == expected

    @rule(key=keys)
    def peek(self, key: int | str) -> None:
        assert self.cache.peek(key) == self.model.pairs.get(key)
        assert (key in self.cache) == (key in self.model.pairs)

    @rule(key=keys)
    def pop(self, key: int | str) -> None:
        assert self.cache.pop(key, None) == self.model.pairs.pop(key, None)

    @rule(key=keys)
    def delete(self, key: int | str) -> None:
        if key in self.model.pairs:
            del self.cache[key], self.model.pairs[key]
        else:
            with pytest.raises(KeyError):
                del self.cache[key]

    @rule()
    def pop_item(self) -> None:
        if self.model.pairs:
            assert self.cache.popitem() == self.model.pop_oldest()
        else:
            with pytest.raises(KeyError, match="empty"):
                self.cache.popitem()

    @rule(key=keys, value=values)
    def set_default(self, key: int | str, value: int) -> None:
        expected = self.model.get(key)
        assert self.cache.setdefault(key, value) == (value if expected is None else expected)
        if expected is None:
            self.model.put(key, value)

    @rule(pairs=st.lists(st.tuples(keys, values), max_size=8), is_mapping=st.booleans())
    def update(self, pairs: list[tuple[int | str, int]], is_mapping: bool) -> None:  # noqa: FBT001 - drawn
        given = dict(pairs) if is_mapping else pairs
        self.cache.update(given)
        for key, value in given.items() if isinstance(given, dict) else given:
            self.model.put(key, value)

    @rule(capacity=st.integers(1, 30))
    def resize(self, capacity: int) -> None:
        self.cache.resize(capacity)
        self.model.resize(capacity)

    @rule()
    def clear(self) -> None:
        self.cache.clear()
        self.model.pairs.clear()

    @invariant()
    def agree(self) -> None:
        assert self.cache.items() == self.model.items()
        assert self.cache.keys() == list(self.cache) == [key for key, _ in self.model.items()]
        assert list(reversed(self.cache)) == list(self.model.pairs)
        assert self.cache == self.model.pairs
        assert self.cache.values() == [value for _, value in self.model.items()]
        assert self.evicted == self.model.evicted
        model = self.model
        expected = LruStats(model.hits, model.misses, len(model.evicted), len(model.pairs), model.capacity)
        assert self.cache.stats() == expected
        assert (len(self.cache), self.cache.capacity) == (len(model.pairs), model.capacity)


TestLruMachine = LruMachine.TestCase
TestLruMachine.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("key", [True, 1.0, None, b"a", (1,), object()])
def test_other_keys_are_refused(key: Any) -> None:
    """Every operation refuses a key that is neither int nor str, bool included."""
    cache: LruCache[Any, int] = LruCache(2)
    for operation in (
        cache.get,
        cache.peek,
        cache.pop,
        cache.__getitem__,
        cache.__delitem__,
        cache.__contains__,
    ):
        with pytest.raises(TypeError):
            operation(key)
    with pytest.raises(TypeError):
        cache.put(key, 1)
    assert len(cache) == 0


@pytest.mark.parametrize("key", [INT64_MIN - 1, INT64_MAX + 1, 2**64, 10**100])
def test_ints_over_64_bits_are_refused(key: int) -> None:
    """A key of more than 64 bits raises OverflowError and is not stored under another."""
    cache: LruCache[int, int] = LruCache(2)
    for operation in (cache.get, cache.peek, cache.pop, cache.__getitem__, cache.__contains__):
        with pytest.raises(OverflowError):
            operation(key)
    with pytest.raises(OverflowError):
        cache[key] = 1
    assert cache.items() == []


@pytest.mark.parametrize("capacity", [0, -1, 2**27 + 1, 2**40])
def test_bad_capacity_is_refused(capacity: int) -> None:
    """A capacity outside 1 to 2**27 raises ValueError, in resize() leaving all as it was."""
    with pytest.raises(ValueError, match="capacity"):
        LruCache(capacity)
    cache: LruCache[int, int] = LruCache(1)
    cache[1] = 2
    with pytest.raises(ValueError, match="capacity"):
        cache.resize(capacity)
    assert (cache.items(), cache.capacity) == ([(1, 2)], 1)


@pytest.mark.parametrize("capacity", [True, 2.0, "2", None])
def test_capacity_is_an_int(capacity: Any) -> None:
    """A capacity that is no int raises TypeError."""
    with pytest.raises(TypeError):
        LruCache(capacity)


def test_on_evict_is_callable() -> None:
    """An on_evict that cannot be called is refused at once, not at the first eviction."""
    not_callable: Any = 3
    with pytest.raises(TypeError, match="on_evict"):
        LruCache(2, not_callable)


def test_subclasses_count_as_their_value() -> None:
    """A str or int subclass finds and stores what its plain value does, odd hash and equality or not."""

    class Odd(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            return False

    class Number(enum.IntEnum):
        SEVEN = 7

    cache: LruCache[int | str, str] = LruCache(4)
    cache[Odd("a")] = "text"
    cache[Number.SEVEN] = "number"
    assert (cache["a"], cache[Odd("a")], cache[7]) == ("text", "text", "number")
    assert [type(key) for key in cache] == [int, str]


def test_pop_without_default_raises() -> None:
    """pop() of an absent key raises KeyError, and returns None if that is the default asked for."""
    cache: LruCache[int, int] = LruCache(1)
    with pytest.raises(KeyError, match="5"):
        cache.pop(5)
    assert cache.pop(5, None) is None


def test_equality_is_by_pairs() -> None:
    """A cache equals any mapping with the same pairs, whatever order and capacity, and has no hash."""
    pairs: dict[int | str, int] = {1: 2, "a": 3}
    cache: LruCache[int | str, int] = LruCache(3)
    cache.update(pairs)
    other: LruCache[int | str, int] = LruCache(9)
    other.update(reversed(pairs.items()))
    assert cache == other == pairs == cache
    assert cache != {1: 2}
    assert cache != [(1, 2), ("a", 3)]
    with pytest.raises(TypeError, match="unhashable"):
        hash(cache)


def test_comparing_and_copying_leave_order_and_counts() -> None:
    """Comparison, iteration and dict(cache.items()) are no look-ups."""
    cache: LruCache[int, int] = LruCache(3)
    cache.update([(1, 1), (2, 2)])
    before = cache.items(), cache.stats()
    assert cache == dict(cache.items())
    assert list(reversed(cache)) == [1, 2]
    assert (cache.items(), cache.stats()) == before


def test_update_takes_what_dict_does() -> None:
    """update() takes pairs, mappings, names, and another cache, whose order of use it keeps."""
    cache: LruCache[int | str, int] = LruCache(2)
    cache.update([("a", 1)], b=2)
    smaller: LruCache[int | str, int] = LruCache(1)
    smaller.update(cache)
    assert (cache.items(), smaller.items()) == ([("b", 2), ("a", 1)], [("b", 2)])
    cache.update(cache)
    assert cache.keys() == ["b", "a"]
    with pytest.raises(TypeError):
        cache.update(3)  # type: ignore[arg-type]  # what is refused
    with pytest.raises(ValueError, match="unpack"):
        cache.update([(1,)])  # type: ignore[list-item]  # what is refused


def test_deletions_do_not_silt_up() -> None:
    """After many keys came and went, absent keys are still found absent."""
    cache: LruCache[int, int] = LruCache(8)
    for key in colliding_keys(500):
        cache[key] = key
        assert cache.pop(key) == key
        assert cache.get(-1) is None
    assert len(cache) == 0


def test_repr_tells_size_and_counts() -> None:
    """The repr tells capacity, size and counts."""
    cache: LruCache[int, int] = LruCache(1)
    cache[1] = 1
    cache[2] = 2
    assert cache.get(2) == 2
    assert repr(cache) == "LruCache(capacity=1, size=1, hits=1, misses=0, evictions=1)"


def test_memory_is_as_promised() -> None:
    """An entry with its int key takes at most 41 bytes at any capacity, the pair itself left out."""
    for capacity in (1000, 1023, 1025, 1500, 4096, 4097, 5000, 10_000):
        fixed = sys.getsizeof(LruCache(1))
        assert sys.getsizeof(LruCache(capacity)) - fixed <= 41 * capacity
