"""Messages as Bot API calls: which method sends or edits them, with which picture."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import msgspec

from lplate_bot.egress import PICTURE_SLOT, Call, Picture
from lplate_bot.render.message import CAPTION_LIMIT, NO_BUTTONS
from lplate_native import LruCache, Template

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate.domain.session import Address
    from lplate.trainer.library import Library
    from lplate_bot.egress import Outcome
    from lplate_bot.render.message import Message
    from lplate_bot.render.message import Picture as PictureName
    from lplate_bot.render.poll import PollMessage

CHAT, MESSAGE, TEXT, KEYBOARD = range(4)
"""The slots of the bodies below. All is JSON; where a keyboard may be missing it brings its name along."""
_PLACE: Final = (b'{"chat_id":', CHAT, b',"message_id":', MESSAGE)
_TEXT: Final = (b'"text":"', TEXT, b'","parse_mode":"HTML","link_preview_options":{"is_disabled":true}')
_CAPTION: Final = (b'"caption":"', TEXT, b'","parse_mode":"HTML"')
_PICTURE: Final = b'"%b"' % PICTURE_SLOT.encode()
_MARKUP: Final = (b',"reply_markup":', KEYBOARD, b"}")
_SEND_TEXT: Final = Template([b'{"chat_id":', CHAT, b",", *_TEXT, KEYBOARD, b"}"])
_SEND_PHOTO: Final = Template([b'{"chat_id":', CHAT, b',"photo":', _PICTURE, b",", *_CAPTION, KEYBOARD, b"}"])
_SEND_PICTURE: Final = Template([b'{"chat_id":', CHAT, b',"photo":', _PICTURE, b"}"])
_EDIT_TEXT: Final = Template([*_PLACE, b",", *_TEXT, *_MARKUP])
_EDIT_CAPTION: Final = Template([*_PLACE, b",", *_CAPTION, *_MARKUP])
_MEDIA: Final = (b',"media":{"type":"photo","media":', _PICTURE)
_EDIT_MEDIA: Final = Template([*_PLACE, *_MEDIA, b",", *_CAPTION, b"}", *_MARKUP])
FIELDS: Final = 1
"""The slot of what a poll says."""
_POLL: Final = (b'{"chat_id":', CHAT, b",", FIELDS)
_SEND_POLL: Final = Template([*_POLL, b"}"])
_SEND_PICTURE_POLL: Final = Template([*_POLL, *_MEDIA, b"}}"])
_STRIP: Final = Template([*_PLACE, b"}"])
_NEUTRAL: Final = "neutral"
_QUERY_LIVES_S: Final = 15.0
"""Telegram's clients wait about this long for the answer to a press."""
_ANSWER_TIMEOUT_S: Final = 5.0
"""A call that hangs must not use up that time: it is given up for another try."""


def answer_call(query_id: str, text: str, *, is_alert: bool) -> Call:
    """Return the answer to a callback query; it passes all lanes and is not worth waiting long for."""
    body = answer_body(query_id, text, is_alert=is_alert)
    return Call("answerCallbackQuery", None, body, patience_s=_QUERY_LIVES_S, timeout_s=_ANSWER_TIMEOUT_S)


def answer_body(query_id: str, text: str, *, is_alert: bool, is_inline: bool = False) -> bytes:
    """Return the JSON of an answer; with *is_inline* it fits a webhook's response."""
    fields: dict[str, Any] = {"method": "answerCallbackQuery"} if is_inline else {}
    fields["callback_query_id"] = query_id
    if text:
        fields |= {"text": text, "show_alert": is_alert}
    return msgspec.json.encode(fields)


def silent_body(query_id: str) -> bytes:
    """Return the JSON of an answer without text that fits a webhook's response."""
    if query_id.isdecimal() and query_id.isascii():  # as Telegram's are: nothing to escape
        return b'{"method":"answerCallbackQuery","callback_query_id":"%b"}' % query_id.encode()
    return answer_body(query_id, "", is_alert=False, is_inline=True)


class Caller:
    """Make calls out of messages, knowing which picture each chat's card is known to show."""

    def __init__(self, library: Library, chats: int = 10_000) -> None:
        self._library = library
        self._shown: LruCache[int, tuple[int, str]] = LruCache(chats)
        self._neutral = Picture(_NEUTRAL, "image/png", _neutral_bytes)

    def send(self, chat_id: int, message: Message, done: Callable[[Outcome], None]) -> list[Call]:
        """Return the calls that send *message* anew; *done* hears of the one that bears the buttons."""
        markup = b"" if message.keyboard == NO_BUTTONS else b',"reply_markup":' + message.keyboard
        content = (chat_id, 0, message.text, markup)
        if message.picture is not None:
            upload = self._upload(message.picture)
            return [Call("sendPhoto", chat_id, _SEND_PHOTO.fill(content), picture=upload, done=done)]
        call = Call("sendMessage", chat_id, _SEND_TEXT.fill(content), done=done)
        if message.picture_apart is None:
            return [call]
        upload = self._upload(message.picture_apart)
        return [Call("sendPhoto", chat_id, _SEND_PICTURE.fill(content), picture=upload), call]

    def edit(self, address: Address, message: Message, done: Callable[[Outcome], None]) -> Call | None:
        """Return the call that makes the message at *address* look like *message*, None if none can.

        A photo stays a photo: text that fits a caption gets a neutral picture. The picture is sent along
        unless the card is known to show it.
        """
        chat_id, message_id = address.chat_id, address.message_id
        content = (chat_id, message_id, message.text, message.keyboard)
        picture = message.picture
        if picture is None and not address.is_photo:
            return Call("editMessageText", chat_id, _EDIT_TEXT.fill(content), edits=message_id, done=done)
        if message.picture_apart is not None or message.units > CAPTION_LIMIT:
            return None
        digest = _NEUTRAL if picture is None else picture.digest
        if address.is_photo and self._shown.get(chat_id) == (message_id, digest):
            return Call(
                "editMessageCaption", chat_id, _EDIT_CAPTION.fill(content), edits=message_id, done=done
            )
        self._shown.pop(chat_id, None)
        upload = self._neutral if picture is None else self._upload(picture)
        body = _EDIT_MEDIA.fill(content)
        return Call("editMessageMedia", chat_id, body, picture=upload, edits=message_id, done=done)

    def poll(self, chat_id: int, message: PollMessage, done: Callable[[Outcome], None]) -> Call:
        """Return the call that asks by a poll; *done* hears what comes of it."""
        if message.picture is None:
            return Call("sendPoll", chat_id, _SEND_POLL.fill((chat_id, message.fields)), done=done)
        body = _SEND_PICTURE_POLL.fill((chat_id, message.fields))
        return Call("sendPoll", chat_id, body, picture=self._upload(message.picture), done=done)

    def stop_poll(self, address: Address) -> Call:
        """Return the call that ends the votes in the poll at *address* and takes its button off."""
        return Call("stopPoll", address.chat_id, _STRIP.fill((address.chat_id, address.message_id)))

    def strip(self, address: Address) -> Call:
        """Return the call that takes the buttons off the message at *address*."""
        body = _STRIP.fill((address.chat_id, address.message_id))
        return Call("editMessageReplyMarkup", address.chat_id, body)

    def shows_picture(self, address: Address, message: Message) -> bool:
        """Return True if the picture of *message* is known to stand at, or just above, *address*."""
        picture = message.picture or message.picture_apart
        if picture is None:
            return False
        return self._shown.get(address.chat_id) == (address.message_id, picture.digest)

    def note_shown(self, address: Address, message: Message) -> None:
        """Note that Telegram confirmed *message* at *address*."""
        picture = message.picture or message.picture_apart
        digest = _NEUTRAL if picture is None else picture.digest
        self._shown.put(address.chat_id, (address.message_id, digest))

    def _upload(self, picture: PictureName) -> Picture:
        return Picture(picture.digest, picture.mime, partial(self._load, picture))

    def _load(self, picture: PictureName) -> bytes:
        bank = self._library.get(picture.bank_id)
        if bank is None:
            raise LookupError(f"bank {picture.bank_id!r} of picture {picture.digest} is not loaded")
        return bank.media(picture.digest)


def _neutral_bytes() -> bytes:
    return (files("lplate_bot.render") / "neutral.png").read_bytes()
