"""Which update is being handled: whatever is logged meanwhile, by whomever, bears its id."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

UPDATE_ID: Final[ContextVar[int]] = ContextVar("update_id", default=0)
"""Set at the start of a task that handles one update, and gone with the task; 0 stands for none."""
