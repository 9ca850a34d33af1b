"""HTTP messages are cut right, wherever the stream is split."""

import pytest

from lplate_bot.loadtest.wire import Frames, content_type

PLAIN = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
LOWER = b"POST /b HTTP/1.1\r\ncontent-length:2\r\ncontent-type: text/x\r\n\r\nhi"
EMPTY = b"HTTP/1.1 200 OK\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n"
STREAM = PLAIN + LOWER + EMPTY + CHUNKED + PLAIN
BODIES = [b"hello", b"hi", b"", b"abcde", b"hello"]


@pytest.mark.parametrize("size", [1, 2, 7, 40, len(STREAM)])
def test_messages_are_whole_however_they_arrive(size: int) -> None:
    """Pieces of any size give the same messages."""
    frames = Frames()
    bodies = [body for at in range(0, len(STREAM), size) for _, body in frames.feed(STREAM[at : at + size])]
    assert bodies == BODIES


def test_content_type_is_found_in_any_case() -> None:
    """Names of headers are compared without regard to case."""
    assert content_type(LOWER.partition(b"\r\n\r\n")[0]) == "text/x"
    assert content_type(EMPTY.partition(b"\r\n\r\n")[0]) == ""
