"""Parse `parse_mode=HTML`.

The tags are those of https://core.telegram.org/bots/api#html-style; anything else is refused with the byte
offset, as Telegram does. Errors are ValueErrors with Telegram's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Final, NoReturn

from msgspec.structs import replace

from lplate_bot.playground.formatting.links import link_entity
from lplate_bot.playground.formatting.utf16 import byte_offset, utf16_length
from lplate_bot.playground.objects import MessageEntity

STYLES: Final = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
    "tg-emoji": "custom_emoji", "tg-time": "date_time",
}  # fmt: skip
ATTRIBUTES: Final = {
    "a": ("href",), "code": ("class",), "span": ("class",), "blockquote": ("expandable",),
    "tg-emoji": ("emoji-id",), "tg-time": ("unix", "format"),
}  # fmt: skip
REFERENCE: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});?")
"""The only references Telegram knows; any other ampersand stands for itself."""
TEXT: Final = re.compile(r"[^<]+")
TAG_NAME: Final = re.compile(r"[^\s>]*")
SPACE: Final = re.compile(r"\s*")
ATTRIBUTE_NAME: Final = re.compile(r"[^\s=>/\"']*")
TOKEN: Final = re.compile(r"[A-Za-z0-9.-]*")
UNIX_TIME: Final = re.compile(r"[0-9]{1,12}")
TIME_FORMAT: Final = re.compile(r"r|w?[dD]?[tT]?")


@dataclass(slots=True)
class OpenTag:
    """A start tag that waits for its end."""

    name: str
    attributes: dict[str, str]
    position: int
    offset: int
    result_index: int


def parse_html(source: str) -> tuple[str, list[MessageEntity]]:
    """Return the text without markup, and its entities in UTF-16 offsets.

    Raises:
        ValueError: the markup is wrong; the words are Telegram's.
    """
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._result: list[str] = []
        self._offset = 0
        self._open: list[OpenTag] = []
        self._entities: list[MessageEntity] = []

    def parse(self) -> tuple[str, list[MessageEntity]]:
        while self._at < len(self._source):
            if self._source[self._at] != "<":
                self._text()
            elif self._source.startswith("</", self._at):
                self._end_tag()
            else:
                self._start_tag()
        if self._open:
            raise ValueError(f'Can\'t find end tag corresponding to start tag "{self._open[-1].name}"')
        return "".join(self._result), self._entities

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._source, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return match.group()

    def _next(self) -> str:
        """Return the character at hand, or nothing at the end."""
        return self._source[self._at : self._at + 1]

    def _fail(self, words: str, position: int) -> NoReturn:
        raise ValueError(f"{words} at byte offset {byte_offset(self._source, position)}")

    def _text(self) -> None:
        text = _dereferenced(self._take(TEXT))
        self._result.append(text)
        self._offset += utf16_length(text)

    def _start_tag(self) -> None:
        begin = self._at
        self._at += 1
        name = self._take(TAG_NAME).lower()
        if not self._next():
            self._fail("Unclosed start tag", begin)
        if name not in STYLES:
            self._fail(f'Unsupported start tag "{name}"', begin)
        attributes = self._attributes(name, begin)
        if name == "span" and attributes.get("class") != "tg-spoiler":
            self._fail('Tag "span" must have class "tg-spoiler"', begin)
        if name == "tg-time" and not UNIX_TIME.fullmatch(attributes.get("unix", "")):
            self._fail('Tag "tg-time" must have an integer attribute "unix"', begin)
        self._open.append(OpenTag(name, attributes, begin, self._offset, len(self._result)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self._take(SPACE)
            if self._next() == ">":
                self._at += 1
                return attributes
            name = self._take(ATTRIBUTE_NAME)
            if not name:
                words = "Empty attribute name in the tag" if self._next() else "Unclosed start tag"
                self._fail(f'{words} "{tag}"', begin)
            value = self._attribute_value(tag, begin)
            if name in ATTRIBUTES.get(tag, ()):
                attributes[name] = value

    def _attribute_value(self, tag: str, begin: int) -> str:
        self._take(SPACE)
        if self._next() != "=":
            return ""
        self._at += 1
        self._take(SPACE)
        quote = self._next()
        if quote and quote in "\"'":
            end = self._source.find(quote, self._at + 1)
            if end < 0:
                self._fail(f'Unclosed start tag "{tag}"', begin)
            value = self._source[self._at + 1 : end]
            self._at = end + 1
            return _dereferenced(value)
        token_begin = self._at
        token = self._take(TOKEN)
        if not self._next():
            self._fail(f'Unclosed start tag "{tag}"', begin)
        if not self._next().isspace() and self._next() != ">":
            self._fail("Unexpected end of name token", token_begin)
        return token.lower()

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            self._fail("Unexpected end tag", begin)
        self._at += 2
        name = self._take(TAG_NAME).lower()
        self._take(SPACE)
        if self._next() != ">":
            self._fail("Unclosed end tag", begin)
        self._at += 1
        tag = self._open.pop()
        if name and name != tag.name:
            place = byte_offset(self._source, begin)
            raise ValueError(
                f'Unmatched end tag at byte offset {place}, expected "</{tag.name}>", found "</{name}>"'
            )
        if self._offset > tag.offset:
            self._close(tag)

    def _close(self, tag: OpenTag) -> None:
        kind = STYLES[tag.name]
        entity = MessageEntity(kind, tag.offset, self._offset - tag.offset)
        match tag.name:
            case "a":
                url = tag.attributes.get("href") or "".join(self._result[tag.result_index :])
                self._entities.extend(link_entity(url, entity))
                return
            case "tg-emoji":
                entity = replace(entity, custom_emoji_id=tag.attributes.get("emoji-id", ""))
            case "blockquote" if "expandable" in tag.attributes:
                entity = replace(entity, type="expandable_blockquote")
            case "tg-time":
                entity = self._time(tag, entity)
            case "code":
                self._close_code(tag, entity)
                return
            case "pre":
                self._close_pre(entity)
                return
        self._entities.append(entity)

    def _time(self, tag: OpenTag, entity: MessageEntity) -> MessageEntity:
        form = tag.attributes.get("format", "")
        if not TIME_FORMAT.fullmatch(form):
            self._fail('Tag "tg-time" has an invalid attribute "format"', tag.position)
        return replace(entity, unix_time=int(tag.attributes["unix"]), date_time_format=form or None)

    def _close_code(self, tag: OpenTag, entity: MessageEntity) -> None:
        """Keep the language of <pre><code class="language-x"> for the pre that ends next."""
        css = tag.attributes.get("class", "")
        if css.startswith("language-") and self._open and self._open[-1].name == "pre":
            entity = replace(entity, language=css.removeprefix("language-"))
        self._entities.append(entity)

    def _close_pre(self, entity: MessageEntity) -> None:
        """Merge a code of the same extent into its pre."""
        last = self._entities[-1] if self._entities else None
        if last and last.type == "code" and (last.offset, last.length) == (entity.offset, entity.length):
            self._entities.pop()
            entity = replace(entity, language=last.language)
        self._entities.append(replace(entity, type="pre"))


def _dereferenced(text: str) -> str:
    if "&" not in text:
        return text
    return REFERENCE.sub(lambda match: unescape(match.group().rstrip(";") + ";"), text)
