"""Caches of other projects. Each is used as the mapping it is, which is its fastest documented way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import cachebox
import cachetools
import lru

if TYPE_CHECKING:
    from collections.abc import Callable

BY_NAME: Final[dict[str, Callable[[int], Any]]] = {
    "cachebox": cachebox.LRUCache,
    "lru-dict": lru.LRU,
    "cachetools": cachetools.LRUCache,
}
