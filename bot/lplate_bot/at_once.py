"""Have what a coroutine returns without a task, where it need not wait.

One that has to wait is closed, and what it did so far is for nothing: for work that only reads, and may be
begun anew.
"""

from lplate_native.coroutines import at_once

__all__ = ["at_once"]
