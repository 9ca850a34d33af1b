"""LruCache while its operations set off Python code, and in the hands of the garbage collector."""

from __future__ import annotations

import gc
import sys
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lplate_native import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type_of_step = st.tuples(
    st.sampled_from(["put", "get", "pop", "clear", "resize", "items"]),
    st.one_of(st.integers(0, 5), st.sampled_from("abc")),
    st.integers(1, 4),
)


@pytest.fixture
def unraised(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """Collect what goes to sys.unraisablehook."""
    errors: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda event: errors.append(event.exc_value))
    return errors


@contextmanager
def eager_collector() -> Iterator[None]:
    """Let the garbage collector run at nearly every new object."""
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*before)


REFUSALS = (TypeError, IndexError, KeyError, NameError)


def outcome(use: Callable[[], object]) -> type[Exception] | None:
    """Return the refusal that *use* meets, if it does."""
    try:
        use()
    except REFUSALS as error:
        return type(error)
    return None


def check(cache: LruCache[int | str, Any]) -> None:
    """Check that all ways of looking at the cache agree."""
    items = cache.items()
    assert len(items) == len(cache) <= cache.capacity
    assert len({key for key, _ in items}) == len(items)
    for key, value in items:
        assert cache.peek(key) is value
        assert key in cache


class Script:
    """Run the next of the given steps on a cache whenever told."""

    def __init__(self, cache: LruCache[int | str, Any], steps: list[tuple[str, int | str, int]]) -> None:
        self.cache = cache
        self.steps = steps

    def run(self) -> None:
        if not self.steps:
            return
        name, key, number = self.steps.pop()
        if name == "put":
            self.cache[key] = Dying(self)
        elif name == "get":
            self.cache.get(key)
        elif name == "pop":
            self.cache.pop(key, None)
        elif name == "clear":
            self.cache.clear()
        elif name == "resize":
            self.cache.resize(number)
        else:
            self.cache.items()


class Dying:
    """Run a step on the cache when it loses its last reference."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def __del__(self) -> None:
        self.script.run()


@given(st.lists(type_of_step, max_size=60))
@settings(max_examples=150, deadline=None)
def test_values_may_use_the_cache_when_they_die(steps: list[tuple[str, int | str, int]]) -> None:
    """A value whose __del__ changes the cache it is pushed out of leaves the cache consistent."""
    cache: LruCache[int | str, Any] = LruCache(3)
    script = Script(cache, steps)
    while steps:
        script.run()
        check(cache)


@given(st.lists(type_of_step, max_size=60))
@settings(max_examples=150, deadline=None)
def test_on_evict_may_use_the_cache(steps: list[tuple[str, int | str, int]]) -> None:
    """An on_evict that changes the cache leaves it consistent."""
    script: Script
    cache: LruCache[int | str, Any] = LruCache(2, lambda _key, _value: script.run())
    script = Script(cache, steps)
    while steps:
        script.run()
        check(cache)


@given(st.lists(type_of_step, max_size=40))
@settings(max_examples=100, deadline=None)
def test_finalizers_may_use_the_cache_at_any_time(steps: list[tuple[str, int | str, int]]) -> None:
    """A garbage cycle whose finalizer changes the cache may be collected within any operation."""
    cache: LruCache[int | str, Any] = LruCache(3)
    script = Script(cache, steps)
    while steps:
        loop: list[object] = [Dying(script)]
        loop.append(loop)
        del loop
        with eager_collector():
            script.run()
        check(cache)


@contextmanager
def collecting_at_once(script: Script) -> Iterator[None]:
    """Let the next new object set off the collector and that the *script*, if Python collects so early."""
    spare: list[list[object]] = [[] for _ in range(1000)]  # all the freed lists that Python would use first
    loop: list[object] = []
    loop.append(loop)
    loop.append(Dying(script))
    del loop
    with eager_collector():
        yield
    gc.collect()
    assert len(spare) == 1000


def test_first_str_keys_may_meet() -> None:
    """A finalizer that puts a str key while the place for the first one is being made loses neither."""
    cache: LruCache[int | str, Any] = LruCache(3)
    with collecting_at_once(Script(cache, [("put", "inner", 1)])):
        cache["outer"] = 1
    assert sorted(str(key) for key in cache) == ["inner", "outer"]
    check(cache)


def test_clear_may_meet_resize() -> None:
    """A finalizer that resizes a cache while it is being cleared has its way."""
    cache: LruCache[int | str, Any] = LruCache(3)
    cache[1] = 1
    with collecting_at_once(Script(cache, [("resize", 0, 2)])):
        cache.clear()
    assert (cache.capacity, cache.items()) == (2, [])
    check(cache)


def test_resize_may_meet_put() -> None:
    """A finalizer that puts the first str key while the cache is being resized does not lose it."""
    cache: LruCache[int | str, Any] = LruCache(3)
    cache[1] = 1
    with collecting_at_once(Script(cache, [("put", "inner", 1)])):
        cache.resize(4)
    assert (cache.capacity, cache.keys()) == (4, ["inner", 1])
    check(cache)


def test_on_evict_sees_the_finished_change() -> None:
    """on_evict is called after the new pair is in and the old one out."""
    seen: list[tuple[object, object, list[tuple[int, str]]]] = []
    cache: LruCache[int, str] = LruCache(1, lambda key, value: seen.append((key, value, cache.items())))
    cache[1] = "one"
    cache[2] = "two"
    assert seen == [(1, "one", [(2, "two")])]


def test_on_evict_is_for_want_of_room_only() -> None:
    """Replacing, popping, deleting and clearing do not call on_evict; shrinking does, oldest first."""
    evicted: list[int] = []
    cache: LruCache[int, int] = LruCache(4, lambda key, _value: evicted.append(key))
    for key in (1, 2, 3, 4):
        cache[key] = key
    cache[4] = 5
    cache.pop(4)
    cache[5] = 5
    cache.resize(2)
    assert evicted == [1, 2]
    del cache[3]
    cache.clear()
    assert evicted == [1, 2]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_errors_of_on_evict_are_unraisable(
    error: BaseException, unraised: list[BaseException | None]
) -> None:
    """What on_evict raises goes to sys.unraisablehook; every pair is told of, and the cache is right."""

    def fail(_key: int, _value: int) -> None:
        raise error

    cache: LruCache[int, int] = LruCache(3, fail)
    for key in range(4):
        cache[key] = key
    cache.resize(1)
    assert cache.items() == [(3, 3)]
    assert unraised == [error] * 3


class Node:
    """Hold a reference and allow weak ones."""

    def __init__(self) -> None:
        self.cache: object = None


class Keeper:
    """Offer a method as on_evict."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def forget(self, key: int, value: int) -> None:
        """Do nothing."""


def test_cycles_through_values_are_collected() -> None:
    """A cache that is reachable only from its own value is collected."""
    node = Node()
    cache: LruCache[int, Node] = LruCache(2)
    cache[1] = node
    node.cache = cache
    gone = weakref.ref(node)
    del node, cache
    gc.collect()
    assert gone() is None


def test_cycles_through_on_evict_are_collected() -> None:
    """A cache that is reachable only from its own callback is collected."""
    node = Node()
    node.cache = LruCache(2, Keeper(node).forget)
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None


def test_a_cleared_cache_refuses() -> None:
    """A finalizer that reaches a cache which the collector has already cleared meets an error, no crash."""
    outcomes: list[type[Exception] | None] = []

    def make() -> None:
        cache: LruCache[int | str, object] = LruCache(4)
        uses: list[Callable[[], object]] = [
            lambda: cache.put("x", 1),
            lambda: cache.get(1),
            cache.items,
            lambda: cache.pop(2),
        ]

        class Late:
            __slots__ = ()

            def __del__(self) -> None:
                outcomes.extend(outcome(use) for use in uses)

        cache[1] = Late()
        cache[2] = cache

    make()
    gc.collect()
    assert len(outcomes) == 4
    assert set(outcomes) <= {None, *REFUSALS}
