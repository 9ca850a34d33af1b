"""Bring entities into the order and nesting that Telegram allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplate_bot.playground.objects import MessageEntity

OUTERMOST_FIRST: Final = (
    "blockquote", "expandable_blockquote", "text_link", "text_mention", "bold", "italic", "underline",
    "strikethrough", "spoiler", "date_time", "custom_emoji", "pre", "code",
)  # fmt: skip
RANK: Final = {kind: rank for rank, kind in enumerate(OUTERMOST_FIRST)}
ATOMS: Final = frozenset({"pre", "code"})
"""Entities that hold no others."""
QUOTES: Final = frozenset({"blockquote", "expandable_blockquote"})
STYLES: Final = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})


def ordered(entities: Iterable[MessageEntity]) -> list[MessageEntity]:
    """Return the entities by offset, the longer first, without what may not nest."""
    rows = sorted(entities, key=lambda e: (e.offset, -e.length, RANK.get(e.type, len(RANK))))
    kept: list[MessageEntity] = []
    around: list[int] = []
    for entity in rows:
        around = [index for index in around if _end(kept[index]) > entity.offset]
        if any(_excludes(kept[index], entity) for index in around):
            continue
        twin = next((index for index in around if _is_twin(kept[index], entity)), None)
        if twin is None:
            around.append(len(kept))
            kept.append(entity)
        elif _end(entity) > _end(kept[twin]):
            kept[twin] = replace(kept[twin], length=_end(entity) - kept[twin].offset)
    return kept


def _end(entity: MessageEntity) -> int:
    return entity.offset + entity.length


def _excludes(outer: MessageEntity, inner: MessageEntity) -> bool:
    if outer.type in ATOMS or (inner.type in ATOMS and outer.type not in QUOTES):
        return True
    return outer.type in QUOTES and inner.type in QUOTES


def _is_twin(outer: MessageEntity, inner: MessageEntity) -> bool:
    """Return True if both are the same style: one entity covers then what the two covered."""
    return outer.type == inner.type and outer.type in STYLES
