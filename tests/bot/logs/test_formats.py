"""How a record is written, for people and for programs."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lplate.config import Settings
from lplate_bot.discretion import Discretion
from lplate_bot.logs import UPDATE_ID, log_handler
from lplate_bot.logs.event import event_of
from lplate_bot.logs.formats import JsonFormat, PrettyFormat

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = "lplate_bot.gate"


def record(
    template: str, *arguments: object, name: str = OURS, level: int = logging.WARNING
) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, template, arguments, None)


def written(template: str, *arguments: object, **more: Any) -> dict[str, Any]:
    """Return the JSON object of a record."""
    line = JsonFormat().format(record(template, *arguments, **more))
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    ("template", "arguments", "fields", "words"),
    [
        ("polling_recovered", (), {}, ""),
        ("stopped replies_left=%d", (3,), {"replies_left": 3}, ""),
        ("sending_paused wait_s=%.1f by Telegram", (4.04,), {"wait_s": 4.0}, "by Telegram"),
        ("call_given_up error=%.3s", ("abcdef",), {"error": "abc"}, ""),
        ("bot_api_unreachable trouble=%r (why)", ("it's",), {"trouble": '"it\'s"'}, "(why)"),
        ("disk_nearly_full folder=%s free_mib=%d: free some", ("/a", 7), {"folder": "/a", "free_mib": 7},
         "free some"),
        ("wal_long file=%s: is 100%% full", ("/a",), {"file": "/a"}, "is 100% full"),
        ("group_failed: %s and %s", ("a", 2), {}, "a and 2"),
        ("done is_sound=%s of=%s", (True, None), {"is_sound": True, "of": None}, ""),
    ],
)  # fmt: skip
def test_events(
    template: str, arguments: tuple[object, ...], fields: Mapping[str, object], words: str
) -> None:
    """The template says which argument is which field; what is left are words."""
    event = event_of(record(template, *arguments))
    assert event.name == template.partition(" ")[0].rstrip(":")
    assert dict(event.fields) == fields
    assert event.words == words


@pytest.mark.parametrize(
    ("template", "arguments", "name"),
    [
        ("HTTP Request: %s %s", ("GET", 200), "httpx"),
        ("polling api=%s", ("x",), "polling"),
        ("Bad: %s", ("x",), OURS),
    ],
)
def test_lines_of_others(template: str, arguments: tuple[object, ...], name: str) -> None:
    """What a library logs is words, whatever it looks like."""
    event = event_of(record(template, *arguments, name=name))
    assert (event.name, event.fields, event.words) == ("", {}, template % arguments)


def test_json() -> None:
    """A line is one object: time in UTC, level, logger, event, fields of their own types."""
    found = written("update_malformed error=%s bytes=%s", 'a "b"\nc', 12)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "WARNING", "logger": OURS, "event": "update_malformed", "error": 'a "b"\nc', "bytes": 12,
    }  # fmt: skip


def test_json_keys_stay() -> None:
    """A field cannot pass for the line's own level or time."""
    assert written("it level=%s time=%s", "low", "now")["level"] == "WARNING"


def test_json_traceback() -> None:
    """A fault's traceback is one field of the same line."""
    try:
        json.loads("nothing")
    except ValueError:
        fault = logging.LogRecord(OURS, logging.ERROR, __file__, 1, "update_failed", (), sys.exc_info())
    found = json.loads(JsonFormat().format(fault))
    assert found["traceback"].startswith("Traceback")
    assert found["traceback"].splitlines()[-1].startswith("json.decoder.JSONDecodeError")


def test_pretty() -> None:
    """A person reads level, event, fields and words on one line, without colours if there are none."""
    line = PrettyFormat(coloured=False).format(record("bot_started name=%s is=%s up", "a b", "c"))
    assert line.endswith('WARNING  bot_started name="a b" is=c up [lplate_bot.gate]')
    assert "\x1b[33m" in PrettyFormat(coloured=True).format(record("bot_started"))


@pytest.mark.parametrize("value", ["a\nERROR forged", "\x1b[2Jgone", "\u202etxt"])
def test_strangers_words(value: str) -> None:
    """A value cannot forge a line, or steer the terminal."""
    line = PrettyFormat(coloured=False).format(record("update_malformed error=%s", value))
    assert line.isprintable()


async def test_update_id() -> None:
    """What is logged while an update is handled bears its id, and nothing else does."""

    async def handle(update_id: int) -> list[object]:
        UPDATE_ID.set(update_id)
        await asyncio.sleep(0)
        return [written("a")["update_id"], written("b", name="telegram.ext")["update_id"]]

    assert list(await asyncio.gather(handle(7), handle(8))) == [[7, 7], [8, 8]]
    assert "update_id" not in written("a")
    UPDATE_ID.set(9)
    assert written("update_failed update_id=%s", 5)["update_id"] == 5
    UPDATE_ID.set(0)


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("log_format", "stream", "is_json", "is_coloured"),
    [
        ("auto", io.StringIO, True, False),
        ("auto", Terminal, False, True),
        ("json", Terminal, True, False),
        ("pretty", io.StringIO, False, False),
    ],
)
def test_choice(
    log_format: str,
    stream: type[io.StringIO],
    *,
    is_json: bool,
    is_coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Programs get JSON, people colours, and whoever asks gets what they ask for; secrets never."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    settings = Settings(token="4711:a-key", log_format=log_format)  # type: ignore[arg-type]  # as the environment gives it
    for is_wanted in (True, False):
        out = stream()
        log_handler(settings, Discretion(settings), out).handle(record("it of=%s", "4711:a-key"))
        text = out.getvalue()
        assert "a-key" not in text
        assert text.startswith("{") is is_json
        assert ("\x1b" in text) is (is_coloured and is_wanted)
        monkeypatch.setenv("NO_COLOR", "1")
