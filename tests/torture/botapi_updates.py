"""Updates made up from the Bot API's own description: valid ones, and ones with something wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from bot import updates
from lplate_bot.playground.validation import load_description

if TYPE_CHECKING:
    from random import Random

DEEPEST: Final = 4
OPTIONAL: Final = 0.15
"""How often a field that may be left out is there."""
LEARNERS: Final = tuple(range(1, 21))
WORDS: Final = (
    "", "/start", "/start b_core_en", "/start b_core_de-en", "/skip", "/stats@lplate_bot", "/topics",
    "/settings", "/help", "/nonsense", "50", "0,5", "-1e400", "NaN", "\u0671\u0644", "\U0001f600" * 40,
    "\x00", "a" * 4096, "<b>&amp;", "//", "/",
)  # fmt: skip
DATA: Final = (
    "", "a:1:1:0", "a:1:1:99", "a:1:2:-1", "t:1:1:0:1", "t:1:1:70:1", "u:1:1", "k:1:1", "n:1:1", "n:1:2",
    "l:en", "l:xx", "b:core", "b:", "p", "o:0:1", "o:*:1", "o:99:1", "m:edit", "m:odd", "f:1", "f:x", "a:1",
    "::::", "a:9999999999999999999:1:0", "a:\u0967:1:0", "z:1", "\U0001f600",
)  # fmt: skip
ODD_VALUES: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 2**31, 2**52, 2**63 - 1, 2**63, -(2**63) - 1, 1.5, "", "x", [], {}, [[]],
)  # fmt: skip
STRINGS: Final = ("x", "en", "de", "1", "\u202eabc", "\u0000", "\u00df" * 70)


class UpdateMaker:
    """Make updates by chance; the same chance makes the same ones."""

    def __init__(self, chance: Random) -> None:
        description = load_description()
        self._types: dict[str, Any] = description["types"]
        self._kinds: dict[str, str] = {
            name: kind for name, kind in self._types["Update"]["fields"].items() if name != "update_id"
        }
        self._chance = chance

    def valid(self, update_id: int) -> dict[str, Any]:
        """Return an update that the description allows, more often of the kinds that matter."""
        names = list(self._kinds)
        hot = [
            name for name in names if name in {"message", "callback_query", "my_chat_member", "poll_answer"}
        ]
        name = self._chance.choice(hot if self._chance.random() < 0.8 else names)
        return {"update_id": update_id, name: self._value(self._kinds[name], 0)}

    def near(self, update_id: int) -> bytes:
        """Return an update with one thing wrong, in its values or in its bytes."""
        update = self.valid(update_id)
        if self._chance.random() < 0.8:
            self._spoil(update)
            return msgspec.json.encode(update)
        raw = bytearray(msgspec.json.encode(update))
        place = self._chance.randrange(len(raw))
        if self._chance.random() < 0.5:
            return bytes(raw[:place])
        raw[place] = self._chance.randrange(256)
        return bytes(raw)

    def _spoil(self, holder: Any) -> None:
        """Change, drop or rename one value somewhere inside."""
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            key = self._chance.choice(keys)
            inner = holder[key]
            if isinstance(inner, dict | list) and inner and self._chance.random() < 0.7:
                holder = inner
                continue
            if isinstance(holder, dict) and self._chance.random() < 0.3:
                del holder[key]
            else:
                holder[key] = self._chance.choice(ODD_VALUES if key != "update_id" else ODD_VALUES[:4])
            return

    def _value(self, kind: str, depth: int) -> Any:
        kind = self._chance.choice(kind.removesuffix("!").split("|"))
        if kind.startswith("Array of "):
            inner = kind.removeprefix("Array of ")
            return [self._value(inner, depth + 1) for _ in range(self._chance.randrange(3))]
        if kind in {"Integer", "Float"}:
            return self._chance.choice((0, 1, 2, 3, 999, 1_767_268_800))
        if kind == "Boolean":
            return self._chance.random() < 0.5
        if kind == "String":
            return self._chance.choice(STRINGS)
        if kind == "Object":
            return {}
        return self._object(kind, depth)

    def _object(self, kind: str, depth: int) -> Any:
        described = self._types[kind]
        if "variants" in described:
            variants = described["variants"]
            return self._value(
                self._chance.choice(list(variants.values() if "tag" in described else variants)), depth
            )
        fields: dict[str, str] = described["fields"]
        made = {
            name: self._field(kind, name, inner, depth)
            for name, inner in fields.items()
            if inner.endswith("!") or (depth < DEEPEST and self._chance.random() < OPTIONAL)
        }
        return self._sensible(kind, made)

    def _field(self, kind: str, name: str, inner: str, depth: int) -> Any:
        if name == "text" and kind == "Message":
            return self._chance.choice(WORDS)
        if name == "data":
            return self._chance.choice(DATA)
        return self._value(inner, depth + 1)

    def _sensible(self, kind: str, made: dict[str, Any]) -> dict[str, Any]:
        """Bring people, chats and messages together often enough that handlers are reached."""
        who = self._chance.choice(LEARNERS)
        if kind == "User":
            made["id"] = who
        elif kind == "Chat":
            made |= updates.private(who) if self._chance.random() < 0.6 else updates.GROUP
        elif kind in {"Message", "CallbackQuery"} and self._chance.random() < 0.7:
            made["from"] = updates.user(who)
            if kind == "Message":
                made["chat"] = updates.private(who)
                made.setdefault("text", self._chance.choice(WORDS))
            else:
                made["data"] = self._chance.choice(DATA)
                made["message"] = {
                    "message_id": self._chance.randrange(1, 400), "date": self._chance.choice((0, 1)),
                    "chat": updates.private(who),
                }  # fmt: skip
        return made
