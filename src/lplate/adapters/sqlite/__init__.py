"""Keep learners in one SQLite file, through APSW and its bundled library."""

from lplate.adapters.sqlite.backup import back_up
from lplate.adapters.sqlite.examination import (
    Examination,
    SqliteLibrary,
    examine,
    fold_log,
    library,
    wal_bytes,
)
from lplate.adapters.sqlite.health import LEAST_FREE_BYTES, LOW_FREE_BYTES
from lplate.adapters.sqlite.lock import holder_pid, is_held
from lplate.adapters.sqlite.options import SqliteOptions
from lplate.adapters.sqlite.origin import Origin
from lplate.adapters.sqlite.restore import inspect, restore
from lplate.adapters.sqlite.store import SqliteStore
from lplate.adapters.sqlite.takeover import signal_holder, successor_pid, take_over

__all__ = [
    "LEAST_FREE_BYTES",
    "LOW_FREE_BYTES",
    "Examination",
    "Origin",
    "SqliteLibrary",
    "SqliteOptions",
    "SqliteStore",
    "back_up",
    "examine",
    "fold_log",
    "holder_pid",
    "inspect",
    "is_held",
    "library",
    "restore",
    "signal_holder",
    "successor_pid",
    "take_over",
    "wal_bytes",
]
