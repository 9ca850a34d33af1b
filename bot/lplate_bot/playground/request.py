"""Read the parameters of a Bot API request: query string, form, JSON or multipart, as the API allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from lplate_bot.playground.errors import bad_request, too_large
from lplate_bot.playground.files import Upload

MAX_BODY_BYTES: Final = 50 * 1024 * 1024
"""Source: uploads of up to 50 MB, https://core.telegram.org/bots/api#sending-files."""
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class RawCall:
    """A method's parameters as they came."""

    params: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)


async def read_call(request: web.Request) -> RawCall:
    """Return the parameters; those of the query string come first.

    Raises:
        ApiError: 400 for broken JSON, 413 for too large a body.
    """
    call = RawCall()
    if request.body_exists:
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise too_large()
        if request.content_type == "multipart/form-data":
            try:
                await _read_multipart(request, call)
            except (ValueError, HttpProcessingError):
                raise bad_request("can't parse multipart form") from None
        else:
            try:
                body = await request.read()
            except web.HTTPRequestEntityTooLarge:
                raise too_large() from None
            call.params = parse_body(request.content_type, body)
    if request.query_string:
        call.params.update(parse_qsl(request.query_string, keep_blank_values=True))
    return call


def parse_body(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the parameters in a body that is no multipart form; other types carry none."""
    if content_type.startswith("application/json"):
        return _parse_json(body)
    if content_type.startswith(FORM):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return {}


def _parse_json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        parsed = msgspec.json.decode(body)
    except msgspec.DecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise bad_request("can't parse request body as JSON object")
    return parsed


async def _read_multipart(request: web.Request, call: RawCall) -> None:
    total = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        content = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            content += chunk
            total += len(chunk)
            if total > MAX_BODY_BYTES:
                raise too_large()
        _add_part(part, part.name, bytes(content), call)


def _add_part(part: BodyPartReader, name: str, content: bytes, call: RawCall) -> None:
    if part.filename is None:
        call.params[name] = content.decode("utf-8", "replace")
        return
    kind = part.headers.get("Content-Type", "")
    upload = Upload(part.filename, kind, content)
    call.uploads[name] = upload
    call.params.setdefault(name, upload)
