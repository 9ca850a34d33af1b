"""Describe one call to the Bot API, and a picture that may have to be uploaded with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from lplate_bot.egress.body import JSON, FilePart, multipart

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplate_bot.egress.limits import ChatId
    from lplate_bot.egress.outcome import Outcome

PICTURE_SLOT: Final = "attach://lplate-picture"
"""Stands in a call's JSON where the picture's file id belongs."""
_PART: Final = PICTURE_SLOT.partition("://")[2]
_SLOT_JSON: Final = b'"' + PICTURE_SLOT.encode() + b'"'
_NOT_MESSAGES: Final = frozenset({"sendChatAction"})


class Picture(msgspec.Struct, frozen=True):
    """Name a picture by its content; *load* is asked for the bytes only if Telegram does not have it yet.

    *kind* is ``photo`` or ``document``, as Telegram keeps them apart.
    """

    digest: str
    mime: str
    load: Callable[[], bytes]
    kind: str = "photo"


class Call(msgspec.Struct, frozen=True, eq=False):
    """Ask for one method; a Struct, not a dataclass, because one is made for every call.

    *body* is ready to be sent. With a *picture* it is JSON that holds PICTURE_SLOT where the file id belongs.
    *chat_id* is the lane: calls with the same go out in order. None goes past all lanes (answers to presses);
    for an inline message use its inline_message_id.
    *edits* names the message whose whole content this call sets: an unsent older one of the same is dropped.
    *done* is told the outcome once, possibly that of the newer call that took this one's place.
    One that is not *is_repeatable* is not sent again where it may have been carried out without an answer.
    *patience_s*: a call not through after this long ends with its last outcome, RETRY or FLOOD.
    """

    method: str
    chat_id: ChatId | None
    body: bytes
    content_type: str = JSON
    picture: Picture | None = None
    edits: ChatId | None = None
    done: Callable[[Outcome], None] | None = None
    patience_s: float = float("inf")
    timeout_s: float | None = None
    is_repeatable: bool = True

    @property
    def is_new_message(self) -> bool:
        """Return True if Telegram counts this against the limits of new messages."""
        return self.method.startswith(("send", "copy", "forward")) and self.method not in _NOT_MESSAGES

    def with_file_id(self, file_id: str) -> bytes:
        """Return the body with the picture named by its file id."""
        return self.body.replace(_SLOT_JSON, msgspec.json.encode(file_id), 1)

    def with_upload(self, picture: Picture) -> tuple[bytes, str]:
        """Return the body as a form that carries the picture, and its content type.

        As the Bot API asks: a field that is the file itself bears its own name, a file inside an object is
        pointed to by ``attach://``.
        """
        fields = msgspec.json.decode(self.body, type=dict[str, msgspec.Raw])
        texts: dict[str, str] = {}
        part = _PART
        for name, raw in fields.items():
            value = bytes(raw)
            if value == _SLOT_JSON:
                part = name
            elif value.startswith(b'"'):
                texts[name] = msgspec.json.decode(value, type=str)
            elif value != b"null":
                texts[name] = value.decode()
        extension = picture.mime.rpartition("/")[2]
        file = FilePart(f"{picture.digest[:16]}.{extension}", picture.load(), picture.mime)
        return multipart(texts, {part: file})
