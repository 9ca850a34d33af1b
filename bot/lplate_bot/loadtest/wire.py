"""Cut a stream of HTTP/1.1 messages into head and body.

Not a parser: bot and load test are on one machine and both well behaved, so finding the length is all that
is needed; that is several times cheaper than a callback for every header.
"""

from __future__ import annotations

from typing import Final

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"\r\nContent-Length: "
_LENGTH_LOWER: Final = b"\r\ncontent-length:"
_CHUNKED: Final = b"\r\ntransfer-encoding: chunked"
_TYPE: Final = b"\r\ncontent-type:"

Message = tuple[bytes, bytes]
"""Head without the empty line, and body."""


class Frames:
    """Collect bytes until a message is whole; keeps what belongs to the next."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that *data* completes."""
        if self._rest:
            data = self._rest + data
        messages: list[Message] = []
        at = 0
        while at < len(data):
            found = _one(data, at)
            if found is None:
                break
            head, body, at = found
            messages.append((head, body))
        self._rest = data[at:]
        return messages


def _one(data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    """Return head, body and end of the message that begins at *at*, None if it is not whole."""
    split = data.find(_END, at)
    if split < 0:
        return None
    head, start = data[at:split], split + 4
    length = content_length(head)
    if length is None:
        return _chunked(head, data, start)
    end = start + length
    return (head, data[start:end], end) if len(data) >= end else None


def content_length(head: bytes) -> int | None:
    """Return the length of the body that *head* announces; 0 without a word, None if it comes in chunks."""
    at = head.find(_LENGTH)
    if at < 0:
        lower = head.lower()
        at = lower.find(_LENGTH_LOWER)
        if at < 0:
            return None if _CHUNKED in lower else 0
    start = at + len(_LENGTH_LOWER)
    end = head.find(b"\r\n", start)
    return int(head[start:] if end < 0 else head[start:end])


def content_type(head: bytes) -> str:
    """Return the content type that *head* names, empty if it names none."""
    at = head.lower().find(_TYPE)
    if at < 0:
        return ""
    end = head.find(b"\r\n", at + 2)
    return head[at + len(_TYPE) : None if end < 0 else end].decode().strip()


def _chunked(head: bytes, data: bytes, at: int) -> tuple[bytes, bytes, int] | None:
    parts: list[bytes] = []
    while True:
        line = data.find(b"\r\n", at)
        if line < 0:
            return None
        size = int(data[at:line].partition(b";")[0], 16)
        at = line + 2
        if len(data) < at + size + 2:
            return None
        parts.append(data[at : at + size])
        at += size + 2
        if not size:
            return head, b"".join(parts), at
