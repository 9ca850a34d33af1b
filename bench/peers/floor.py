"""The least a bot in Python can do: canned replies on httptools and uvloop, nothing decided, nothing stored.

``python -m bench.peers.floor CALLS``: each press is answered in the webhook's response; with CALLS 1 the
message is edited into the next question, with 2 it is edited and the next question sent, as the bots do it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import httptools
import msgspec
import uvloop

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (
    "The light has just changed from green. You can still stop safely. What must you do?\\n\\n"
    + "\\n".join(f"<b>{letter}</b>  Drive on if nobody is near and the road is dry" for letter in "ABCD")
)
DONE = (
    TEXT + "\\n\\n<b>Right!</b>\\n\\n<blockquote>Amber after green means stop if you safely can.</blockquote>"
)
BUTTONS = ",".join(f'{{"text":"{each}","callback_data":"%d:{each}"}}' for each in "ABCD")
KEYBOARD = f'{{"inline_keyboard":[[{BUTTONS}]]}}'
SENT = f'{{"chat_id":%d,"text":"{TEXT}","parse_mode":"HTML","reply_markup":{KEYBOARD}}}'.encode()
EDITED = (
    f'{{"chat_id":%d,"message_id":%d,"text":"{TEXT}","parse_mode":"HTML","reply_markup":{KEYBOARD}}}'.encode()
)
CLOSED = f'{{"chat_id":%d,"message_id":%d,"text":"{DONE}","parse_mode":"HTML"}}'.encode()
ANSWER = b'{"method":"answerCallbackQuery","callback_query_id":"%b","text":"Right!"}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Chat(msgspec.Struct):
    """Where a message stands."""

    id: int


class Shown(msgspec.Struct):
    """The message that bears the button, or the command."""

    message_id: int
    chat: Chat


class Query(msgspec.Struct):
    """A press."""

    id: str
    message: Shown
    data: str


class Update(msgspec.Struct):
    """An update of either kind."""

    message: Shown | None = None
    callback_query: Query | None = None


decode = msgspec.json.Decoder(Update).decode


class Api:
    """Call the Bot API over as many kept-alive connections as there are calls at a time."""

    def __init__(self, root: str, token: str) -> None:
        parts = urlsplit(root)
        self.host, self.port = parts.hostname or "", parts.port or 80
        head = f"POST /bot{token}/%s HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        self.head = head + "Content-Type: application/json\r\nContent-Length: "
        self.heads = {
            method: (self.head % method).encode()
            for method in ("sendMessage", "editMessageText", "setWebhook")
        }
        self.idle: list[ApiConnection] = []
        self.waiting: deque[tuple[bytes, Callable[[], None] | None]] = deque()
        self.opening: set[asyncio.Task[object]] = set()

    def call(self, method: str, body: bytes, then: Callable[[], None] | None = None) -> None:
        """Call *method*; *then* is called when it has been answered."""
        request = b"%b%d\r\n\r\n%b" % (self.heads[method], len(body), body)
        if self.idle:
            self.idle.pop().send(request, then)
            return
        self.waiting.append((request, then))
        if len(self.opening) < 64:
            loop = asyncio.get_running_loop()
            task = loop.create_task(loop.create_connection(lambda: ApiConnection(self), self.host, self.port))
            self.opening.add(cast("asyncio.Task[object]", task))

    def free(self, connection: ApiConnection) -> None:
        """Use a connection again."""
        if self.waiting:
            connection.send(*self.waiting.popleft())
        else:
            self.idle.append(connection)


class ApiConnection(asyncio.Protocol):
    """Carry one call at a time."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.parser = httptools.HttpResponseParser(self)
        self.then: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.api.free(self)

    def send(self, request: bytes, then: Callable[[], None] | None) -> None:
        self.then = then
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        then = self.then
        self.api.free(self)
        if then is not None:
            then()


class Webhook(asyncio.Protocol):
    """Take updates."""

    def __init__(self, api: Api, calls: int) -> None:
        self.api = api
        self.calls = calls
        self.parser = httptools.HttpRequestParser(self)
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        update = decode(body)
        if update.callback_query is not None:
            self.press(update.callback_query)
        else:
            self.transport.write(EMPTY)
            if update.message is not None:
                self.api.call("sendMessage", SENT % (update.message.chat.id, 0, 0, 0, 0))

    def press(self, query: Query) -> None:
        answer = ANSWER % query.id.encode()
        self.transport.write(RESPONSE % (len(answer), answer))
        message, number = query.message, int(query.data.partition(":")[0]) + 1
        chat_id = message.chat.id
        if self.calls == 1:
            self.api.call("editMessageText", EDITED % (chat_id, message.message_id, *(number,) * 4))
        else:
            self.api.call("editMessageText", CLOSED % (chat_id, message.message_id))
            self.api.call("sendMessage", SENT % (chat_id, *(number,) * 4))


async def main(calls: int) -> None:
    """Serve until stopped."""
    api = Api(os.environ["API"], os.environ["TOKEN"])
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: Webhook(api, calls), "127.0.0.1", int(os.environ["PORT"]))
    hook = {"url": os.environ["WEBHOOK"], "secret_token": os.environ["SECRET"], "max_connections": 100}
    api.call("setWebhook", msgspec.json.encode(hook))
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
