"""What a cache counted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LruStats:
    """Counts of an LruCache since it was made.

    Attributes:
        hits: look-ups by get() or subscription that found their key.
        misses: those that did not.
        evictions: pairs pushed out for want of room, by put() or resize().
        size: pairs held now.
        capacity: pairs held at most.
    """

    hits: int
    misses: int
    evictions: int
    size: int
    capacity: int
