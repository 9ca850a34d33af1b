"""The one handler of a run: to standard error, without secrets, without floods."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

from lplate_bot.discretion import DiscreetFormatter, Discretion
from lplate_bot.logs.flood import Flood
from lplate_bot.logs.formats import JsonFormat, PrettyFormat

if TYPE_CHECKING:
    from lplate.config import Settings


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Write what *flood* admits; the counts of the rest follow, at the latest when the handler is closed."""

    def __init__(self, stream: TextIO, flood: Flood) -> None:
        super().__init__(stream)
        self._flood = flood

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless too many of its kind were written just now."""
        for each in self._flood.admitted(record):
            super().emit(each)

    def close(self) -> None:
        """Tell how much was held back, and close."""
        for each in self._flood.rest():
            super().emit(each)
        super().close()


def log_handler(settings: Settings, discretion: Discretion, stream: TextIO | None = None) -> logging.Handler:
    """Return the handler that *settings* ask for: pretty at a terminal, JSON where a program reads."""
    stream = stream or sys.stderr
    is_pretty = stream.isatty() if settings.log_format == "auto" else settings.log_format == "pretty"
    inner: logging.Formatter = JsonFormat()
    if is_pretty:
        inner = PrettyFormat(coloured=stream.isatty() and not os.environ.get("NO_COLOR"))
    handler = LimitedHandler(stream, Flood())
    handler.setFormatter(DiscreetFormatter(discretion, inner))
    return handler
