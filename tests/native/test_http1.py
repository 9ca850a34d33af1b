"""Plain HTTP messages against a parser that knows all of HTTP, and against one expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lplate_native.http1 import PlainPost, read_plain_response

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = settings(max_examples=600, deadline=None)
MOST_HEAD, MOST_BODY = 400, 300
SECRET = b"x-secret"
POSTS = PlainPost(b"/hook", b"X-Secret", MOST_HEAD, MOST_BODY)
LINE = b"POST /hook HTTP/1.1\r\n"
HEADERS = [
    b"Host: bot.example:8443",
    b"Content-Type: application/json",
    b"Content-Length: 9",
    b"X-Secret: s3cret",
    b"Connection: keep-alive",
]
BODY = b'{"ok":"}"'

ODD_LINES = [
    b"Content-Length: 9",
    b"content-length:9",
    b"Content-Length: 09",
    b"Content-Length: +9",
    b"Content-Length: 9, 9",
    b"Content-Length: 0x9",
    b"Content-Length:",
    b"Content-Length: 9 ",
    b"Content-Length: \t9",
    b"Content-Length : 9",
    b"Content-Length: 8",
    b"Content-Length: 10",
    b"Content-Length: 00000000000000000000000009",
    b"Content-Length: 18446744073709551625",
    b"Content_Length: 9",
    b"Content-Length\x00: 9",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: identity",
    b"transfer-encoding:",
    b"Connection: close",
    b"Connection: Keep-Alive",
    b"Connection: keep-alive, close",
    b"Connection: upgrade",
    b"Proxy-Connection: close",
    b"Upgrade: websocket",
    b"Expect: 100-continue",
    b"X-Secret: other",
    b"x-secret:tight",
    b"X-Secret:",
    b"X-Secret: end ",
    b" folded",
    b"\tfolded",
    b"",
    b": no name",
    b"no colon",
    b"X-Empty:",
    b"X-Tab: a\tb",
    b"X-Nul: a\x00b",
    b"X-High: \xff",
    b"X-Cr: a\rb",
    b"X-Lf: a\nContent-Length: 1",
    b"X-Del: \x7f",
    b"X(y): z",
]
NASTY = [
    b"\r",
    b"\n",
    b"\r\n",
    b"\r\n\r\n",
    b"\x00",
    b" ",
    b"\t",
    b":",
    b"0",
    b"9",
    b"\x80",
    b"-",
    b",",
    *ODD_LINES,
]
PLAIN_HEADER = re.compile(rb"([A-Za-z0-9-]+): ?(|[!-~]|[!-~][\t -~]*[!-~])\r\n")


class Notes:
    """Note what a parser finds in *data*, then in a plain message behind it."""

    def __init__(self, kind: type[Any], data: bytes, follow_up: bytes) -> None:
        self.found: list[Any] = []
        self.bodies: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.url = b""
        self.begun = self.ended = self.kept_alive = 0
        self.parser = kind(self)
        self.parser.feed_data(data)
        self.begun_before, self.ended_before = self.begun, self.ended
        self.body = b"".join(self.bodies)
        self.values = {name.lower(): value for name, value in self.headers}
        self.parser.feed_data(follow_up)

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.bodies.append(body)

    def on_message_complete(self) -> None:
        self.ended += 1
        self.kept_alive += self.parser.should_keep_alive()

    def is_one_message_and_one_more(self) -> bool:
        return (self.begun_before, self.ended_before, self.ended, self.kept_alive) == (1, 1, 2, 2)


def request(headers: list[bytes], body: bytes = BODY, line: bytes = LINE) -> bytes:
    return line + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


def response(headers: list[bytes], body: bytes = BODY, line: bytes = b"HTTP/1.1 200 OK\r\n") -> bytes:
    return request(headers, body, line)


PLAIN_POST = request(HEADERS)
PLAIN_RESPONSE = response(HEADERS)


@st.composite
def headers(draw: st.DrawFn) -> list[bytes]:
    """Draw the usual headers with some taken away, doubled, moved, or made odd."""
    lines = list(HEADERS)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(lines)))
        if draw(st.booleans()):
            lines.insert(place, draw(st.sampled_from(ODD_LINES)))
        elif place < len(lines):
            lines[place : place + 1] = draw(st.sampled_from([[], [draw(st.sampled_from(ODD_LINES))]]))
    return draw(st.permutations(lines)) if draw(st.booleans()) else lines


@st.composite
def mutated(draw: st.DrawFn, messages: st.SearchStrategy[bytes]) -> bytes:
    """Draw a message in which some bytes are others."""
    data = draw(messages)
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        start = draw(st.integers(0, len(data)))
        stop = start + draw(st.integers(0, 3))
        data = data[:start] + draw(st.sampled_from([b"", *NASTY])) + data[stop:]
    return data


BODIES = st.sampled_from([BODY] * 9 + [b"", BODY + b" ", BODY[:-1], BODY + PLAIN_POST])
LINES = st.sampled_from(
    [LINE] * 9 + [LINE.replace(b"1.1", b"1.0"), LINE.replace(b"POST", b"PUT"), LINE.replace(b"\r", b"")]
)
STATUSES = st.sampled_from(
    [
        b"HTTP/1.1 %b\r\n" % status
        for status in (
            b"200 OK",
            b"200 ",
            b"429 Too Many Requests",
            b"502 Bad\tGateway",
            b"200",
            b"204 No Content",
            b"304 Not Modified",
            b"100 Continue",
            b"101 Switching Protocols",
            b"2000 OK",
            b" 200 OK",
            b"99 Low",
            b"600 High",
            b"200 O\x00K",
            b"20x OK",
        )
    ]
    + [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200 OK\n", b"HTTP/2 200 OK\r\n", b"http/1.1 200 OK\r\n"]
)


def expected_head(data: bytes, start: int) -> tuple[dict[bytes, bytes], bytes] | None:
    """Return headers and body by one expression, None if they are not plain."""
    found: dict[bytes, bytes] = {}
    while match := PLAIN_HEADER.match(data, start):
        name, value = match[1].lower(), match[2]
        if name in found and name in {b"content-length", SECRET}:
            return None
        if name in {b"transfer-encoding", b"upgrade", b"expect", b"proxy-connection"}:
            return None
        if name == b"connection" and value.lower() != b"keep-alive":
            return None
        if name == SECRET and not value:
            return None
        found[name] = value
        start = match.end()
    if data[start : start + 2] != b"\r\n":
        return None
    body = data[start + 2 :]
    return (found, body) if found.get(b"content-length") == b"%d" % len(body) else None


def expected_post(data: bytes) -> tuple[bytes, bytes] | None:
    head = expected_head(data, len(LINE)) if data.startswith(LINE) else None
    if head is None or SECRET not in head[0] or len(head[1]) > MOST_BODY:
        return None
    return (head[0][SECRET], head[1]) if len(data) - len(head[1]) <= MOST_HEAD else None


@given(mutated(st.builds(request, headers(), BODIES, LINES)))
@EXAMPLES
def test_a_plain_post_is_what_a_parser_reads(data: bytes) -> None:
    """What is read as a plain POST is one message of the same parts to a parser, and more may follow."""
    read = POSTS.read(data)
    if read is None:
        return
    notes = Notes(httptools.HttpRequestParser, data, PLAIN_POST)
    assert notes.is_one_message_and_one_more()
    assert notes.parser.get_method() == b"POST"
    assert notes.url == b"/hook/hook"
    assert read == (notes.values[SECRET], notes.body)
    assert [name.lower() for name, _ in notes.headers].count(SECRET) == 2


@given(mutated(st.builds(request, headers(), BODIES, LINES)))
@EXAMPLES
def test_plain_posts_are_those_defined(data: bytes) -> None:
    """A POST is plain exactly if it is so by definition."""
    assert POSTS.read(data) == expected_post(data)


@given(mutated(st.builds(response, headers(), BODIES, STATUSES)))
@EXAMPLES
def test_a_plain_response_is_what_a_parser_reads(data: bytes) -> None:
    """Whatever is read as a plain response is one message to a parser, its status and body the same."""
    read = read_plain_response(data)
    if read is None:
        return
    notes = Notes(httptools.HttpResponseParser, data, response(HEADERS, line=data[: data.index(b"\r\n") + 2]))
    assert notes.is_one_message_and_one_more()
    assert read == (notes.parser.get_status_code(), notes.body)


@given(st.binary(max_size=300))
@EXAMPLES
def test_any_body_is_returned_as_it_is(body: bytes) -> None:
    """A body is not looked at."""
    lines = [*HEADERS[:2], *HEADERS[3:], b"Content-Length: %d" % len(body)]
    assert POSTS.read(request(lines, body)) == (b"s3cret", body)
    assert read_plain_response(response(lines, body)) == (200, body)


@pytest.mark.parametrize("line", ODD_LINES, ids=repr)
def test_headers_that_leave_a_choice_are_not_plain(line: bytes) -> None:
    """One header too many that could be read in two ways makes a message odd; harmless ones do not."""
    is_harmless = line.split(b":")[0] in {b"X-Empty", b"X-Tab"} or line == b"Connection: Keep-Alive"
    data = request([line, *HEADERS])
    assert (POSTS.read(data) is not None) == is_harmless


@pytest.mark.parametrize(
    ("read", "data"),
    [(POSTS.read, PLAIN_POST), (read_plain_response, PLAIN_RESPONSE)],
    ids=["post", "response"],
)
def test_neither_a_piece_nor_more_than_one_is_plain(read: Callable[[bytes], object], data: bytes) -> None:
    """Neither the beginning of a message is taken for a message nor one with a byte too many."""
    assert read(data) is not None
    for cut in range(len(data)):
        assert read(data[:cut]) is None
        assert read(data + data[: cut + 1]) is None


@pytest.mark.parametrize("status", [200, 201, 299, 300, 303, 400, 429, 500, 599])
def test_statuses_that_have_a_body_are_read(status: int) -> None:
    """Refusals are as plain as successes."""
    assert read_plain_response(response(HEADERS, line=b"HTTP/1.1 %d x\r\n" % status)) == (status, BODY)


@pytest.mark.parametrize("status", [0, 100, 101, 199, 204, 304, 600, 999])
def test_statuses_that_have_none_are_not(status: int) -> None:
    """A length means nothing, or something else, where the status says that there is no body."""
    assert read_plain_response(response(HEADERS, line=b"HTTP/1.1 %03d x\r\n" % status)) is None


def test_limits_are_kept() -> None:
    """A head or a body one byte above its limit is somebody else's to refuse."""
    head_bytes = len(PLAIN_POST) - len(BODY)
    assert PlainPost(b"/hook", SECRET, head_bytes, len(BODY)).read(PLAIN_POST) == (b"s3cret", BODY)
    assert PlainPost(b"/hook", SECRET, head_bytes - 1, len(BODY)).read(PLAIN_POST) is None
    assert PlainPost(b"/hook", SECRET, head_bytes, len(BODY) - 1).read(PLAIN_POST) is None


@pytest.mark.parametrize("target", [b"", b"/a b", b"/a?b", b"/\xc3\xa9", b"/a\r\n", b"/\x00"])
def test_a_target_that_is_none_matches_nothing(target: bytes) -> None:
    """No request is plain for a target that a request line cannot hold or that readers cut differently."""
    posts = PlainPost(target, SECRET, MOST_HEAD, MOST_BODY)
    assert posts.read(PLAIN_POST.replace(b"/hook", target, 1)) is None


def test_a_body_stands_alone() -> None:
    """What is read is a copy: it keeps nothing of the message."""
    data = request([b"Content-Length: 9", b"X-Secret: s3cret"])
    read = POSTS.read(data)
    assert read is not None
    assert all(type(part) is bytes and part is not data for part in read)


@pytest.mark.parametrize("data", [bytearray(PLAIN_POST), memoryview(PLAIN_POST), "text", None, 7.5])
def test_only_bytes_are_read(data: Any) -> None:
    """Anything but bytes is a TypeError, as are nonsense arguments."""
    for read in (POSTS.read, read_plain_response):
        with pytest.raises(TypeError, match="expected bytes"):
            read(data)
    with pytest.raises(TypeError):
        PlainPost(b"/", b"x", data, 1)
    with pytest.raises(TypeError):
        PlainPost(data, b"x", 1, 1)


def test_a_reader_says_what_it_reads() -> None:
    """The representation names target and header, and the type cannot be extended."""
    assert repr(POSTS) == "PlainPost(b'/hook', b'x-secret')"
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Child", (PlainPost,), {})
