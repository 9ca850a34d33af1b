"""Read the parameters of a Bot API call: the few that a load test needs."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

NOTHING: Final = msgspec.Raw()
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_DISPOSITION: Final = re.compile(rb'name="?([^";\r]+)"?(; filename)?')
_NUMBERS: Final = frozenset({"chat_id", "message_id", "offset", "limit", "timeout", "max_connections"})
_JSON: Final = frozenset({"reply_markup", "media", "allowed_updates", "commands"})


class Params(msgspec.Struct):
    """Hold parameters; raw ones are handed back to the bot as they came."""

    method: str = ""
    chat_id: int = 0
    message_id: int = 0
    text: msgspec.Raw = NOTHING
    caption: msgspec.Raw = NOTHING
    reply_markup: msgspec.Raw = NOTHING
    photo: msgspec.Raw = NOTHING
    media: msgspec.Raw = NOTHING
    callback_query_id: str = ""
    offset: int = 0
    limit: int = 100
    timeout: float = 0
    url: str = ""
    secret_token: str = ""
    max_connections: int = 40


class Button(msgspec.Struct):
    """Hold what of a button matters."""

    callback_data: str = ""


class Markup(msgspec.Struct):
    """Hold a keyboard."""

    inline_keyboard: list[list[Button]] = []


class MediaBody(msgspec.Struct):
    """Hold the photo of an edit."""

    media: msgspec.Raw = NOTHING
    caption: msgspec.Raw = NOTHING


_params = msgspec.json.Decoder(Params).decode
_markup = msgspec.json.Decoder(Markup).decode
_media = msgspec.json.Decoder(MediaBody).decode
_text = msgspec.json.Decoder(str).decode


def read(body: bytes, content_type: str) -> Params:
    """Return the parameters of a call; what cannot be read has none."""
    if not body:
        return Params()
    if body.startswith(b"{"):
        return _params(body)
    fields = _form(body, content_type)
    return _params(msgspec.json.encode(fields))


def buttons(markup: bytes) -> list[str]:
    """Return the callback data of a keyboard."""
    return (
        [button.callback_data for row in _markup(markup).inline_keyboard for button in row] if markup else []
    )


def media(raw: bytes) -> MediaBody:
    """Return the media object of an edit."""
    return _media(raw)


def text(raw: bytes) -> str:
    """Return a JSON string's value, empty for none."""
    return _text(raw) if raw else ""


def _form(body: bytes, content_type: str) -> dict[str, Any]:
    if content_type.startswith(MULTIPART):
        pairs = _parts(body, content_type.partition("boundary=")[2].strip('"').encode())
    else:
        pairs = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {name: _typed(name, value) for name, value in pairs.items() if value}


def _typed(name: str, value: str) -> Any:
    if name in _NUMBERS:
        return int(float(value))
    return msgspec.Raw(value.encode()) if name in _JSON else value


def _parts(body: bytes, boundary: bytes) -> dict[str, str]:
    """Return the fields of a multipart form; of a file only that it is there."""
    fields: dict[str, str] = {}
    for part in body.split(b"--" + boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        found = _DISPOSITION.search(head)
        if found is not None:
            name = found[1].decode()
            fields[name] = "attach://upload" if found[2] else content.removesuffix(b"\r\n").decode()
    return fields
