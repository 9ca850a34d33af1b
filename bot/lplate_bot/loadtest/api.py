"""A lean Bot API for load tests: the methods a practice bot calls, and the fields it needs back.

The playground's is complete and checks every parameter, at a price per call that would make it, not the bot,
the limit. This one knows private chats, texts, photos and keyboards only.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Protocol, cast

import msgspec

from lplate_bot.loadtest import request
from lplate_bot.loadtest.feed import PollQueue
from lplate_bot.loadtest.learner import BOT, Card
from lplate_bot.loadtest.ledger import Fault
from lplate_bot.loadtest.webhook import NotLoopbackError, Webhook
from lplate_bot.loadtest.wire import Frames, content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.loadtest.learner import Learner
    from lplate_bot.loadtest.ledger import Ledger
    from lplate_bot.loadtest.request import Params

    Handler = Callable[["ApiFace", Params], bytes]

_OK: Final = b'{"ok":true,"result":%b}'
_REFUSED: Final = b'{"ok":false,"error_code":400,"description":"Bad Request: %b"}'
_RESPONSE: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_BAD: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
_TRUE: Final = b"true"
_PHOTO: Final = b'[{"file_id":%b,"file_unique_id":"u","width":90,"height":90,"file_size":900}]'
_CHAT_GONE: Final = b"chat not found"
_MESSAGE_GONE: Final = b"message to edit not found"
_SAME: Final = b"message is not modified"


class RefusedError(Exception):
    """Answer a call with error 400 and these words."""


class Town(Protocol):
    """Tell what the Bot API needs to know of the learners."""

    learners: dict[int, Learner]
    ledger: Ledger

    def on_answered(self, query_id: str) -> None:
        """Take the answer to a callback query."""

    def on_card(self, learner: Learner, card: Card, buttons: list[str]) -> None:
        """Take a card's new look."""


class ApiFace:
    """Carry out Bot API calls; *town* hears what they mean to learners."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.calls = 0
        self.queue = PollQueue()
        self.webhook: Webhook | None = None
        self.ready = asyncio.Event()
        """Set once the bot has asked for its updates, one way or the other."""
        self._files = 0
        self._server: asyncio.Server | None = None
        self._open: set[ApiConnection] = set()

    @property
    def connections(self) -> int:
        """Return how many connections the bot has open."""
        return len(self._open)

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: ApiConnection(self, self._open), host, port)
        listening: int = self._server.sockets[0].getsockname()[1]
        return listening

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._open):
            connection.close()
        if self.webhook is not None:
            await self.webhook.close()
        await self.queue.close()

    def call(self, method: str, body: bytes, kind: str) -> bytes:
        """Return the whole response to a call."""
        self.calls += 1
        try:
            result = HANDLERS.get(method.lower(), ApiFace.accept)(self, request.read(body, kind))
        except RefusedError as error:
            words = _REFUSED % error.args[0]
            return _BAD % (len(words), words)
        except msgspec.MsgspecError as error:
            words = _REFUSED % str(error).replace('"', "'").encode()
            return _BAD % (len(words), words)
        return response(result)

    def call_in_response(self, kind: str, body: bytes) -> None:
        """Carry out the call that a webhook's response names; its result is lost, as with Telegram."""
        params = request.read(body, kind)
        self.calls += 1
        try:
            HANDLERS.get(params.method.lower(), ApiFace.accept)(self, params)
        except RefusedError as error:
            self.town.ledger.fault(Fault.FOREIGN, f"{params.method} in a response: {error.args[0].decode()}")

    # methods

    def accept(self, params: Params) -> bytes:  # noqa: ARG002 - every handler is called alike
        """Say yes to what a load test has no use for."""
        return _TRUE

    def get_me(self, params: Params) -> bytes:  # noqa: ARG002 - as above
        """Name the bot."""
        return BOT

    def webhook_info(self, params: Params) -> bytes:  # noqa: ARG002 - as above
        """Say that no webhook is set."""
        return b'{"url":"","has_custom_certificate":false,"pending_update_count":0}'

    def set_webhook(self, params: Params) -> bytes:
        """Bring updates to the address in *params* from now on."""
        if not params.url:
            return _TRUE
        ledger, on_call = self.town.ledger, self.call_in_response
        try:
            self.webhook = Webhook(params.url, params.secret_token, params.max_connections, ledger, on_call)
        except NotLoopbackError as error:
            raise RefusedError(str(error).encode()) from None
        self.ready.set()
        return _TRUE

    def answer(self, params: Params) -> bytes:
        """Answer a callback query."""
        self.town.on_answered(params.callback_query_id)
        return _TRUE

    def send_text(self, params: Params) -> bytes:
        """Send a text."""
        return self._sent(params, b'"text":%b' % params.text)

    def send_photo(self, params: Params) -> bytes:
        """Send a photo."""
        return self._sent(
            params, b'"photo":%b,"caption":%b' % (self._photo(params.photo), _or_empty(params.caption))
        )

    def edit_text(self, params: Params) -> bytes:
        """Change a text."""
        return self._edited(params, b'"text":%b' % params.text)

    def edit_caption(self, params: Params) -> bytes:
        """Change what stands below a photo, which stays."""
        picture = self._card(params).picture
        return self._edited(
            params, b'"photo":%b,"caption":%b' % (picture, _or_empty(params.caption)), picture
        )

    def edit_media(self, params: Params) -> bytes:
        """Change a photo and what stands below it."""
        media = request.media(params.media)
        picture = self._photo(media.media)
        return self._edited(params, b'"photo":%b,"caption":%b' % (picture, _or_empty(media.caption)), picture)

    def edit_markup(self, params: Params) -> bytes:
        """Change the buttons only."""
        card = self._card(params)
        return self._edited(params, card.content or b'"text":""', card.picture)

    # inside

    def _learner(self, params: Params) -> Learner:
        learner = self.town.learners.get(params.chat_id)
        if learner is None:
            self.town.ledger.fault(Fault.FOREIGN, f"chat {params.chat_id}")
            raise RefusedError(_CHAT_GONE)
        return learner

    def _card(self, params: Params) -> Card:
        """Return the message to be edited; of older ones than the card only the number is known."""
        learner = self._learner(params)
        card = learner.card
        if card is not None and card.message_id == params.message_id:
            return card
        if not learner.has_message(params.message_id):
            self.town.ledger.fault(Fault.FOREIGN, f"message {params.message_id} in chat {learner.id}")
            raise RefusedError(_MESSAGE_GONE)
        return Card(params.message_id)

    def _sent(self, params: Params, content: bytes) -> bytes:
        learner = self._learner(params)
        card = Card(learner.next_message())
        card.content = content
        card.markup = bytes(params.reply_markup)
        card.picture = content[8 : content.rfind(b',"caption":')] if content.startswith(b'"photo":') else b""
        card.json = _json(learner, card)
        found = request.buttons(card.markup)
        if found:
            self.town.on_card(learner, card, found)
        return card.json

    def _edited(self, params: Params, content: bytes, picture: bytes = b"") -> bytes:
        card = self._card(params)
        learner = self._learner(params)
        markup = bytes(params.reply_markup)
        if card.content == content and card.markup == markup:
            self.town.ledger.repeated(learner)
            raise RefusedError(_SAME)
        card.content, card.markup, card.picture = content, markup, picture
        card.json = _json(learner, card)
        if card is learner.card:
            self.town.on_card(learner, card, request.buttons(markup))
        return card.json

    def _photo(self, raw: msgspec.Raw) -> bytes:
        """Return the photo of a call as a message has it: by its file id, or a new one for an upload."""
        file_id = bytes(raw)
        if file_id.startswith(b'"attach:'):
            self._files += 1
            file_id = b'"photo-%d"' % self._files
        return _PHOTO % file_id


def response(result: bytes) -> bytes:
    """Return the HTTP response with a call's result."""
    words = _OK % result
    return _RESPONSE % (len(words), words)


def _or_empty(raw: msgspec.Raw) -> bytes:
    return bytes(raw) or b'""'


def _json(learner: Learner, card: Card) -> bytes:
    return b'{"message_id":%d,"from":%b,"chat":%b,"date":%d,%b%b%b}' % (
        card.message_id,
        BOT,
        learner.chat,
        time.time(),
        card.content,
        b',"reply_markup":' if card.markup else b"",
        card.markup,
    )


HANDLERS: Final[dict[str, Handler]] = {
    "getme": ApiFace.get_me,
    "getwebhookinfo": ApiFace.webhook_info,
    "setwebhook": ApiFace.set_webhook,
    "answercallbackquery": ApiFace.answer,
    "sendmessage": ApiFace.send_text,
    "sendphoto": ApiFace.send_photo,
    "editmessagetext": ApiFace.edit_text,
    "editmessagecaption": ApiFace.edit_caption,
    "editmessagemedia": ApiFace.edit_media,
    "editmessagereplymarkup": ApiFace.edit_markup,
}


class ApiConnection(asyncio.Protocol):
    """Serve one connection of the bot."""

    def __init__(self, face: ApiFace, others: set[ApiConnection]) -> None:
        self._face = face
        self._others = others
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._polls: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._others.add(self)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        assert self._transport is not None
        for head, body in self._frames.feed(data):
            method = _method(head)
            kind = "" if body.startswith(b"{") else content_type(head)
            if method.lower() == "getupdates":
                task = asyncio.ensure_future(self._poll(request.read(body, kind)))
                self._polls.add(task)
                task.add_done_callback(self._polls.discard)
            else:
                self._transport.write(self._face.call(method, body, kind))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the bot may close as it likes
        """Forget it."""
        self._transport = None
        self._others.discard(self)

    def close(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def _poll(self, params: Params) -> None:
        self._face.ready.set()
        batch = await self._face.queue.poll(params.offset, params.limit, params.timeout)
        if self._transport is not None:
            self._transport.write(response(batch))


def _method(head: bytes) -> str:
    """Return the method in ``POST /bot<token>/<method> HTTP/1.1``."""
    path = head[: head.find(b" HTTP/")].partition(b"?")[0]
    return path[path.rfind(b"/") + 1 :].decode()
