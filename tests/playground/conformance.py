"""Check JSON against the types of the API's description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lplate_bot.playground.validation import load_description

if TYPE_CHECKING:
    from lplate_bot.playground.objects import Json

SCALARS: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
    "Object": object,
}


class Conformance:
    """Find what in a value contradicts the described type."""

    def __init__(self) -> None:
        description = load_description()
        self.types: dict[str, Json] = description["types"]
        self.methods: dict[str, Json] = description["methods"]

    def faults_of_result(self, method: str, value: Any) -> list[str]:
        return self.faults(value, self.methods[method]["returns"], method)

    def faults(self, value: Any, kind: str, where: str) -> list[str]:
        """Return one line for each fault."""
        choices = kind.removesuffix("!").split("|")
        found = [self._faults(value, choice, where) for choice in choices]
        return min(found, key=len)

    def _faults(self, value: Any, kind: str, where: str) -> list[str]:
        if kind.startswith("Array of "):
            return self._faults_of_items(value, kind.removeprefix("Array of "), where)
        if not is_of(value, kind):
            return [f"{where}: {value!r} is no {kind}"]
        if kind in SCALARS:
            return []
        described = self.types[kind]
        if "tag" in described:
            return self._faults(value, described["variants"][value[described["tag"]]], where)
        if "variants" in described:
            return self.faults(value, "|".join(described["variants"]), where)
        return self._faults_of_fields(value, described["fields"], where)

    def _faults_of_items(self, value: Any, kind: str, where: str) -> list[str]:
        if not isinstance(value, list):
            return [f"{where}: no array"]
        return [fault for i, item in enumerate(value) for fault in self.faults(item, kind, f"{where}[{i}]")]

    def _faults_of_fields(self, value: Json, fields: dict[str, str], where: str) -> list[str]:
        missing = [
            f"{where}.{name}: missing"
            for name, kind in fields.items()
            if kind.endswith("!") and name not in value
        ]
        wrong = [
            fault
            for name, item in value.items()
            for fault in (
                self.faults(item, fields[name], f"{where}.{name}")
                if name in fields
                else [f"{where}.{name}: unknown field"]
            )
        ]
        return missing + wrong


def is_of(value: Any, kind: str) -> bool:
    """Return True if the value's outer shape is right; a bool counts as no number."""
    is_number = not isinstance(value, bool) or kind not in {"Integer", "Float"}
    return is_number and isinstance(value, SCALARS.get(kind, dict))
