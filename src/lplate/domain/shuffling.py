"""Reproducible chance from a seed, without any global generator."""

from __future__ import annotations

from typing import Final

_MASK: Final = (1 << 64) - 1


def mixed(*parts: int) -> int:
    """Return a 64-bit seed in which each of *parts* counts.

    Source: the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
    generators, 2014).
    """
    state = 0
    for part in parts:
        state = (state + part + 0x9E3779B97F4A7C15) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def shuffled(size: int, seed: int) -> tuple[int, ...]:
    """Return 0 to *size* - 1 in an order given by *seed*, 64 random bits (Fisher-Yates).

    The seed is used up digit by digit and mixed anew every eight.
    """
    order = list(range(size))
    for last in range(size - 1, 0, -1):
        if not last % 8:
            seed = mixed(seed, last)
        seed, other = divmod(seed, last + 1)
        order[last], order[other] = order[other], order[last]
    return tuple(order)
