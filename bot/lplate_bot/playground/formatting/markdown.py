r"""Parse `parse_mode=MarkdownV2` and the legacy `Markdown`.

Source of the rules: https://core.telegram.org/bots/api#markdownv2-style. Errors are ValueErrors in the
words of Telegram.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from lplate_bot.playground.formatting.links import link_entity
from lplate_bot.playground.formatting.utf16 import byte_offset, utf16_length
from lplate_bot.playground.objects import MessageEntity

PLAIN: Final = re.compile(r"[^\\_*\[\]()~`>#+\-=|{}.!\n]+")
PLAIN_IN_CODE: Final = re.compile(r"[^\\`]+")
ESCAPED: Final = re.compile(r"\\([\x01-\x7e])")
LANGUAGE: Final = re.compile(r"([^\s`]+)(?=\s)")
LINE_BREAK: Final = re.compile(r"\r\n|\n\r|\n|\r")
MARKS: Final = ("```", "`", "__", "_", "*", "~", "||", "![", "[")
"""Longer marks first: the parser is greedy."""
NAMES: Final = {
    "```": "Pre", "`": "Code", "__": "Underline", "_": "Italic", "*": "Bold", "~": "Strikethrough",
    "||": "Spoiler", "![": "CustomEmoji", "[": "TextUrl", ">": "BlockQuote",
}  # fmt: skip
KINDS: Final = {
    "```": "pre", "`": "code", "__": "underline", "_": "italic", "*": "bold", "~": "strikethrough",
    "||": "spoiler", "![": "custom_emoji", "[": "text_link", ">": "blockquote",
}  # fmt: skip
ENDS: Final = {"![": "]", "[": "]"}
CODE: Final = frozenset({"`", "```"})
UNIX_TIME: Final = re.compile(r"[0-9]{1,12}")
LEGACY_PLAIN: Final = re.compile(r"[^\\_*`\[]+")


@dataclass(slots=True)
class OpenMark:
    """A mark that waits for its end."""

    mark: str
    position: int
    offset: int
    result_index: int
    language: str | None = None
    expandable: bool = False


class _Writer:
    """The text without markup, and how long it is so far."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.parts: list[str] = []
        self.offset = 0
        self.entities: list[MessageEntity] = []

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.offset += utf16_length(text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.source, self.at)
        if match:
            self.at = match.end()
        return match

    def starts(self, text: str) -> bool:
        return self.source.startswith(text, self.at)

    def bytes_before(self, index: int) -> int:
        return byte_offset(self.source, index)

    def result(self) -> tuple[str, list[MessageEntity]]:
        return "".join(self.parts), self.entities


def parse_markdown_v2(source: str) -> tuple[str, list[MessageEntity]]:
    """Return the text without markup, and its entities in UTF-16 offsets.

    Raises:
        ValueError: the markup is wrong; the words are Telegram's.
    """
    return _MarkdownV2(source).parse()


class _MarkdownV2(_Writer):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._open: list[OpenMark] = []
        self._at_line_start = True

    def parse(self) -> tuple[str, list[MessageEntity]]:
        while self.at < len(self.source):
            plain = self.take(PLAIN_IN_CODE if self._top() in CODE else PLAIN)
            escaped = None if plain else self.take(ESCAPED)
            if plain or escaped:
                self._put(plain.group() if plain else escaped.group(1) if escaped else "")
            elif self.starts("\\"):
                self._put("\\")
                self.at += 1
            else:
                self._mark()
        if self._top() == ">":
            self._close_quote()
        if self._open:
            self._fail_open()
        return self.result()

    def _put(self, text: str) -> None:
        self.write(text)
        self._at_line_start = False

    def _top(self) -> str:
        return self._open[-1].mark if self._open else ""

    def _quote(self) -> OpenMark | None:
        return next((mark for mark in self._open if mark.mark == ">"), None)

    def _fail_open(self) -> NoReturn:
        last = self._open[-1]
        name = "PreCode" if last.language else NAMES[last.mark]
        raise ValueError(f"Can't find end of {name} entity at byte offset {self.bytes_before(last.position)}")

    def _mark(self) -> None:
        top = self._top()
        if self.starts("\n") and top not in CODE:
            self._line_end()
        elif self._expands_quote():
            self.at += 2
        elif top and self.starts(ENDS.get(top, top)) and not (top == "_" and self.starts("__")):
            self._end()
        elif self.starts(">") and self._at_line_start and not self._quote():
            self._begin(">")
        else:
            self._begin(next((mark for mark in MARKS if self.starts(mark)), ""))

    def _line_end(self) -> None:
        """Write the line break; a quotation goes on if the next line starts with `>`."""
        quote, quoted = self._quote(), self.source.startswith(">", self.at + 1)
        if quote and not quoted:
            if self._top() != ">":
                self._fail_open()
            self._close_quote()
        self.write("\n")
        self.at += 2 if quote and quoted else 1
        self._at_line_start = True

    def _expands_quote(self) -> bool:
        """Mark the open quotation as expandable if it ends with `||` here."""
        end = self.at + 2
        rest = self.source[end : end + 2]
        if self._top() != ">" or not self.starts("||") or (rest and (rest[0] != "\n" or rest == "\n>")):
            return False
        self._open[-1].expandable = True
        return True

    def _close_quote(self) -> None:
        quote = self._open.pop()
        kind = "expandable_blockquote" if quote.expandable else "blockquote"
        if self.offset > quote.offset:
            self.entities.append(MessageEntity(kind, quote.offset, self.offset - quote.offset))

    def _begin(self, mark: str) -> None:
        if not mark:
            character = self.source[self.at]
            raise ValueError(
                f"Character '{character}' is reserved and must be escaped with the preceding '\\'"
            )
        opened = OpenMark(mark, self.at, self.offset, len(self.parts))
        self.at += len(mark)
        if mark == "```":
            language = self.take(LANGUAGE)
            opened.language = language.group(1) if language else None
            self.take(LINE_BREAK)
        self._open.append(opened)

    def _end(self) -> None:
        opened = self._open.pop()
        self.at += len(ENDS.get(opened.mark, opened.mark))
        entity = MessageEntity(KINDS[opened.mark], opened.offset, self.offset - opened.offset)
        if opened.mark in ENDS:
            found = self._linked(opened, entity)
        else:
            found = [replace(entity, language=opened.language)]
        self.entities.extend(each for each in found if each.length)

    def _linked(self, opened: OpenMark, entity: MessageEntity) -> list[MessageEntity]:
        if self.starts("("):
            url = self._address("a custom emoji URL" if opened.mark == "![" else "a URL")
        elif opened.mark == "![":
            raise ValueError("Custom emoji entity must contain a tg://emoji URL")
        else:
            url = "".join(self.parts[opened.result_index :])
        return link_entity(url, entity) if opened.mark == "[" else [_emoji_or_time(url, entity)]

    def _address(self, what: str) -> str:
        """Return the address in parentheses."""
        self.at += 1
        begin, url = self.at, ""
        while self.at < len(self.source) and not self.starts(")"):
            escaped = self.take(ESCAPED)
            url += escaped.group(1) if escaped else self.source[self.at]
            self.at += 0 if escaped else 1
        if not self.starts(")"):
            raise ValueError(f"Can't find end of {what} at byte offset {self.bytes_before(begin)}")
        self.at += 1
        return url


def _emoji_or_time(url: str, entity: MessageEntity) -> MessageEntity:
    parts = urlsplit(url)
    values = {name: items[0] for name, items in parse_qs(parts.query).items()}
    if (parts.scheme, parts.netloc) == ("tg", "emoji") and values.get("id", "").isdecimal():
        return replace(entity, custom_emoji_id=values["id"])
    if (parts.scheme, parts.netloc) == ("tg", "time") and UNIX_TIME.fullmatch(values.get("unix", "")):
        form = values.get("format")
        return replace(entity, type="date_time", unix_time=int(values["unix"]), date_time_format=form)
    raise ValueError("Custom emoji entity must contain a tg://emoji URL")


def parse_markdown(source: str) -> tuple[str, list[MessageEntity]]:
    """Return the text of the legacy mode without markup, and its entities; they do not nest.

    Raises:
        ValueError: an entity has no end; the words are Telegram's.
    """
    writer = _Writer(source)
    while writer.at < len(source):
        plain = writer.take(LEGACY_PLAIN)
        if plain:
            writer.write(plain.group())
        elif writer.starts("\\"):
            _legacy_escape(writer)
        else:
            _legacy_entity(writer)
    return writer.result()


def _legacy_escape(writer: _Writer) -> None:
    following = writer.source[writer.at + 1 : writer.at + 2]
    marked = bool(following) and following in "_*`["
    writer.write(following if marked else "\\")
    writer.at += 2 if marked else 1


def _legacy_entity(writer: _Writer) -> None:
    begin = writer.at
    mark = next(mark for mark in ("```", "`", "_", "*", "[") if writer.starts(mark))
    writer.at += len(mark)
    language = writer.take(LANGUAGE) if mark == "```" else None
    if mark == "```":
        writer.take(LINE_BREAK)
    end = writer.source.find(ENDS.get(mark, mark), writer.at)
    if end < 0:
        raise ValueError(f"Can't find end of the entity starting at byte offset {writer.bytes_before(begin)}")
    text, offset = writer.source[writer.at : end], writer.offset
    writer.write(text)
    writer.at = end + len(ENDS.get(mark, mark))
    entity = MessageEntity(
        KINDS[mark], offset, writer.offset - offset, language=language and language.group(1)
    )
    if entity.length:
        writer.entities.extend(link_entity(_legacy_url(writer, text), entity) if mark == "[" else [entity])


def _legacy_url(writer: _Writer, text: str) -> str:
    if not writer.starts("("):
        return text
    end = writer.source.find(")", writer.at)
    end = len(writer.source) if end < 0 else end
    url = writer.source[writer.at + 1 : end]
    writer.at = end + 1
    return url
