"""What may be tuned in a store; none of it touches durability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SqliteOptions:
    """Tune a store; pages have 4 KiB.

    *log_pages* is the length at which the log is copied into the database: pages written often are then
    copied once. *busy_ms* is how long a write waits for another program, as a backup tool. *learners* is how
    many learners' next mistakes are known without a look into the file.
    """

    readers: int = 4
    cache_kib: int = 32 * 1024
    map_bytes: int = 0
    log_pages: int = 8192
    busy_ms: int = 5000
    read_timeout_s: float = 30.0
    learners: int = 10_000


DEFAULTS: Final = SqliteOptions()
