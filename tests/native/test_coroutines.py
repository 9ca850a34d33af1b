"""at_once() against what send() does."""

from __future__ import annotations

import sys
import types
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from lplate_native.coroutines import at_once

if TYPE_CHECKING:
    from collections.abc import Generator


class Thing:
    """An object one can watch go."""


@types.coroutine
def wait(item: object) -> Generator[object, None, object]:
    """Wait as for a future: hand *item* to whoever drives."""
    return (yield item)


async def told(item: object) -> object:
    """Return at once."""
    return item


async def waits(item: object, closed: list[object]) -> object:
    """Wait for ever, and note when that ends."""
    try:
        return await wait(item)
    finally:
        closed.append(item)


@pytest.mark.parametrize("result", [42, None, (), StopIteration(3), (1, 2)], ids=repr)
def test_result_comes_as_it_is(result: object) -> None:
    """Even what send() would have to wrap, a tuple or an exception, is just returned."""

    async def outer() -> object:
        return await told(result)

    assert at_once(outer()) is result


def test_one_that_waits_is_closed() -> None:
    """Its clean-up runs, and what it waited for is let go."""
    thing = Thing()
    watch = weakref.ref(thing)
    closed: list[object] = []
    assert at_once(waits(thing, closed)) is None
    assert closed == [thing]
    del thing
    closed.clear()
    assert watch() is None


def test_one_that_will_not_be_closed_is_told_of() -> None:
    """A coroutine that goes on waiting when closed raises as close() does."""

    async def stubborn() -> None:
        try:
            await wait(1)
        finally:
            await wait(2)

    with pytest.raises(RuntimeError, match="ignored GeneratorExit"):
        at_once(stubborn())


def test_errors_come_through() -> None:
    """What the coroutine raises is raised, the object itself."""
    fault = KeyError("x")

    async def fails() -> None:
        raise fault

    with pytest.raises(KeyError) as caught:
        at_once(fails())
    assert caught.value is fault


def test_results_are_not_kept() -> None:
    """After a thousand calls nobody but the caller refers to a result."""
    thing = Thing()
    before = sys.getrefcount(thing)
    for _ in range(1000):
        at_once(told(thing))
        at_once(waits(thing, []))
    assert sys.getrefcount(thing) == before


@pytest.mark.parametrize("stranger", [None, 1, "words", told])
def test_only_what_can_be_driven_is_taken(stranger: Any) -> None:
    """Whatever has no send() is refused."""
    with pytest.raises(AttributeError):
        at_once(stranger)


def test_one_that_is_over_is_refused() -> None:
    """A coroutine runs once."""
    over = told(1)
    at_once(over)
    with pytest.raises(RuntimeError, match="already awaited"):
        at_once(over)
