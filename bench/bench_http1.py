"""Plain HTTP/1.1 messages read at once, and by httptools' parser with its callbacks, 1,000 a round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httptools
import pytest

from lplate_native.http1 import PlainPost, read_plain_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

BODY = b'{"update_id":1,"callback_query":{"id":"1","data":"a:1:2:0","message":"' + b"x" * 600 + b'"}}'
POST = (
    b"POST /hook HTTP/1.1\r\nHost: bot.example\r\nContent-Type: application/json\r\n"
    b"X-Telegram-Bot-Api-Secret-Token: secret\r\nAccept-Encoding: gzip, deflate\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)


class Notes:
    """Note what a parser's callbacks are told, as a server must."""

    def __init__(self) -> None:
        self.body = b""
        self.secret = b""
        self.url = b""
        self.is_whole = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-telegram-bot-api-secret-token":
            self.secret = value

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_whole = True


def plain_post() -> Callable[[bytes], object]:
    return PlainPost(b"/hook", b"x-telegram-bot-api-secret-token", 16_384, 1 << 20).read


def plain_response() -> Callable[[bytes], object]:
    return read_plain_response


def parsed_post() -> Callable[[bytes], object]:
    return parsed(httptools.HttpRequestParser)


def parsed_response() -> Callable[[bytes], object]:
    return parsed(httptools.HttpResponseParser)


def parsed(parser_type: Callable[[Notes], Any]) -> Callable[[bytes], object]:
    """Return a reader that goes by a parser and its callbacks."""
    notes = Notes()
    parser = parser_type(notes)

    def read(data: bytes) -> bytes:
        notes.body = notes.url = b""
        parser.feed_data(data)
        return notes.body

    return read


def thousand(benchmark: BenchmarkFixture, read: Callable[[bytes], object], message: bytes) -> None:
    """Time reading *message* a thousand times."""

    def run() -> None:
        for _ in range(1000):
            read(message)

    benchmark(run)


@pytest.mark.benchmark(group="http1-read-1k-requests")
@pytest.mark.parametrize("reader", [plain_post, parsed_post])
def bench_request(benchmark: BenchmarkFixture, reader: Callable[[], Callable[[bytes], object]]) -> None:
    thousand(benchmark, reader(), POST)


@pytest.mark.benchmark(group="http1-read-1k-responses")
@pytest.mark.parametrize("reader", [plain_response, parsed_response])
def bench_response(benchmark: BenchmarkFixture, reader: Callable[[], Callable[[bytes], object]]) -> None:
    thousand(benchmark, reader(), RESPONSE)
