"""Keep learners in one SQLite file, through APSW and its bundled library."""

from lplate.adapters.sqlite.backup import back_up
from lplate.adapters.sqlite.lock import holder_pid
from lplate.adapters.sqlite.store import SqliteStore

__all__ = ["SqliteStore", "back_up", "holder_pid"]
