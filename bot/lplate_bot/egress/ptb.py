"""Let python-telegram-bot's Bot use our connections, limits and secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest

from lplate_bot.egress.body import JSON, FilePart, multipart
from lplate_bot.egress.call import Call
from lplate_bot.egress.failure import ApiTimeout, ApiUnreachable

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput
    from telegram.request import RequestData

    from lplate_bot.egress.client import ApiClient
    from lplate_bot.egress.limits import ChatId
    from lplate_bot.egress.outbox import Outbox
    from lplate_bot.egress.outcome import Outcome

PATIENCE_S: Final = 30.0
"""How long the outbox tries before a handler sees the error."""
_FILE_PATH: Final = re.compile(r"/file/(?:bot[^/]*/)?(?P<path>.+)", re.DOTALL)


def base_url(_token: str) -> str:
    """Return PTB's ``base_url`` without the token, which PTB would log; PtbRequest reads only the method."""
    return "https://bot-api"


def base_file_url(_token: str) -> str:
    """Return PTB's ``base_file_url`` without the token."""
    return "https://bot-api/file"


class PtbRequest(BaseRequest):
    """Send PTB's requests through the outbox, so that they keep the order and the limits of everything else.

    Serves as ``request`` and as ``get_updates_request``. A wait that Telegram asks for is waited here;
    RetryAfter reaches a handler only if it is longer than *patience_s*. Their owner closes client and outbox.
    """

    __slots__ = ("_client", "_outbox", "_patience_s", "_read_timeout_s")

    def __init__(
        self,
        client: ApiClient,
        outbox: Outbox,
        *,
        patience_s: float = PATIENCE_S,
        read_timeout_s: float = 20.0,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._patience_s = patience_s
        self._read_timeout_s = read_timeout_s

    @property
    def read_timeout(self) -> float | None:
        """Return the default time to wait for a response, in seconds."""
        return self._read_timeout_s

    async def initialize(self) -> None:
        """Do nothing: the connections belong to the client."""

    async def shutdown(self) -> None:
        """Do nothing: the client's owner closes it."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - one limit spans a whole call
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - set for the client
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - patience takes its place
    ) -> tuple[int, bytes]:
        """Return status and payload of a call, or of a file if *method* is GET."""
        timeout_s = read_timeout if isinstance(read_timeout, int | float) else self._read_timeout_s
        if method == "GET":
            return await self._fetch(url, timeout_s)
        call = self._as_call(url.rpartition("/")[2], request_data, timeout_s)
        return _as_ptb(await self._outbox.deliver(call))

    async def _fetch(self, url: str, timeout_s: float) -> tuple[int, bytes]:
        match = _FILE_PATH.search(url)
        if match is None:
            raise NetworkError("only files of the Bot API can be fetched")
        try:
            reply = await self._client.fetch(match["path"], timeout_s)
        except ApiUnreachable as error:
            raise _as_ptb_error(error) from None
        return reply.status, reply.body

    def _as_call(self, method: str, data: RequestData | None, timeout_s: float) -> Call:
        parameters = data.parameters if data is not None else {}
        if data is not None and data.contains_files:
            body, content_type = _as_form(data)
        else:
            body, content_type = msgspec.json.encode(parameters), JSON
        chat_id = _lane(parameters.get("chat_id", parameters.get("inline_message_id")))
        return Call(method, chat_id, body, content_type, patience_s=self._patience_s, timeout_s=timeout_s)


def _as_form(data: RequestData) -> tuple[bytes, str]:
    files: dict[str, FilePart] = {}
    for name, (file_name, content, mime) in data.multipart_data.items():
        files[name] = FilePart(file_name, content if isinstance(content, bytes) else content.read(), mime)
    return multipart(data.json_parameters, files)


def _lane(chat_id: object) -> ChatId | None:
    """Return the lane of a chat; a number written as text is the same chat as the number."""
    if isinstance(chat_id, str):
        return int(chat_id) if chat_id.lstrip("-").isdecimal() else chat_id
    return chat_id if isinstance(chat_id, int) else None


def _as_ptb(outcome: Outcome) -> tuple[int, bytes]:
    if outcome.response is not None:
        return outcome.response.status, outcome.response.body
    raise _as_ptb_error(outcome.error or ApiUnreachable(outcome.description))


def _as_ptb_error(error: ApiUnreachable) -> NetworkError:
    return TimedOut(str(error)) if isinstance(error, ApiTimeout) else NetworkError(str(error))
