"""The Bot API itself: find bot and method, check the parameters, carry the call out, word the response."""

from __future__ import annotations

import inspect
import logging
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiohttp import web

from lplate_bot.playground.call import Call
from lplate_bot.playground.delivery import Delivery, Pace
from lplate_bot.playground.errors import ApiError, not_found, unauthorized
from lplate_bot.playground.faults import ConnectionDropped, Faults, ResponseCutOff
from lplate_bot.playground.methods import HANDLERS
from lplate_bot.playground.request import parse_body, read_call
from lplate_bot.playground.validation import described_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.files import Upload
    from lplate_bot.playground.limits import FloodControl
    from lplate_bot.playground.messenger import Messenger

TOKEN: Final = re.compile(r"\d{1,18}:[A-Za-z0-9_-]+")
NOT_IN_RESPONSES: Final = ("get", "setwebhook", "deletewebhook", "close", "logout")
"""Methods that Telegram does not carry out from a webhook's response."""
INTERNAL_ERROR: Final = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
JSON_HEADERS: Final = {"Content-Type": "application/json"}
FIRST_HALF: Final = b'{"ok":true,"result":{"mess'

logger = logging.getLogger(__name__)


class BotApi:
    """Serve `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, messenger: Messenger, flood: FloodControl, faults: Faults, pace: Pace) -> None:
        self._messenger = messenger
        self._flood = flood
        self._faults = faults
        self._methods = described_methods()
        self.delivery = Delivery(self._answer_webhook, pace)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one Bot API request."""
        try:
            bot = self.bot_of(request.match_info["token"])
            raw = await read_call(request)
            result = await self.execute(bot, request.match_info["method"], raw.params, raw.uploads)
            return _response(200, {"ok": True, "result": result})
        except ApiError as error:
            return _response(error.code, error.to_json())
        except ResponseCutOff:
            return await _cut_off(request)
        except ConnectionDropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        except Exception:
            logger.exception("call_failed method=%s by a fault of ours", request.match_info["method"])
            return _response(500, INTERNAL_ERROR)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Answer one download of a file."""
        try:
            bot = self.bot_of(request.match_info["token"])
        except ApiError as error:
            return _response(error.code, error.to_json())
        files = self._messenger.files
        file = files.by_path(bot.id, request.match_info["path"])
        if file is None:
            return _response(404, not_found().to_json())
        try:
            content = files.read(file)
        except FileNotFoundError:
            return _response(404, not_found().to_json())
        return web.Response(body=content, content_type=file.mime_type or "application/octet-stream")

    def bot_of(self, token: str) -> Bot:
        """Return the bot with this token.

        Raises:
            ApiError: 404 for what is no token, 401 for one that no bot has.
        """
        if not TOKEN.fullmatch(token):
            raise not_found()
        bot = self._messenger.bots.get(token)
        if bot is None:
            raise unauthorized()
        return bot

    async def execute(
        self, bot: Bot, method: str, params: Mapping[str, Any], uploads: Mapping[str, Upload]
    ) -> Any:
        """Carry out a call and return its result.

        Raises:
            ApiError: the call is refused.
            ConnectionDropped: a test ordered that the connection breaks.
        """
        description = self._methods.get(method.lower())
        if description is None:
            raise not_found()
        fault = self._faults.take(description.name, params)
        if fault is not None and not fault.after_effect:
            await fault.happen()
        checked = description.check(params)
        self._flood.check(bot.id, description.name, checked.get("chat_id"))
        call = Call(self._messenger, bot, self.delivery, checked, uploads)
        result = HANDLERS[description.name](call)
        if inspect.isawaitable(result):
            result = await result
        if fault is not None and fault.after_effect:
            await fault.happen()
        return result

    async def _answer_webhook(self, bot: Bot, content_type: str, body: bytes) -> None:
        """Carry out the call that a webhook's response names; its result is lost, as with Telegram."""
        try:
            params = parse_body(content_type, body)
            method = str(params.pop("method", "")).lower()
            if not method or method.startswith(NOT_IN_RESPONSES):
                return
            await self.execute(bot, method, params, {})
        except ApiError as error:
            logger.warning("inline_call_refused error=%s", error)
        except ConnectionDropped:
            return
        except Exception:
            logger.exception("inline_call_failed by a fault of ours")


async def _cut_off(request: web.Request) -> web.StreamResponse:
    """Begin a response, and close the connection before it is whole."""
    response = web.StreamResponse(headers={**JSON_HEADERS, "Content-Length": str(2 * len(FIRST_HALF))})
    await response.prepare(request)
    await response.write(FIRST_HALF)
    if request.transport is not None:
        request.transport.close()
    return response


def _response(status: int, body: Mapping[str, Any]) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), headers=JSON_HEADERS)
