"""What is counted and timed on the way of a press; who shows the numbers is not known here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lplate_native import Histogram

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Bounds of all histograms of times; one second is what a learner may be kept waiting."""
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
"""Bounds of histograms of sizes, up to the largest group of a commit."""


def seconds() -> Histogram:
    """Return an empty histogram of times."""
    return Histogram(SECONDS)


def sizes() -> Histogram:
    """Return an empty histogram of sizes."""
    return Histogram(SIZES)


@dataclass(frozen=True, slots=True)
class StoreMetrics:
    """Time what a store does beside the commits: copies of its log, reads that wait for a connection."""

    checkpoint_s: Histogram = field(default_factory=seconds)
    connection_wait_s: Histogram = field(default_factory=seconds)


@dataclass(frozen=True, slots=True)
class StoreState:
    """Say how a store is now.

    *engine* is the version of the database library. Bytes are 0 where there is no file; *free_bytes*, the
    room on its disk, is None if that is not known. Connections are those for long reads; one that was not
    needed yet counts as idle.
    """

    engine: str = ""
    database_bytes: int = 0
    log_bytes: int = 0
    free_bytes: int | None = None
    connections_in_use: int = 0
    connections_idle: int = 0
