"""Single keys from a terminal, without Enter; Ctrl-C is one of them."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CTRL_C: Final = "\x03"


@contextmanager
def keyboard() -> Iterator[Callable[[float], str]]:
    """Give what waits so many seconds for a key and returns it, empty if none came.

    SIGINT is returned as CTRL_C, not raised: an exception may come up where it is swallowed, as in a
    destructor. In the end the terminal is as it was. For the main thread only.
    """
    with _interrupts() as interrupts:
        if not sys.stdin.isatty():
            yield lambda seconds: _key([interrupts], seconds)
            return
        import termios  # noqa: PLC0415 - not on Windows
        import tty  # noqa: PLC0415 - as above

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor)
            yield lambda seconds: _key([interrupts, descriptor], seconds)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _interrupts() -> Iterator[int]:
    """Give a descriptor from which a CTRL_C can be read for each SIGINT."""
    readable, writable = os.pipe()
    former = signal.signal(signal.SIGINT, lambda *_: os.write(writable, CTRL_C.encode()))
    try:
        yield readable
    finally:
        signal.signal(signal.SIGINT, former)
        os.close(readable)
        os.close(writable)


def _key(descriptors: list[int], seconds: float) -> str:
    ready, _, _ = select.select(descriptors, [], [], seconds)
    return os.read(ready[0], 1).decode(errors="ignore") if ready else ""
