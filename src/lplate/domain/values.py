"""Make values, and copies of them with single fields changed, at a quarter of the usual price.

A press makes a dozen values and changes as many, of up to eighteen fields each. A frozen dataclass sets every
field through a check that it may not be set, and dataclasses.replace() looks each up by name before. Here a
value is filled while it is an instance of a class with the same slots that is not frozen, and becomes one of
its own class then: the language allows that where two classes lay out their instances alike.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import replace
else:

    def replace(value: Any, /, **changes: Any) -> Any:
        """Return a copy of *value*, a dataclass with slots and no default made anew, with *changes* made."""
        return _copier(type(value))(value, **changes)


__all__ = ["quick", "replace"]

_T = TypeVar("_T")


def quick(kind: type[_T]) -> type[_T]:
    """Have instances of *kind*, a frozen dataclass with slots and constant defaults, made quickly."""
    _hasten(kind)
    return kind


def _hasten(kind: Any) -> None:
    scope: dict[str, Any] = {"_Draft": _draft(kind), "_kind": kind, "_set": object.__setattr__}
    parameters = []
    for field in fields(kind):
        if field.default is MISSING:
            parameters.append(field.name)
        else:
            scope[f"_default_{field.name}"] = field.default
            parameters.append(f"{field.name}=_default_{field.name}")
    lines = [f"def __init__(self, {', '.join(parameters)}):", " _set(self, '__class__', _Draft)"]
    lines += [f" self.{field.name} = {field.name}" for field in fields(kind)]
    lines.append(" self.__class__ = _kind")
    made = _compiled(lines, scope, "__init__")
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    made.__annotations__ = kind.__init__.__annotations__
    kind.__init__ = made


@cache
def _copier(kind: type) -> Callable[..., Any]:
    """Return a function written out for the fields of *kind*."""
    names = [field.name for field in fields(kind)]
    parameters = ", ".join(f"{name}=_SAME" for name in names)
    lines = [f"def copied(_value, /, *, {parameters}):", " _copy = _Draft()"]
    lines += [f" _copy.{name} = _value.{name} if {name} is _SAME else {name}" for name in names]
    lines += [" _copy.__class__ = _kind", " return _copy"]
    return _compiled(lines, {"_Draft": _draft(kind), "_kind": kind, "_SAME": object()}, "copied")


@cache
def _draft(kind: type) -> type:
    """Return a class with the slots of *kind* that is not frozen."""
    return type(f"{kind.__name__}Draft", (), {"__slots__": tuple(field.name for field in fields(kind))})


def _compiled(lines: list[str], scope: dict[str, Any], name: str) -> Callable[..., Any]:
    exec("\n".join(lines), scope)  # noqa: S102 - our own text, made of field names only, as dataclasses does
    compiled: Callable[..., Any] = scope[name]
    return compiled
