"""Read a log record as an event with fields: its template says which argument is what.

``_log.warning("sending_paused wait_s=%.1f by Telegram", wait_s)`` is the event ``sending_paused`` with the
field ``wait_s`` and the words "by Telegram". Nothing is taken apart until it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lplate_bot.logs.correlation import UPDATE_ID

if TYPE_CHECKING:
    import logging

    Value = str | int | float | bool | None

OURS: Final = ("lplate", "lplate_bot")
UPDATE: Final = "update_id"
_EVENT: Final = re.compile(r"(?P<name>[a-z]+(?:_[a-z]+)*):?(?=\s|$)")
_PLACE: Final = re.compile(
    r"(?:(?P<key>[a-z_]+)=)?%(?:%|[-#0 +]*\d*(?:\.(?P<precision>\d+))?(?P<kind>[diouxXeEfFgGcrsa]))"
)
_REAL: Final = frozenset("eEfFgG")
_LOOSE: Final = " ,;:"


@dataclass(frozen=True, slots=True)
class Event:
    """Hold what a record says: *name* is empty if it was not logged by us; *words* are for people."""

    name: str
    fields: dict[str, Value]
    words: str


def event_of(record: logging.LogRecord) -> Event:
    """Return the event of a record; one of another program is all words."""
    name = _name(record)
    fields: dict[str, Value] = {}
    words = _parted(record, name, fields) if name else record.getMessage()
    repeated = getattr(record, "repeated", 0)
    if repeated:
        fields["repeated"] = repeated
    if (update_id := UPDATE_ID.get()) and UPDATE not in fields:
        fields[UPDATE] = update_id
    return Event(name, fields, words)


def _name(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] not in OURS or not isinstance(record.msg, str):
        return ""
    found = _EVENT.match(record.msg)
    return found["name"] if found else ""


def _parted(record: logging.LogRecord, name: str, fields: dict[str, Value]) -> str:
    """Put the named arguments into *fields* and return the words between them."""
    arguments = iter(record.args if isinstance(record.args, tuple) else ())

    def replaced(place: re.Match[str]) -> str:
        if place["kind"] is None:
            return "%"
        value = next(arguments, "?")
        if place["key"] is None:
            return str(place[0] % (value,))
        fields[place["key"]] = _value(value, place)
        return ""

    text = _PLACE.sub(replaced, str(record.msg)[len(name) :])
    return " ".join(text.split()).strip(_LOOSE)


def _value(value: object, place: re.Match[str]) -> Value:
    """Return an argument as the template has it written, numbers as numbers."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and place["kind"] not in _REAL:
        return value
    if isinstance(value, int | float):
        return round(value, int(place["precision"] or 6))
    text = repr(value) if place["kind"] == "r" else str(value)
    return text[: int(place["precision"])] if place["precision"] else text
