"""Fetch updates by long polling and confirm only what is committed."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from lplate.errors import ConfigError, LplateError
from lplate_bot.egress.backoff import Backoff
from lplate_bot.egress.failure import ApiUnreachable
from lplate_bot.ingress.ack import Ack

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from lplate_bot.egress.client import ApiClient, ApiResponse
    from lplate_bot.ingress.ack import Submit, Word

_T = TypeVar("_T")

_log = logging.getLogger(__name__)

ALLOWED_UPDATES: Final = (
    "message",
    "edited_message",
    "callback_query",
    "poll",
    "poll_answer",
    "my_chat_member",
    "inline_query",
    "chosen_inline_result",
    "shipping_query",
    "pre_checkout_query",
    "message_reaction",
)
"""Always sent in full: Telegram remembers the last list, and leaves kinds out of its own default."""
LONG_POLL_S: Final = 30
_MARGIN_S: Final = 15.0
"""A long poll that is so much late is dead."""
_BATCH: Final = 100
_STOP_S: Final = 1.0


class _UpdateId(msgspec.Struct):
    update_id: int


_decode_batch = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_id = msgspec.json.Decoder(_UpdateId).decode


class Poller:
    """Fetch batches with a client of its own, submit each update, move the offset over what is acknowledged.

    The offset follows the unbroken prefix in order of receipt; ids may jump, so nothing is computed from
    their size. The next fetch goes out when the batch is committed.
    """

    def __init__(
        self,
        client: ApiClient,
        submit: Submit,
        allowed_updates: Sequence[str] = ALLOWED_UPDATES,
        *,
        long_poll_s: int = LONG_POLL_S,
        backoff: Backoff | None = None,
    ) -> None:
        self._client = client
        self._submit = submit
        self._allowed_updates = tuple(allowed_updates)
        self._long_poll_s = long_poll_s
        self._backoff = backoff or Backoff()
        self._confirmed: int | None = None
        self._failures = 0
        self._trouble = ""
        self._stopping = asyncio.Event()
        self.offset: int | None = None
        """The id of the next update wanted, None before the first was acknowledged."""

    def stop(self) -> None:
        """Ask run() to end: a fetch is given up, a batch under way is committed and confirmed first."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll until stop().

        Raises:
            ConfigError: if Telegram refuses the token.
        """
        while not self._stopping.is_set():
            pause_s = await self._round()
            if pause_s:
                await self._unless_stopped(asyncio.sleep(pause_s))
        await self._confirm()

    async def _round(self) -> float:
        """Fetch and process one batch; return how long to pause."""
        try:
            response = await self._unless_stopped(self._fetch())
        except ApiUnreachable as error:
            return self._in_trouble(str(error))
        if response is None:
            return 0.0
        if not response.ok:
            return await self._on_refusal(response)
        self._confirmed = self.offset
        return await self._process(response)

    def _fetch(self) -> Coroutine[None, None, ApiResponse]:
        query = {"timeout": self._long_poll_s, "limit": _BATCH, "allowed_updates": self._allowed_updates}
        return self._get_updates(query, self._long_poll_s + _MARGIN_S)

    async def _get_updates(self, query: dict[str, object], timeout_s: float) -> ApiResponse:
        if self.offset is not None:
            query["offset"] = self.offset
        body = msgspec.json.encode(query)
        return await self._client.call("getUpdates", body, timeout_s=timeout_s, is_repeatable=True)

    async def _process(self, response: ApiResponse) -> float:
        try:
            batch = [(_decode_id(raw).update_id, raw) for raw in _decode_batch(response.result)]
        except msgspec.MsgspecError:
            return self._in_trouble(f"{self._client.root} sent updates that cannot be read")
        failure = self._move_offset(
            [update_id for update_id, _ in batch], await self._words_on([bytes(raw) for _, raw in batch])
        )
        if failure is None:
            self._at_ease()
            return 0.0
        if not isinstance(failure, LplateError):
            _log.error("update_not_acknowledged by a fault of ours", exc_info=failure)
        return self._in_trouble(f"updates are not acknowledged and will be fetched again: {failure}")

    async def _words_on(self, batch: list[bytes]) -> list[Word]:
        """Submit a batch in order; return what its updates came to."""
        loop = asyncio.get_running_loop()
        words: list[asyncio.Future[Word]] = [loop.create_future() for _ in batch]
        for raw, word in zip(batch, words, strict=True):
            self._submit(raw, partial(_set, word))
        return [await word for word in words]

    def _move_offset(self, ids: Sequence[int], words: Sequence[Word]) -> Exception | None:
        """Move the offset over the unbroken prefix of acknowledged updates; return what broke it."""
        for update_id, word in zip(ids, words, strict=True):
            if not isinstance(word, Ack):
                return word
            self.offset = update_id + 1
        return None

    async def _on_refusal(self, response: ApiResponse) -> float:
        root, words = self._client.root, response.description
        code = response.error_code or response.status
        if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            raise ConfigError(f"the token is refused by {root} ({code} {words}): check LPLATE_TOKEN")
        if code == HTTPStatus.CONFLICT and "webhook" in words:
            return await self._delete_webhook()
        if code == HTTPStatus.CONFLICT:
            return self._in_trouble("another program fetches this bot's updates: stop it, or this one")
        if response.retry_after_s is not None:
            self._in_trouble(f"{root} asks to wait: {words}")
            return response.retry_after_s
        return self._in_trouble(f"{root} refuses to hand out updates: {code} {words}")

    async def _delete_webhook(self) -> float:
        _log.warning("webhook_removed it kept updates from polling")
        try:
            response = await self._client.call("deleteWebhook", is_repeatable=True)
        except ApiUnreachable as error:
            return self._in_trouble(str(error))
        if response.ok:
            return 0.0
        return self._in_trouble(f"the webhook cannot be removed: {response.description}")

    async def _confirm(self) -> None:
        """Tell Telegram the last offset, so that a restart does not get the last batch once more."""
        if self.offset is None or self.offset == self._confirmed:
            return
        query = {"timeout": 0, "limit": 1, "allowed_updates": self._allowed_updates}
        try:
            async with asyncio.timeout(_STOP_S):
                await self._get_updates(query, _STOP_S)
        except (ApiUnreachable, TimeoutError) as error:
            _log.warning("offset_not_confirmed the last updates will come again; error=%s", error)

    async def _unless_stopped(self, work: Coroutine[None, None, _T]) -> _T | None:
        """Return what *work* returns; None if stop() was called first."""
        task = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            stopping.cancel()
            task.cancel()

    def _in_trouble(self, words: str) -> float:
        """Say once what is wrong; return the pause before the next try."""
        self._failures += 1
        if words != self._trouble:
            _log.warning("polling_trouble reason=%s", words)
            self._trouble = words
        return self._backoff.wait_s(self._failures)

    def _at_ease(self) -> None:
        if self._trouble:
            _log.info("polling_recovered")
        self._failures, self._trouble = 0, ""


def _set(future: asyncio.Future[Word], word: Word) -> None:
    if not future.cancelled():  # nobody waits any more
        future.set_result(word)
