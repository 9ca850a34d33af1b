"""Have what a coroutine returns without a task, where it need not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")


def at_once(coroutine: Coroutine[Any, Any, _T]) -> _T | None:
    """Return what *coroutine* returns, None if it has to wait for something.

    It is closed then, and what it did so far is for nothing: for work that only reads, and may be begun anew.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: _T = end.value
        return result
    coroutine.close()
    return None
