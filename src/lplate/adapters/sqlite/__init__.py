"""Keep learners in one SQLite file, through APSW and its bundled library."""

from lplate.adapters.sqlite.backup import back_up
from lplate.adapters.sqlite.lock import holder_pid
from lplate.adapters.sqlite.origin import Origin
from lplate.adapters.sqlite.restore import inspect, restore
from lplate.adapters.sqlite.store import SqliteStore
from lplate.adapters.sqlite.takeover import successor_pid, take_over

__all__ = [
    "Origin",
    "SqliteStore",
    "back_up",
    "holder_pid",
    "inspect",
    "restore",
    "successor_pid",
    "take_over",
]
