"""Remember which pictures Telegram already has, so that each is uploaded once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from lplate.errors import StoreError
from lplate.ports import ForgottenFile, StoredFile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lplate_bot.egress.call import Picture

_log = logging.getLogger(__name__)
_Key = tuple[str, str]


class _File(msgspec.Struct):
    file_id: str


class _Media(msgspec.Struct):
    photo: list[_File] = []


class _Poll(msgspec.Struct):
    media: _Media | None = None


class _Sent(msgspec.Struct):
    photo: list[_File] = []
    document: _File | None = None
    poll: _Poll | None = None


_decode_sent = msgspec.json.Decoder(_Sent).decode


def sent_file_id(result: msgspec.Raw | None) -> str | None:
    """Return the file id in a sent message: of the largest photo, a poll's too, or of the document."""
    if result is None:
        return None
    try:
        sent = _decode_sent(result)
    except msgspec.ValidationError:  # True, for an inline message
        return None
    photo = sent.poll.media.photo if sent.poll is not None and sent.poll.media is not None else sent.photo
    if photo:
        return photo[-1].file_id
    return sent.document.file_id if sent.document is not None else None


class FileIds:
    """Know the file ids of one *scope*, bot and API root: ids of one are nothing to another.

    *lookup* reads what was remembered (as Store.file_id), *remember* and *forget* have it written. Up to
    *capacity* are kept in memory, about 200 bytes each. No more than *uploads* are under way at once:
    pictures must not take all connections from answers.
    """

    def __init__(
        self,
        scope: str,
        lookup: Callable[[str, str, str], Awaitable[str | None]],
        remember: Callable[[StoredFile], object],
        forget: Callable[[ForgottenFile], object],
        *,
        capacity: int = 8192,
        uploads: int = 4,
    ) -> None:
        self._scope = scope
        self._lookup = lookup
        self._remember = remember
        self._forget = forget
        self._known: OrderedDict[_Key, str] = OrderedDict()
        self._refused: dict[_Key, str] = {}
        self._claims: dict[_Key, asyncio.Future[None]] = {}
        self._capacity = capacity
        self._slots = asyncio.Semaphore(uploads)

    def known(self, picture: Picture) -> str | None:
        """Return the file id if it is in memory."""
        key = (picture.digest, picture.kind)
        file_id = self._known.get(key)
        if file_id is not None:
            self._known.move_to_end(key)
        return file_id

    async def claim(self, picture: Picture) -> str | None:
        """Return the file id; None makes the caller the one who uploads, and who must settle().

        Others who ask meanwhile wait until it is settled.
        """
        key = (picture.digest, picture.kind)
        while (upload := self._claims.get(key)) is not None:
            await asyncio.wait((upload,))
        file_id = self.known(picture)
        if file_id is not None:
            return file_id
        claim = self._claims[key] = asyncio.get_running_loop().create_future()
        try:
            file_id = await self._recall(picture)
            if file_id is None:
                await self._slots.acquire()
        except BaseException:
            self._release(key, claim)
            raise
        if file_id is not None:
            self._release(key, claim)
        return file_id

    def settle(self, picture: Picture, file_id: str | None) -> None:
        """End a claim: with the new file id, or None if the upload failed and the next may try."""
        key = (picture.digest, picture.kind)
        self._slots.release()
        if file_id is not None:
            self._keep(key, file_id)
            self._refused.pop(key, None)
            self._remember(StoredFile(self._scope, picture.digest, picture.kind, file_id))
        self._release(key, self._claims[key])

    def forget(self, picture: Picture, file_id: str) -> None:
        """Forget a file id that Telegram refused, unless that is done, or a newer one is known by now."""
        key = (picture.digest, picture.kind)
        if self._known.get(key, file_id) != file_id or self._refused.get(key) == file_id:
            return
        self._known.pop(key, None)
        self._refused[key] = file_id  # the store may go on naming it for a moment
        self._forget(ForgottenFile(self._scope, picture.digest, picture.kind))

    async def _recall(self, picture: Picture) -> str | None:
        try:
            file_id = await self._lookup(self._scope, picture.digest, picture.kind)
        except StoreError as error:
            _log.warning("file_id_unreadable the picture is uploaded again; error=%s", error)
            return None
        key = (picture.digest, picture.kind)
        if file_id is None or file_id == self._refused.get(key):
            return None
        self._keep(key, file_id)
        return file_id

    def _keep(self, key: _Key, file_id: str) -> None:
        self._known[key] = file_id
        self._known.move_to_end(key)
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)

    def _release(self, key: _Key, claim: asyncio.Future[None]) -> None:
        del self._claims[key]
        claim.set_result(None)
