"""Updates of all other kinds: kept in the inbox, handled by python-telegram-bot at least once."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from lplate.errors import StoreError
from lplate.ports import DeadLetter, InboxDone
from lplate_bot.lanes import Lanes
from lplate_bot.logs.correlation import UPDATE_ID
from lplate_bot.traffic import responded

if TYPE_CHECKING:
    from telegram.ext import CallbackContext

    from lplate.commit import GroupCommit
    from lplate.ports import InboxItem
    from lplate_bot.handlers import TelegramApplication
    from lplate_bot.times import Clock
    from lplate_bot.traffic import Received

_log = logging.getLogger(__name__)

MOST_TRIES: Final = 3
RETRY_AFTER_S: Final = (0.5, 2.0)
"""Pauses before the second and the third try; only the sender's other cold updates wait."""


class _Query(msgspec.Struct):
    id: str


class _Pressed(msgspec.Struct):
    callback_query: _Query


_PRESSED: Final = msgspec.json.Decoder(_Pressed)


class ColdPath:
    """Hand inbox items to PTB's Application; what fails three times becomes a dead letter.

    Handlers talk to Telegram, so they have lanes of their own: presses of the same learner, and their
    acknowledgements, never wait for them.
    """

    def __init__(
        self, application: TelegramApplication, commit: GroupCommit, clock: Clock,
        retry_after_s: tuple[float, ...] = RETRY_AFTER_S,
    ) -> None:  # fmt: skip
        self._application = application
        self._commit = commit
        self._clock = clock
        self._retry_after_s = retry_after_s
        self._lanes = Lanes()
        self._is_closed = False
        self._errors: dict[int, Exception] = {}
        self.waiting = 0
        """Items taken and not handled yet."""
        application.add_error_handler(self._note_error)

    def take(self, item: InboxItem, received: Received | None = None) -> None:
        """Handle *item* after the earlier ones of its lane; returns at once.

        *received* is the update it is, where one is timed.
        """
        self.waiting += 1
        self._lanes.run(item.lane, partial(self._handle, item, received))

    async def drained(self) -> None:
        """Return once no item waits."""
        await self._lanes.drained()

    def close(self) -> None:
        """Count no more failures: what is under way now stays in the inbox for the next start."""
        self._is_closed = True

    async def _handle(self, item: InboxItem, received: Received | None) -> None:
        try:
            await self._handle_stubbornly(item)
        finally:
            self.waiting -= 1
            if received is not None:
                responded(received)

    async def _handle_stubbornly(self, item: InboxItem) -> None:
        """Handle *item* until it succeeds or has failed MOST_TRIES times."""
        UPDATE_ID.set(item.update_id)
        while True:
            error = await self._attempt(item)
            if error is None:
                self._commit.defer(InboxDone(item.update_id))
                return
            if self._is_closed:
                return
            if _is_unreachable(error):  # no fault of the update: Telegram is away, and it has to wait for it
                await asyncio.sleep(self._retry_after_s[-1])
                continue
            item = replace(item, tries=item.tries + 1)
            _log.error("cold_update_failed update_id=%s tries=%s", item.update_id, item.tries, exc_info=error)
            if item.tries >= MOST_TRIES:
                await self._bury(item, error)
                return
            self._commit.defer(item)
            await asyncio.sleep(self._retry_after_s[item.tries - 1])

    async def _attempt(self, item: InboxItem) -> Exception | None:
        try:
            update = Update.de_json(msgspec.json.decode(item.raw), self._application.bot)
            await self._application.process_update(update)
        except Exception as error:  # noqa: BLE001 - malformed input fails in many ways, each is counted
            return error
        noted = self._errors.pop(item.update_id, None)
        return None if isinstance(noted, Forbidden) else noted  # who blocked the bot cannot be answered

    async def _note_error(self, update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
        """Keep what process_update() swallows."""
        if isinstance(update, Update) and context.error is not None:
            self._errors[update.update_id] = context.error

    async def _bury(self, item: InboxItem, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        letter = DeadLetter(item.update_id, item.raw, reason, self._clock.wall_ms())
        try:
            await self._commit.submit((letter, InboxDone(item.update_id)))
        except StoreError:
            _log.warning(
                "dead_letter_not_stored update_id=%s", item.update_id
            )  # tried again at the next start
            return
        query_id = _query_id(item.raw)
        if query_id:  # its client would wait in vain
            with suppress(TelegramError):
                await self._application.bot.answer_callback_query(query_id)


def _query_id(raw: bytes) -> str:
    """Return the id of the callback query in an update, empty if there is none."""
    try:
        return _PRESSED.decode(raw).callback_query.id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def _is_unreachable(error: Exception) -> bool:
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
