"""Sets of values for four levels of load, by people at once."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Preset:
    """Hold the values of a level; what it does not name keeps its default."""

    people: str
    reason: str
    values: Mapping[str, int | float]


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "small": Preset(
            "100 to 500",
            "for the smallest machines: caches hold those who are there and the questions asked most",
            MappingProxyType(
                {
                    "question_cache": 128,
                    "learner_cache": 1000,
                    "file_cache": 512,
                    "seen_updates": 8192,
                    "pool_size": 1,
                    "sqlite_cache_mb": 4,
                    "wal_mb": 8,
                    "api_connections": 16,
                    "uploads": 2,
                    "webhook_connections": 40,
                    "webhook_clients": 128,
                    "most_waiting": 2000,
                    "most_unsent": 2000,
                }
            ),
        ),
        "medium": Preset(
            "500 to 1,000",
            "a whole bank decoded, all learners of an evening in memory",
            MappingProxyType(
                {
                    "question_cache": 1024,
                    "learner_cache": 3000,
                    "file_cache": 2048,
                    "seen_updates": 16_384,
                    "pool_size": 2,
                    "sqlite_cache_mb": 16,
                    "wal_mb": 16,
                    "api_connections": 32,
                    "webhook_connections": 60,
                    "webhook_clients": 256,
                    "most_waiting": 5000,
                    "most_unsent": 5000,
                }
            ),
        ),
        "large": Preset(
            "1,000 to 2,000",
            "the defaults: several banks decoded, five learners in memory for each who is there",
            MappingProxyType({}),
        ),
        "huge": Preset(
            "2,000 to 5,000",
            "everybody stays in memory, fewer and larger commits, a longer log, more doors to Telegram",
            MappingProxyType(
                {
                    "question_cache": 16_384,
                    "learner_cache": 25_000,
                    "file_cache": 16_384,
                    "seen_updates": 262_144,
                    "pool_size": 8,
                    "commit_window_ms": 4.0,
                    "sqlite_cache_mb": 128,
                    "wal_mb": 64,
                    "api_connections": 128,
                    "uploads": 8,
                    "webhook_clients": 2048,
                    "most_waiting": 25_000,
                    "most_unsent": 25_000,
                }
            ),
        ),
    }
)
