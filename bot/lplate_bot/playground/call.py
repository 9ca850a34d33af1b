"""One call of a method, checked and ready for its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.files import WRONG_FILE, Upload
from lplate_bot.playground.formatting import FormattedText, format_text
from lplate_bot.playground.formatting.utf16 import utf16_length

if TYPE_CHECKING:
    from lplate_bot.playground.bots import Bot
    from lplate_bot.playground.chats import Chat
    from lplate_bot.playground.delivery import Delivery
    from lplate_bot.playground.messenger import Messenger
    from lplate_bot.playground.objects import MessageEntity

MAX_TEXT: Final = 4096
MAX_CAPTION: Final = 1024
MAX_MARKUP: Final = 65_536
"""Longer texts are not even parsed."""
ATTACHED: Final = "attach://"


@dataclass(frozen=True, slots=True)
class Call:
    """A method call of one bot; *params* fit the API's description."""

    messenger: Messenger
    bot: Bot
    delivery: Delivery
    params: Mapping[str, Any]
    uploads: Mapping[str, Upload]

    def get(self, name: str) -> Any:
        """Return a parameter, or None if it was not given."""
        return self.params.get(name)

    def readable_chat(self, name: str = "chat_id") -> Chat:
        """Return the chat a parameter names."""
        return self.messenger.find_chat(self.bot, self.params[name])

    def writable_chat(self) -> Chat:
        """Return the chat the bot wants to write to."""
        self._refuse_foreign_surfaces()
        return self.messenger.writable_chat(self.bot, self.params["chat_id"])

    def text(self) -> FormattedText:
        """Return the parameter `text` with its entities.

        Raises:
            ApiError: 400, the markup is wrong, the text empty or too long.
        """
        text = self.params["text"]
        if len(text) > MAX_MARKUP:
            raise bad_request("message is too long")
        formatted = self.formatted(text, self.get("parse_mode"), self.get("entities"))
        if not formatted.text:
            raise bad_request("message text is empty")
        if utf16_length(formatted.text) > MAX_TEXT:
            raise bad_request("message is too long")
        return formatted

    def caption(self, source: Mapping[str, Any] | None = None) -> FormattedText:
        """Return the caption in the parameters or in *source*, an InputMedia."""
        source = self.params if source is None else source
        text = source.get("caption", "")
        if len(text) > MAX_MARKUP:
            raise bad_request("message caption is too long")
        formatted = self.formatted(text, source.get("parse_mode"), source.get("caption_entities"))
        if utf16_length(formatted.text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return formatted

    def formatted(
        self, text: str, parse_mode: str | None = None, entities: list[dict[str, Any]] | None = None
    ) -> FormattedText:
        """Return formatted text whose mentions of users are complete; unknown users are not mentioned."""
        formatted = format_text(text, parse_mode, entities)
        if any(entity.user for entity in formatted.entities):
            known = (self._complete(entity) for entity in formatted.entities)
            return FormattedText(formatted.text, tuple(entity for entity in known if entity))
        return formatted

    def _complete(self, entity: MessageEntity) -> MessageEntity | None:
        if entity.user is None:
            return entity
        user = self.messenger.learners.get(entity.user.id)
        return replace(entity, user=user) if user else None

    def file(self, value: str | Upload) -> str | Upload:
        """Return the upload that attach:// names, or the value itself.

        Raises:
            ApiError: 400, nothing of this name is attached.
        """
        if not isinstance(value, str) or not value.startswith(ATTACHED):
            return value
        upload = self.uploads.get(value.removeprefix(ATTACHED))
        if upload is None:
            raise bad_request(WRONG_FILE)
        return upload

    def _refuse_foreign_surfaces(self) -> None:
        """Refuse what only exists in forums and business chats."""
        if self.get("business_connection_id"):
            raise bad_request("business connection not found")
        if self.get("message_thread_id"):
            raise bad_request("message thread not found")


Handler = Callable[[Call], Any | Awaitable[Any]]
"""Carries a call out and returns its result, at once or later."""
