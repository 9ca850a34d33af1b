"""The loops of the contenders: plain, alike on both sides, and each with its empty twin."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping


def unshared(loop: Callable[..., object]) -> Callable[..., object]:
    """Return a copy of *loop*, a plain function, with bytecode of its own.

    The interpreter adapts bytecode to the types it meets; a loop that two contenders share is fast for
    neither.
    """
    assert isinstance(loop, FunctionType)
    return FunctionType(loop.__code__.replace(), loop.__globals__, loop.__name__, loop.__defaults__, None)


def call(function: Callable[[Any], object], keys: Iterable[Any]) -> None:
    for key in keys:
        function(key)


def call_pairs(function: Callable[[Any, Any], object], pairs: Iterable[tuple[Any, Any]]) -> None:
    for key, other in pairs:
        function(key, other)


def subscribe(mapping: MutableMapping[Any, Any], keys: Iterable[Any]) -> None:
    for key in keys:
        mapping[key]  # the look-up is the point


def assign(mapping: MutableMapping[Any, Any], keys: Iterable[Any]) -> None:
    for key in keys:
        mapping[key] = key


def get_or_assign(
    get: Callable[[Any], object], mapping: MutableMapping[Any, Any], keys: Iterable[Any]
) -> None:
    for key in keys:
        if get(key) is None:
            mapping[key] = key


def nothing(_: object, keys: Iterable[Any]) -> None:
    for _key in keys:
        pass


def nothing_with_pairs(_: object, pairs: Iterable[tuple[Any, Any]]) -> None:
    for _key, _other in pairs:
        pass


def nothing_with_two(_: object, __: object, keys: Iterable[Any]) -> None:
    for _key in keys:
        pass
