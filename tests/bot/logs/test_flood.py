"""What repeats itself is held back, and counted."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING

from lplate_bot.logs.flood import EXAMPLES, MOST_KINDS, WINDOW_S, Flood
from lplate_bot.logs.formats import JsonFormat
from lplate_bot.logs.handler import LimitedHandler

if TYPE_CHECKING:
    from collections.abc import Iterator


class Log:
    """A handler on a clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.stream = io.StringIO()
        self.handler = LimitedHandler(self.stream, Flood(lambda: self.now_s))
        self.handler.setFormatter(JsonFormat())

    def say(
        self, template: str, *arguments: object, level: int = logging.WARNING, fault: Exception | None = None
    ) -> None:
        raised = (type(fault), fault, None) if fault else None
        record = logging.LogRecord("lplate_bot.gate", level, __file__, 1, template, arguments, raised)
        self.handler.handle(record)

    def lines(self) -> Iterator[str]:
        yield from self.stream.getvalue().splitlines()

    def count(self, words: str) -> int:
        return sum(words in line for line in self.lines())


def test_a_flood() -> None:
    """Of a thousand lines of one kind a few are written, and then how many there were, once."""
    log = Log()
    for number in range(1000):
        log.say("update_malformed bytes=%d", number)
    assert log.count("update_malformed") == EXAMPLES
    log.now_s += WINDOW_S
    log.say("another")
    assert log.count('"repeated": 997') == 1
    log.now_s += WINDOW_S
    log.say("another")
    assert log.count("repeated") == 1


def test_kinds_are_apart() -> None:
    """A flood of one kind hides no other, nor another exception from the same place."""
    log = Log()
    for _ in range(10):
        log.say("update_failed", fault=ValueError())
    log.say("update_failed", fault=KeyError())
    log.say("wal_long")
    assert log.count("ValueError") == EXAMPLES
    assert log.count("KeyError") == 1
    assert log.count("wal_long") == 1


def test_after_the_minute() -> None:
    """A kind that comes again later is written again."""
    log = Log()
    for _ in range(3):
        for _ in range(EXAMPLES):
            log.say("polling_trouble")
        log.now_s += WINDOW_S
    assert log.count("polling_trouble") == 3 * EXAMPLES
    assert not log.count("repeated")


def test_debug_is_whole() -> None:
    """Whoever asks for DEBUG gets all of it."""
    log = Log()
    for _ in range(100):
        log.say("checkpoint_put_off", level=logging.DEBUG)
    assert log.count("checkpoint_put_off") == 100


def test_at_the_end() -> None:
    """What is held back when the process ends is counted then."""
    log = Log()
    for _ in range(EXAMPLES + 5):
        log.say("wal_long")
    log.handler.close()
    assert log.count('"repeated": 5') == 1


def test_memory_is_bounded() -> None:
    """Templates made up without end are forgotten, with their counts told."""
    log = Log()
    for number in range(3 * MOST_KINDS):
        log.say(f"made up {number}")
    assert len(log.handler._flood._windows) <= MOST_KINDS + 1
    assert log.count('"made"') == 3 * MOST_KINDS
