"""Hold back what repeats itself: a few examples a minute, then how many there were."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

WINDOW_S: Final = 60.0
EXAMPLES: Final = 3
"""Records of one kind written in a window; two may be told apart by what their fields say."""
MOST_KINDS: Final = 1000
"""Templates of others may be made up; ours are some dozens."""


@dataclass(slots=True)
class _Window:
    example: logging.LogRecord
    ends_s: float
    passed: int = 0
    held: int = 0


class Flood:
    """Decide which records are written: a kind is a place in the code, by its template, and what it raised.

    Who logs may part kinds further by an attribute *kind* of the record.

    DEBUG is never held back: who asks for it wants all of it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: dict[Hashable, _Window] = {}
        self._sweep_at_s = 0.0

    def admitted(self, record: logging.LogRecord) -> Iterator[logging.LogRecord]:
        """Return what is to be written now: counts of what was held back, then *record* or nothing."""
        now_s = self._clock()
        if now_s >= self._sweep_at_s or len(self._windows) > MOST_KINDS:
            yield from self._over(now_s)
            self._sweep_at_s = now_s + WINDOW_S / 4
        if record.levelno < logging.INFO or self._has_room(record, now_s):
            yield record

    def rest(self) -> Iterator[logging.LogRecord]:
        """Return counts of all that is held back still."""
        return self._over(float("inf"))

    def _has_room(self, record: logging.LogRecord, now_s: float) -> bool:
        raised = record.exc_info[0] if record.exc_info else None
        window = self._windows.setdefault(
            (record.name, str(record.msg), raised, getattr(record, "kind", "")),
            _Window(record, now_s + WINDOW_S),
        )
        if window.passed < EXAMPLES:
            window.passed += 1
            return True
        window.held += 1
        return False

    def _over(self, now_s: float) -> Iterator[logging.LogRecord]:
        """Forget the windows that are over, and return a record for each that held something back."""
        is_crowded = len(self._windows) > MOST_KINDS
        over = [key for key, window in self._windows.items() if is_crowded or now_s >= window.ends_s]
        for key in over:
            window = self._windows.pop(key)
            if window.held:
                yield _count_of(window)


def _count_of(window: _Window) -> logging.LogRecord:
    example = window.example
    record = logging.LogRecord(
        example.name, example.levelno, example.pathname, example.lineno, example.msg, example.args, None
    )
    record.repeated = window.held
    return record
