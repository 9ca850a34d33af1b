"""The caches of one bot: all may shrink, grow back or be emptied, and nothing is lost by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_native import LruCache

LEAST: Final = 64
"""Entries that a cache keeps however scarce memory is: fewer would only cost time."""


class Caches:
    """Hold caches by name and remember how much room each was given."""

    def __init__(self, named: Mapping[str, LruCache[Any, Any]]) -> None:
        self._named = dict(named)
        self._given = {name: cache.capacity for name, cache in named.items()}

    def sizes(self) -> dict[str, int]:
        """Return how many entries each cache may hold now."""
        return {name: cache.capacity for name, cache in self._named.items()}

    def shrink(self) -> bool:
        """Halve what each cache holds; return False if none can give anything more. O(entries)."""
        smaller = {name: max(LEAST, len(cache) // 2) for name, cache in self._named.items()}
        return self._resize({name: size for name, size in smaller.items() if size < self._capacity(name)})

    def grow(self) -> bool:
        """Double the room of each cache, up to what it was given; False if all have that. O(entries)."""
        larger = {name: min(given, 2 * self._capacity(name)) for name, given in self._given.items()}
        return self._resize({name: size for name, size in larger.items() if size > self._capacity(name)})

    def clear(self) -> dict[str, int]:
        """Empty all caches and return how many entries each held; what is asked for is read anew."""
        held = {name: len(cache) for name, cache in self._named.items()}
        for cache in self._named.values():
            cache.clear()
        return held

    def _capacity(self, name: str) -> int:
        return self._named[name].capacity

    def _resize(self, capacities: Mapping[str, int]) -> bool:
        for name, capacity in capacities.items():
            self._named[name].resize(capacity)
        return bool(capacities)

    def __str__(self) -> str:
        return ",".join(f"{name}:{size}" for name, size in self.sizes().items())
