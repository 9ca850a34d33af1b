"""Find what Telegram marks by itself: commands, mentions, tags, links and addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lplate_bot.playground.formatting.utf16 import utf16_length, utf16_positions
from lplate_bot.playground.objects import MessageEntity

if TYPE_CHECKING:
    from collections.abc import Sequence

HINTS: Final = re.compile(r"[/@#$.]")
"""Without one of these there is nothing to find."""

SCHEME_URL: Final = r"(?<![\w@./])(?:https?|ftp|tg|ton)://[^\s<>\"'«»]*[^\s<>\"'«».,:;!?)\]}]"
HOST_URL: Final = (
    r"(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+"
    r"(?:com|org|net|info|edu|gov|int|app|dev|io|ai|me|eu|de|at|ch|uk|us|it|fr|es|nl|be|pl|ru|ua|tr|jp|ge)"
    r"(?![\w@-])(?:[/?#][^\s<>\"'«»]*[^\s<>\"'«».,:;!?)\]}])?/?"
)
"""An address without a scheme, under some of the top-level domains that Telegram knows."""
PATTERNS: Final = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("url", SCHEME_URL),
        ("email", r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]+\.)+[a-z]{2,24}(?![\w@])"),
        ("url", HOST_URL),
        ("bot_command", r"(?<![\w/<>@])/\w{1,64}(?:@\w{3,32})?(?![\w/<>])"),
        ("mention", r"(?<![\w`])@\w{3,32}(?!\w)"),
        ("hashtag", r"(?<![\w&])#(?=\w*[^\W\d_])\w{1,256}(?:@\w{3,32})?"),
        ("cashtag", r"(?<![\w$])\$(?-i:[A-Z]{3,8})(?![\w$])"),
    )
)
CLAIM: Final = b"\x01"
OPAQUE: Final = frozenset({"code", "pre", "text_link", "text_mention", "custom_emoji"})
"""Inside of these Telegram finds nothing."""


def detected(text: str, marked: Sequence[MessageEntity]) -> list[MessageEntity]:
    """Return the entities that Telegram would find in *text* outside of what *marked* already claims."""
    if not HINTS.search(text):
        return []
    claimed = _claimed(text, [entity for entity in marked if entity.type in OPAQUE])
    found = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if CLAIM not in claimed[start:end]:
                claimed[start:end] = CLAIM * (end - start)
                found.append((start, end, kind))
    return _entities(text, sorted(found))


def _claimed(text: str, opaque: Sequence[MessageEntity]) -> bytearray:
    """Return a flag for each character: set inside of *opaque* entities."""
    claimed = bytearray(len(text))
    if opaque:
        index_at = utf16_positions(text)
        for entity in opaque:
            start, end = index_at[entity.offset], index_at[entity.offset + entity.length]
            claimed[start:end] = CLAIM * (end - start)
    return claimed


def _entities(text: str, spans: Sequence[tuple[int, int, str]]) -> list[MessageEntity]:
    """Turn spans of characters, in order, into entities in UTF-16 code units."""
    entities = []
    offset = last = 0
    for start, end, kind in spans:
        offset += utf16_length(text[last:start])
        length = utf16_length(text[start:end])
        entities.append(MessageEntity(kind, offset, length))
        offset, last = offset + length, end
    return entities
