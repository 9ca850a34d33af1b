"""Two ways to write an event: a coloured line for people, a JSON object for programs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Final

from lplate_bot.logs.event import Event, event_of

_COLOURS: Final = {logging.DEBUG: "2", logging.INFO: "36", logging.WARNING: "33", logging.ERROR: "31;1"}
_RESET: Final = "\x1b[0m"
_FAINT: Final = "\x1b[2m"
_BOLD: Final = "\x1b[1m"


class JsonFormat(logging.Formatter):
    """Write each record as one JSON object on one line, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; fields never hide the object's own keys."""
        event = event_of(record)
        when = datetime.fromtimestamp(record.created, UTC)
        entry: dict[str, object] = {
            "time": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
        }
        entry |= {"event": event.name} if event.name else {}
        entry |= {"words": event.words} if event.words else {}
        entry |= {name: value for name, value in event.fields.items() if name not in entry}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


class PrettyFormat(logging.Formatter):
    """Write each record as a line that is read quickly, a traceback below it."""

    def __init__(self, *, coloured: bool) -> None:
        super().__init__()
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what is no printable character in values is escaped."""
        event = event_of(record)
        when = datetime.fromtimestamp(record.created, UTC).astimezone()
        head = f"{when:%Y-%m-%d %H:%M:%S}.{record.msecs:03.0f}"
        level = self._paint(f"{record.levelname:<8}", f"\x1b[{_COLOURS.get(record.levelno, '31;1')}m")
        line = f"{self._paint(head, _FAINT)} {level} {self._told(event)}"
        line += f" {self._paint(f'[{record.name}]', _FAINT)}"
        if record.exc_info:
            line += f"\n{self.formatException(record.exc_info)}"
        return line

    def _told(self, event: Event) -> str:
        fields = (f"{self._paint(f'{name}=', _FAINT)}{_shown(value)}" for name, value in event.fields.items())
        parts = (self._paint(event.name, _BOLD) if event.name else "", *fields, _printable(event.words))
        return " ".join(part for part in parts if part)

    def _paint(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_RESET}" if self._coloured else text


def _shown(value: object) -> str:
    text = _printable(str(value))
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


def _printable(text: str) -> str:
    """Escape line breaks and what would steer a terminal: a value may be a stranger's words."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
