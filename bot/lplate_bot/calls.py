"""Messages as Bot API calls: which method sends or edits them, with which picture."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lplate_bot.egress import PICTURE_SLOT, Call, Picture
from lplate_bot.render.message import CAPTION_LIMIT, fits
from lplate_native import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.domain.session import Address
    from lplate.trainer.library import Library
    from lplate_bot.egress import Outcome
    from lplate_bot.render.message import Message
    from lplate_bot.render.message import Picture as PictureName

_HTML: Final = {"parse_mode": "HTML"}
_NO_PREVIEW: Final = {"is_disabled": True}
_NEUTRAL: Final = "neutral"
_QUERY_LIVES_S: Final = 15.0
"""Telegram's clients wait about this long for the answer to a press."""
_ANSWER_TIMEOUT_S: Final = 5.0
"""A call that hangs must not use up that time: it is given up for another try."""


_SILENT: Final = (
    b'{"callback_query_id":"',
    b'{"method":"answerCallbackQuery","callback_query_id":"',
)
"""How silent answers begin, by a call and in a webhook's response; the id and the same end follow."""


def answer_call(query_id: str, text: str, *, is_alert: bool) -> Call:
    """Return the answer to a callback query; it passes all lanes and is not worth waiting long for."""
    body = answer_body(query_id, text, is_alert=is_alert)
    return Call("answerCallbackQuery", None, body, patience_s=_QUERY_LIVES_S, timeout_s=_ANSWER_TIMEOUT_S)


def answer_body(query_id: str, text: str, *, is_alert: bool, is_inline: bool = False) -> bytes:
    """Return the JSON of an answer; with *is_inline* it fits a webhook's response."""
    if not text and query_id.isdecimal() and query_id.isascii():  # as Telegram's are: nothing to escape
        return _SILENT[is_inline] + query_id.encode() + b'"}'
    fields: dict[str, Any] = {"method": "answerCallbackQuery"} if is_inline else {}
    fields["callback_query_id"] = query_id
    if text:
        fields |= {"text": text, "show_alert": is_alert}
    return msgspec.json.encode(fields)


class Caller:
    """Make calls out of messages, knowing which picture each chat's card is known to show."""

    def __init__(self, library: Library, chats: int = 10_000) -> None:
        self._library = library
        self._shown: LruCache[int, tuple[int, str]] = LruCache(chats)

    def send(self, chat_id: int, message: Message, done: Callable[[Outcome], None]) -> list[Call]:
        """Return the calls that send *message* anew; *done* hears of the one that bears the buttons."""
        if message.has_picture_within:
            fields = {"chat_id": chat_id, "photo": PICTURE_SLOT, "caption": message.html, **_HTML}
            return [self._call("sendPhoto", fields, message, done, picture=message.picture)]
        fields = {"chat_id": chat_id, "text": message.html, "link_preview_options": _NO_PREVIEW, **_HTML}
        call = self._call("sendMessage", fields, message, done)
        if message.picture is None:
            return [call]
        photo = {"chat_id": chat_id, "photo": PICTURE_SLOT}
        return [self._call("sendPhoto", photo, None, None, picture=message.picture), call]

    def edit(self, address: Address, message: Message, done: Callable[[Outcome], None]) -> Call | None:
        """Return the call that makes the message at *address* look like *message*, None if none can.

        A photo stays a photo: text that fits a caption gets a neutral picture. The picture is sent along
        unless the card is known to show it.
        """
        fields: dict[str, Any] = {"chat_id": address.chat_id, "message_id": address.message_id}
        picture = message.picture if message.has_picture_within else None
        if picture is None and not address.is_photo:
            fields |= {"text": message.html, "link_preview_options": _NO_PREVIEW, **_HTML}
            return self._call("editMessageText", fields, message, done, edits=address)
        if message.has_picture_apart or not fits(message.html, CAPTION_LIMIT):
            return None
        digest = picture.digest if picture is not None else _NEUTRAL
        if address.is_photo and self._is_shown(address, digest):
            fields |= {"caption": message.html, **_HTML}
            return self._call("editMessageCaption", fields, message, done, edits=address)
        self._shown.pop(address.chat_id, None)
        fields["media"] = {"type": "photo", "media": PICTURE_SLOT, "caption": message.html, **_HTML}
        return self._call(
            "editMessageMedia", fields, message, done, edits=address, picture=picture or _NEUTRAL
        )

    def strip(self, address: Address) -> Call:
        """Return the call that takes the buttons off the message at *address*."""
        fields = {"chat_id": address.chat_id, "message_id": address.message_id}
        return Call("editMessageReplyMarkup", address.chat_id, msgspec.json.encode(fields))

    def shows_picture(self, address: Address, message: Message) -> bool:
        """Return True if the picture of *message* is known to stand at, or just above, *address*."""
        return message.picture is not None and self._is_shown(address, message.picture.digest)

    def note_shown(self, address: Address, message: Message) -> None:
        """Note that Telegram confirmed *message* at *address*."""
        digest = message.picture.digest if message.picture is not None else _NEUTRAL
        self._shown.put(address.chat_id, (address.message_id, digest))

    def _is_shown(self, address: Address, digest: str) -> bool:
        return self._shown.get(address.chat_id) == (address.message_id, digest)

    def _call(
        self, method: str, fields: dict[str, Any], message: Message | None,
        done: Callable[[Outcome], None] | None, *,
        edits: Address | None = None, picture: PictureName | str | None = None,
    ) -> Call:  # fmt: skip
        if message is not None and (message.rows or edits is not None):
            fields["reply_markup"] = message.keyboard
        return Call(
            method,
            fields["chat_id"],
            msgspec.json.encode(fields),
            picture=self._upload(picture) if picture is not None else None,
            edits=edits.message_id if edits is not None else None,
            done=done,
        )

    def _upload(self, picture: PictureName | str) -> Picture:
        if isinstance(picture, str):
            return Picture(_NEUTRAL, "image/png", _neutral_bytes)
        return Picture(picture.digest, picture.mime, partial(self._load, picture))

    def _load(self, picture: PictureName) -> bytes:
        bank = self._library.get(picture.bank_id)
        if bank is None:
            raise LookupError(f"bank {picture.bank_id!r} of picture {picture.digest} is not loaded")
        return bank.media(picture.digest)


def _neutral_bytes() -> bytes:
    return (files("lplate_bot.render") / "neutral.png").read_bytes()
