"""Reproducible chance from a seed: which question is drawn, and in which order its options stand.

Orders are not stored for ever: the same seed must give the same ones after an upgrade.
"""

from lplate_native.shuffling import mixed, shuffled

__all__ = ["mixed", "shuffled"]
