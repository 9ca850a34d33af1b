"""Single keys from a terminal, without Enter."""

from __future__ import annotations

import os
import select
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def keyboard() -> Iterator[Callable[[float], str]]:
    """Give what waits so many seconds for a key and returns it, empty if none came.

    In the end the terminal is as it was.
    """
    if not sys.stdin.isatty():
        yield _nothing
        return
    import termios  # noqa: PLC0415 - not on Windows
    import tty  # noqa: PLC0415 - as above

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield lambda seconds: _key(descriptor, seconds)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _key(descriptor: int, seconds: float) -> str:
    ready, _, _ = select.select([descriptor], [], [], seconds)
    return os.read(descriptor, 1).decode(errors="ignore") if ready else ""


def _nothing(seconds: float) -> str:
    select.select([], [], [], seconds)
    return ""
