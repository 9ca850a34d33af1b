"""Turn what a bot or a learner wrote into what Telegram stores.

Offsets and lengths count UTF-16 code units. So do the limits: the API says "4096 characters after entities
parsing" and leaves open what a character is; its clients count UTF-16.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from lplate_bot.playground.errors import bad_request
from lplate_bot.playground.formatting.detection import detected
from lplate_bot.playground.formatting.html import parse_html
from lplate_bot.playground.formatting.markdown import parse_markdown, parse_markdown_v2
from lplate_bot.playground.formatting.nesting import ordered
from lplate_bot.playground.formatting.utf16 import utf16_length, utf16_positions
from lplate_bot.playground.objects import MessageEntity

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
WHITE_SPACE: Final = " \t\n\v\f\r\u00a0\u2028\u2029"
AUTOMATIC: Final = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})
"""Entities that Telegram finds itself and does not take from a bot."""


@dataclass(frozen=True, slots=True)
class FormattedText:
    """Text and its entities, sorted by offset."""

    text: str
    entities: tuple[MessageEntity, ...] = ()

    def entity_list(self) -> list[MessageEntity] | None:
        """Return the entities as a message shows them: absent if there are none."""
        return list(self.entities) or None


def format_text(
    text: str, parse_mode: str | None = None, entities: Sequence[dict[str, Any]] | None = None
) -> FormattedText:
    """Parse markup or take *entities*, clean and trim the text, and find links, commands and the like.

    Raises:
        ApiError: 400 if the markup or an entity is wrong.
    """
    if parse_mode:
        text, marked = _parsed(text, parse_mode)
    else:
        marked = _explicit(text, entities or ())
    text, marked = _cleaned(text, marked)
    text, marked = _trimmed(text, marked)
    return FormattedText(text, tuple(ordered([*marked, *detected(text, marked)])))


def _parsed(text: str, parse_mode: str) -> tuple[str, list[MessageEntity]]:
    parse = {"html": parse_html, "markdownv2": parse_markdown_v2, "markdown": parse_markdown}.get(
        parse_mode.lower()
    )
    if parse is None:
        raise bad_request("unsupported parse_mode")
    try:
        return parse(text)
    except ValueError as fault:
        raise bad_request(f"can't parse entities: {fault}") from None


def _explicit(text: str, entities: Sequence[dict[str, Any]]) -> list[MessageEntity]:
    if not entities:
        return []
    positions = utf16_positions(text)
    return [
        _bounded(msgspec.convert(entity, MessageEntity), positions)
        for entity in entities
        if entity["type"] not in AUTOMATIC and entity["length"] > 0
    ]


def _bounded(entity: MessageEntity, positions: dict[int, int]) -> MessageEntity:
    """Return *entity* if it starts and ends between characters of the text."""
    end = entity.offset + entity.length
    last = max(positions)
    if entity.offset < 0 or end > last:
        raise bad_request(
            f"entity beginning at UTF-16 offset {entity.offset} ends after the end of the text "
            f"at UTF-16 offset {last}"
        )
    if entity.offset not in positions or end not in positions:
        raise bad_request(
            f"entity beginning at UTF-16 offset {entity.offset} begins or ends in a middle of a UTF-16 symbol"
        )
    return entity


def _cleaned(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    """Drop carriage returns and put spaces for other control characters."""
    text = CONTROL.sub(" ", text)
    if "\r" not in text:
        return text, entities
    returns = [utf16_length(text[: match.start()]) for match in re.finditer("\r", text)]
    moved = []
    for entity in entities:
        start = entity.offset - bisect_left(returns, entity.offset)
        end = entity.offset + entity.length
        end -= bisect_left(returns, end)
        if end > start:
            moved.append(replace(entity, offset=start, length=end - start))
    return text.replace("\r", ""), moved


def _trimmed(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    """Cut white space at the end, and at the start up to the first entity."""
    text = text.rstrip(WHITE_SPACE)
    length = utf16_length(text)
    entities = [
        replace(entity, length=min(entity.length, length - entity.offset))
        for entity in entities
        if entity.offset < length
    ]
    first = min((entity.offset for entity in entities), default=length)
    leading = min(len(text) - len(text.lstrip(" \n")), first)
    return text[leading:], [replace(entity, offset=entity.offset - leading) for entity in entities]
